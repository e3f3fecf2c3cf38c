"""Requests for embeddings in Cohere's form (v2/embed), bytes to values and back.

>>> decode_request(b'{"model": "m", "texts": ["hi"], "input_type": "search_query"}').task
'query'
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingRequest
from detente.canonical.extras import Obj
from detente.canonical.model import Dialect
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._cohere.embeds import embeds_body, read_embeds
from detente.dialects.codec import Encoded, Target

NAME: Final[Dialect] = "cohere_embeddings"

_ENCODE: Final = msgspec.json.Encoder().encode


def decode_request(body: bytes, *, model: str | None = None) -> EmbeddingRequest:
    """A request; raises `ClientFault`."""
    try:
        wire = fields.read_object(body)
        return read_embeds(wire, NAME, fields.text(wire, "model") if model is None else model)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    """The body for that model, with losses."""
    losses = Losses()
    wire: Obj = {"model": target.model, **embeds_body(request, NAME, losses)}
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))
