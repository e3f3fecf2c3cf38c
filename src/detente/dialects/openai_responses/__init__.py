"""`openai_responses`: POST responses."""

from typing import Final

from detente.dialects._framing.heads import edit_model
from detente.dialects._openai.failure import error_body, responses_stream_error
from detente.dialects.openai_responses.head import read_request
from detente.dialects.openai_responses.tap import tap
from detente.dialects.openai_responses.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="openai_responses",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=responses_stream_error,
)
