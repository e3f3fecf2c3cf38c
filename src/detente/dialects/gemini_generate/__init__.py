"""`gemini_generate`: POST models/{model}:generateContent and :streamGenerateContent."""

import re
from typing import Final

from detente.dialects._google.failure import error_body, stream_error
from detente.dialects.codec import Codec
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.errors import read_error
from detente.dialects.gemini_generate.head import edit_request, read_request
from detente.dialects.gemini_generate.request_decoding import decode_request
from detente.dialects.gemini_generate.request_encoding import encode_request
from detente.dialects.gemini_generate.response_decoding import decode_response
from detente.dialects.gemini_generate.response_encoding import encode_response
from detente.dialects.gemini_generate.stream_decoding import GenerateDecoder
from detente.dialects.gemini_generate.stream_encoding import GenerateEncoder
from detente.dialects.gemini_generate.tap import tap
from detente.dialects.gemini_generate.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="gemini_generate",
    interface="stateless_api",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    hands_state_back=True,
    result_marks=(b'"functionResponse"', b'"function_response"'),
    stream_error=stream_error,
)

CODEC: Final = Codec(
    name=words.NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    stream_decoder=GenerateDecoder,
    stream_encoder=GenerateEncoder,
    read_error=read_error,
    streams_by_path=True,
    tool_names=re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}"),
)
