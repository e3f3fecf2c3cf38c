"""`anthropic_messages`: POST messages."""

from typing import Final

from detente.dialects._anthropic.failure import error_body, stream_error
from detente.dialects._framing.heads import edit_model
from detente.dialects.anthropic_messages.head import read_request
from detente.dialects.anthropic_messages.tap import tap
from detente.dialects.anthropic_messages.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="anthropic_messages",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
    version_header=b"anthropic-version",
    version="2023-06-01",
)
