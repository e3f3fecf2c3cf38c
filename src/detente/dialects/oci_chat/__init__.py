"""`oci_chat`: POST 20231130/actions/chat, Oracle Cloud's native chat."""

from typing import Final

from detente.dialects._codec.error_text import error_text
from detente.dialects.codec import Codec
from detente.dialects.oci_chat.failure import error_body, last_status, stream_error
from detente.dialects.oci_chat.head import edit_request, read_request
from detente.dialects.oci_chat.request_decoding import decode_request
from detente.dialects.oci_chat.request_encoding import encode_request
from detente.dialects.oci_chat.response_decoding import decode_response
from detente.dialects.oci_chat.response_encoding import encode_response
from detente.dialects.oci_chat.stream_decoding import stream_decoder
from detente.dialects.oci_chat.stream_encoding import stream_encoder
from detente.dialects.oci_chat.tap import tap
from detente.dialects.oci_chat.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="oci_chat",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
    last_status=last_status,
    request_id_header=b"opc-request-id",
    result_marks=(b'"toolCallId"', b'"toolResults"'),
)

CODEC: Final = Codec(
    name="oci_chat",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=stream_decoder,
    stream_encoder=stream_encoder,
    read_error=error_text,
)
