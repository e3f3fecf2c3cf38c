"""`cohere_embeddings`: POST v2/embed."""

from typing import Final

from detente.dialects._codec.error_text import error_text
from detente.dialects._cohere.failure import error_body, last_status, stream_error
from detente.dialects._framing.heads import edit_model
from detente.dialects._framing.unstreamed import tap
from detente.dialects.cohere_embeddings.head import read_request
from detente.dialects.cohere_embeddings.request import decode_request, encode_request
from detente.dialects.cohere_embeddings.response import decode_response, encode_response
from detente.dialects.cohere_embeddings.usage import read_usage
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="cohere_embeddings",
    interface="embedding",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    stream_error=stream_error,
    last_status=last_status,
)

CODEC: Final = EmbeddingCodec(
    name="cohere_embeddings",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=error_text,
)
