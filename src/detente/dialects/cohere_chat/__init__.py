"""`cohere_chat`: POST v2/chat."""

from typing import Final

from detente.dialects._codec.error_text import error_text
from detente.dialects._cohere.failure import error_body, last_status, stream_error
from detente.dialects._framing.heads import edit_model
from detente.dialects.codec import Codec
from detente.dialects.cohere_chat.head import read_request
from detente.dialects.cohere_chat.request_decoding import decode_request
from detente.dialects.cohere_chat.request_encoding import encode_request
from detente.dialects.cohere_chat.response import decode_response, encode_response
from detente.dialects.cohere_chat.stream_decoding import stream_decoder
from detente.dialects.cohere_chat.stream_encoding import stream_encoder
from detente.dialects.cohere_chat.tap import tap
from detente.dialects.cohere_chat.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="cohere_chat",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    result_marks=(b'"tool_call_id"',),
    stream_error=stream_error,
    last_status=last_status,
)

CODEC: Final = Codec(
    name="cohere_chat",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=stream_encoder,
    read_error=error_text,
)
