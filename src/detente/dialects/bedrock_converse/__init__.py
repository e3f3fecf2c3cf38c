"""`bedrock_converse`: POST model/{id}/converse and model/{id}/converse-stream."""

import re
from typing import Final

from detente.dialects._bedrock.failure import error_body, error_lines, last_status, stream_error
from detente.dialects.bedrock_converse.head import edit_request, read_request
from detente.dialects.bedrock_converse.request_decoding import decode_request
from detente.dialects.bedrock_converse.request_encoding import encode_request
from detente.dialects.bedrock_converse.response import (
    decode_response,
    encode_response,
    read_error,
)
from detente.dialects.bedrock_converse.stream_decoding import stream_decoder
from detente.dialects.bedrock_converse.stream_encoding import stream_encoder
from detente.dialects.bedrock_converse.tap import tap
from detente.dialects.bedrock_converse.usage import read_usage
from detente.dialects.codec import AWS_EVENTS, Codec
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="bedrock_converse",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    hands_state_back=True,
    result_marks=(b'"toolResult"',),
    stream_error=stream_error,
    error_lines=error_lines,
    last_status=last_status,
    request_id_header=b"x-amzn-requestid",
)

CODEC: Final = Codec(
    name="bedrock_converse",
    stream_content_type=AWS_EVENTS,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=stream_encoder,
    read_error=read_error,
    streams_by_path=True,
    tool_names=re.compile(r"[a-zA-Z0-9_-]{1,64}"),
    call_ids=re.compile(r"[a-zA-Z0-9_.:-]{1,64}"),
)
