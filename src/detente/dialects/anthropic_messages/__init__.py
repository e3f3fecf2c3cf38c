"""`anthropic_messages`: POST messages."""

from typing import Final

from detente.dialects._anthropic.failure import error_body, stream_error
from detente.dialects._codec.error_text import error_text
from detente.dialects._framing.heads import edit_model
from detente.dialects.anthropic_messages.head import read_request
from detente.dialects.anthropic_messages.request_decoding import decode_request
from detente.dialects.anthropic_messages.request_encoding import encode_request
from detente.dialects.anthropic_messages.response import decode_response, encode_response
from detente.dialects.anthropic_messages.stream_decoding import stream_decoder
from detente.dialects.anthropic_messages.stream_encoding import MessagesEncoder
from detente.dialects.anthropic_messages.tap import tap
from detente.dialects.anthropic_messages.usage import read_usage
from detente.dialects.anthropic_messages.words import CALL_IDS, NAME, TOOL_NAMES
from detente.dialects.codec import Codec
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="anthropic_messages",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    hands_state_back=True,
    result_marks=(b'"tool_result"',),
    stream_error=stream_error,
    version_header=b"anthropic-version",
    version="2023-06-01",
    request_id_header=b"request-id",
)

CODEC: Final = Codec(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=MessagesEncoder,
    read_error=error_text,
    tool_names=TOOL_NAMES,
    call_ids=CALL_IDS,
)
