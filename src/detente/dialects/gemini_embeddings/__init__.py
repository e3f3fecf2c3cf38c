"""`gemini_embeddings`: POST models/{model}:batchEmbedContents, :embedContent and :predict."""

from typing import Final

from detente.dialects._codec.error_text import error_text
from detente.dialects._framing.unstreamed import tap
from detente.dialects._google.failure import error_body, stream_error
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.gemini_embeddings.head import edit_request, read_request
from detente.dialects.gemini_embeddings.request import decode_request, encode_request
from detente.dialects.gemini_embeddings.response import decode_response, encode_response
from detente.dialects.gemini_embeddings.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="gemini_embeddings",
    interface="embedding",
    read_request=read_request,
    edit_request=edit_request,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
)

CODEC: Final = EmbeddingCodec(
    name="gemini_embeddings",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=error_text,
    operation="batchEmbedContents",
)
