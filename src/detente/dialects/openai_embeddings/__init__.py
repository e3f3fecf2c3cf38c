"""`openai_embeddings`: POST embeddings."""

from typing import Final

from detente.dialects._codec.error_text import error_text
from detente.dialects._framing.heads import edit_model
from detente.dialects._framing.unstreamed import tap
from detente.dialects._openai.failure import chat_stream_error, error_body
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.openai_embeddings.head import read_request
from detente.dialects.openai_embeddings.request import decode_request, encode_request
from detente.dialects.openai_embeddings.response import decode_response, encode_response
from detente.dialects.openai_embeddings.usage import read_usage
from detente.dialects.spec import Spec

SPEC: Final = Spec(
    name="openai_embeddings",
    interface="embedding",
    read_request=read_request,
    edit_request=edit_model,
    read_usage=read_usage,
    tap=tap,
    error_body=error_body,
    request_id_header=b"x-request-id",
    stream_error=chat_stream_error,
)

CODEC: Final = EmbeddingCodec(
    name="openai_embeddings",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    read_error=error_text,
)
