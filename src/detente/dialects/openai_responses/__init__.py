"""`openai_responses`: POST responses."""

from typing import Final

from detente.dialects._framing.heads import edit_model
from detente.dialects._openai.failure import error_body, responses_stream_error
from detente.dialects.codec import Codec
from detente.dialects.openai_responses.head import read_request
from detente.dialects.openai_responses.request_decoding import decode_request
from detente.dialects.openai_responses.request_encoding import encode_request
from detente.dialects.openai_responses.response import (
    decode_response,
    encode_response,
    read_error,
)
from detente.dialects.openai_responses.stream_decoding import new_decoder
from detente.dialects.openai_responses.stream_encoding import ResponsesEncoder
from detente.dialects.openai_responses.tap import tap
from detente.dialects.openai_responses.usage import read_usage
from detente.dialects.openai_responses.words import CALL_IDS, DIALECT, TOOL_NAMES
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="openai_responses",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    request_id_header=b"x-request-id",
    hands_state_back=True,
    result_marks=(b'_call_output"',),
    stream_error=responses_stream_error,
)

CODEC: Final = Codec(
    name=DIALECT,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=new_decoder,
    stream_encoder=ResponsesEncoder,
    read_error=read_error,
    tool_names=TOOL_NAMES,
    call_ids=CALL_IDS,
)
