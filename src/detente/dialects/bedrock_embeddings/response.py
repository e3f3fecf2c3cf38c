"""Answers with embeddings on Bedrock, bytes to values and back, in each publisher's form.

>>> decode_response(b'{"embedding": [0.5], "inputTextTokenCount": 1}').vectors[0].values
(0.5,)
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingResponse
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import lose_of_answer
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._cohere.embedded import embedded_body, read_embedded
from detente.dialects.bedrock_embeddings.nova import nova_answer, read_nova_answer
from detente.dialects.bedrock_embeddings.titan import read_titan_answer, titan_answer
from detente.dialects.bedrock_embeddings.wire import NAME, form_of
from detente.dialects.codec import Encoded
from detente.dialects.embedding_codec import EmbeddingReply

_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes) -> EmbeddingResponse:
    """An answer in any of the forms; raises `ProviderFault`."""
    try:
        wire = fields.read_object(body)
        if "embeddings" not in wire:
            return read_titan_answer(wire)
        if _is_nova(wire):
            return read_nova_answer(wire)
        return _marked(read_embedded(wire, NAME))
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: EmbeddingResponse, reply: EmbeddingReply) -> Encoded:
    """The answer in the form of the client's request, else in its own."""
    losses = Losses()
    asked = form_of(reply.request.extras) if reply.request is not None else None
    form = asked or form_of(response.extras) or "titan"
    if form == "cohere":
        wire = embedded_body(response, NAME, reply, losses)
        return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))
    lose_of_answer(response, NAME, losses)
    for one in response.quantized:
        losses.lose("embedding_quantization", f"quantized.{one.kind}", "this API gives floats only")
    wire = nova_answer(response, reply.request) if form == "nova" else titan_answer(response)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _is_nova(wire: Obj) -> bool:
    told = wire["embeddings"]
    return type(told) is list and bool(told) and type(told[0]) is dict


def _marked(response: EmbeddingResponse) -> EmbeddingResponse:
    extras = response.extras or Extras(dialect=NAME)
    marks = (*extras.marks, "cohere")
    return msgspec.structs.replace(response, extras=msgspec.structs.replace(extras, marks=marks))
