"""`openai_completions`: POST completions, where a prompt is one text that the model goes on with.

The head of a request is as chat's, and so are the edits to it.
"""

from typing import Final

from detente.dialects._codec.error_text import error_text
from detente.dialects._openai.failure import chat_stream_error, error_body
from detente.dialects.codec import Codec
from detente.dialects.openai_chat.head import edit_request
from detente.dialects.openai_chat.usage import read_usage
from detente.dialects.openai_completions.head import read_request
from detente.dialects.openai_completions.request_decoding import decode_request
from detente.dialects.openai_completions.request_encoding import encode_request
from detente.dialects.openai_completions.response import decode_response, encode_response
from detente.dialects.openai_completions.stream_decoding import stream_decoder
from detente.dialects.openai_completions.stream_encoding import stream_encoder
from detente.dialects.openai_completions.tap import tap
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="openai_completions",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=chat_stream_error,
)

CODEC: Final = Codec(
    name="openai_completions",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=stream_encoder,
    read_error=error_text,
)
