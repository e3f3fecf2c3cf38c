"""`anthropic_count_tokens`: POST messages/count_tokens, which costs nothing and uses nothing."""

from typing import Final

from detente.dialects._anthropic.failure import error_body, stream_error
from detente.dialects._framing.heads import edit_model
from detente.dialects._framing.unbilled import read_usage
from detente.dialects._framing.unstreamed import tap
from detente.dialects.anthropic_count_tokens.codec import (
    NAME,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from detente.dialects.anthropic_count_tokens.head import read_request
from detente.dialects.anthropic_messages import CODEC as MESSAGES
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name=NAME,
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
    billed=False,
    version_header=b"anthropic-version",
    version="2023-06-01",
    request_id_header=b"request-id",
)

CODEC: Final = CountingCodec(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=MESSAGES.read_error,
    tool_names=MESSAGES.tool_names,
    call_ids=MESSAGES.call_ids,
)
