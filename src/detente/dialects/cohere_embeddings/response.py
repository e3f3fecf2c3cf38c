"""Answers with embeddings in Cohere's form (v2/embed), bytes to values and back.

>>> decode_response(b'{"id": "1", "embeddings": {"float": [[0.5]]}}').vectors[0].values
(0.5,)
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingResponse
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._cohere.embedded import embedded_body, read_embedded
from detente.dialects.codec import Encoded
from detente.dialects.cohere_embeddings.request import NAME
from detente.dialects.embedding_codec import EmbeddingReply

_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes) -> EmbeddingResponse:
    """An answer; raises `ProviderFault`."""
    try:
        return read_embedded(fields.read_object(body), NAME)
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: EmbeddingResponse, reply: EmbeddingReply) -> Encoded:
    """The answer, in the kinds of numbers that the client asked for."""
    losses = Losses()
    wire = embedded_body(response, NAME, reply, losses)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))
