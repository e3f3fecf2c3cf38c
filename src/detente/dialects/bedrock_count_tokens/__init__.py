"""`bedrock_count_tokens`: POST model/{id}/count-tokens, which costs nothing and uses nothing."""

from typing import Final

from detente.dialects._bedrock.failure import error_body, error_lines, last_status, stream_error
from detente.dialects._framing.unbilled import read_usage
from detente.dialects._framing.unstreamed import tap
from detente.dialects.bedrock_converse import CODEC as CONVERSE
from detente.dialects.bedrock_converse.head import edit_request
from detente.dialects.bedrock_count_tokens.head import read_request
from detente.dialects.bedrock_count_tokens.request import decode_request, encode_request
from detente.dialects.bedrock_count_tokens.response import (
    NAME,
    decode_response,
    encode_response,
)
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name=NAME,
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
    billed=False,
    error_lines=error_lines,
    last_status=last_status,
    request_id_header=b"x-amzn-requestid",
)

CODEC: Final = CountingCodec(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=CONVERSE.read_error,
    tool_names=CONVERSE.tool_names,
    call_ids=CONVERSE.call_ids,
)
