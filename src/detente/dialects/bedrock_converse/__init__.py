"""`bedrock_converse`: POST model/{id}/converse and model/{id}/converse-stream."""

from typing import Final

from detente.dialects._bedrock.failure import error_body, stream_error
from detente.dialects.bedrock_converse.head import edit_request, read_request
from detente.dialects.bedrock_converse.tap import tap
from detente.dialects.bedrock_converse.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="bedrock_converse",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
)
