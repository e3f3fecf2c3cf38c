"""`gemini_generate`: POST models/{model}:generateContent and :streamGenerateContent."""

from typing import Final

from detente.dialects._google.failure import error_body, stream_error
from detente.dialects.gemini_generate.head import edit_request, read_request
from detente.dialects.gemini_generate.tap import tap
from detente.dialects.gemini_generate.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="gemini_generate",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
)
