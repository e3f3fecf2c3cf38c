"""`gemini_count_tokens`: POST models/{model}:countTokens, which costs nothing and uses nothing."""

from typing import Final

from detente.dialects._framing.unstreamed import tap
from detente.dialects._google.failure import error_body, stream_error
from detente.dialects.gemini_count_tokens.head import read_request
from detente.dialects.gemini_count_tokens.usage import read_usage
from detente.dialects.gemini_generate.head import edit_request
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="gemini_count_tokens",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
    billed=False,
)
