"""`openai_chat`: POST chat/completions, as OpenAI, Azure and most compatible hosts speak it."""

from typing import Final

from detente.dialects._openai.failure import chat_stream_error, error_body
from detente.dialects.openai_chat.head import edit_request, read_request
from detente.dialects.openai_chat.tap import tap
from detente.dialects.openai_chat.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="openai_chat",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=chat_stream_error,
)
