"""`gemini_count_tokens`: POST models/{model}:countTokens, which costs nothing and uses nothing."""

from typing import Final

from detente.dialects._framing.unbilled import read_usage
from detente.dialects._framing.unstreamed import tap
from detente.dialects._google.failure import error_body, stream_error
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.gemini_count_tokens.head import edit_request, read_request
from detente.dialects.gemini_count_tokens.request import decode_request, encode_request
from detente.dialects.gemini_count_tokens.response import (
    NAME,
    decode_response,
    encode_response,
)
from detente.dialects.gemini_generate import CODEC as GENERATE
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
)

CODEC: Final = CountingCodec(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=GENERATE.read_error,
    tool_names=GENERATE.tool_names,
    call_ids=GENERATE.call_ids,
)
