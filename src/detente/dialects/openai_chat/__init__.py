"""`openai_chat`: POST chat/completions, as OpenAI, Azure and most compatible hosts speak it."""

from typing import Final

from detente.dialects._openai.failure import chat_stream_error, error_body
from detente.dialects.codec import Codec
from detente.dialects.openai_chat.head import edit_request, read_request
from detente.dialects.openai_chat.request_decoding import decode_request
from detente.dialects.openai_chat.request_encoding import encode_request
from detente.dialects.openai_chat.response import decode_response, read_error
from detente.dialects.openai_chat.response_encoding import encode_response
from detente.dialects.openai_chat.stream_decoding import stream_decoder
from detente.dialects.openai_chat.stream_encoding import stream_encoder
from detente.dialects.openai_chat.tap import tap
from detente.dialects.openai_chat.usage import read_usage
from detente.dialects.openai_chat.words import CHAT, TOOL_NAME
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="openai_chat",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    result_marks=(b'"tool_call_id"',),
    request_id_header=b"x-request-id",
    stream_error=chat_stream_error,
)

CODEC: Final = Codec(
    name=CHAT,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=stream_encoder,
    read_error=read_error,
    tool_names=TOOL_NAME,
)
