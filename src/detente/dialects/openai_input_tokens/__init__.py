"""`openai_input_tokens`: POST responses/input_tokens, which costs nothing and uses nothing."""

from typing import Final

from detente.dialects._framing.heads import edit_model
from detente.dialects._framing.unbilled import read_usage
from detente.dialects._framing.unstreamed import tap
from detente.dialects._openai.failure import error_body, responses_stream_error
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.openai_input_tokens.codec import (
    NAME,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from detente.dialects.openai_input_tokens.head import read_request
from detente.dialects.openai_responses import CODEC as RESPONSES
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name=NAME,
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=responses_stream_error,
    billed=False,
    request_id_header=b"x-request-id",
)

CODEC: Final = CountingCodec(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=RESPONSES.read_error,
    tool_names=RESPONSES.tool_names,
    call_ids=RESPONSES.call_ids,
)
