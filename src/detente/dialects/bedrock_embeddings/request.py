"""Requests for embeddings on Bedrock, bytes to values and back, in each publisher's form.

>>> decode_request(b'{"inputText": "hi"}', model="amazon.titan-embed-text-v2:0").inputs[0].text
'hi'
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingRequest
from detente.canonical.extras import Extras
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._cohere.embeds import embeds_body, read_embeds
from detente.dialects.bedrock_embeddings.nova import nova_body, read_nova
from detente.dialects.bedrock_embeddings.titan import read_titan, titan_body
from detente.dialects.bedrock_embeddings.wire import NAME, form_of, form_of_model
from detente.dialects.codec import Encoded, Target

_TITAN: Final = ("inputText", "inputImage")
_COHERE: Final = ("texts", "images", "inputs")
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_request(body: bytes, *, model: str | None = None) -> EmbeddingRequest:
    """A request in any of the forms; the path names the model. Raises `ClientFault`."""
    try:
        wire = fields.read_object(body)
        named = model or ""
        if "singleEmbeddingParams" in wire or "taskType" in wire:
            return read_nova(wire, named)
        if any(key in wire for key in _TITAN):
            return read_titan(wire, named)
        if not any(key in wire for key in _COHERE):
            raise Misfit("inputText", "must be given, or else `texts` or `singleEmbeddingParams`")
        return _marked(read_embeds(wire, NAME, named))
    except Misfit as misfit:
        raise misfit.client_fault() from None


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    """The body in the form that the model's id tells, else in that of the request, else Titan's."""
    losses = Losses()
    form = form_of_model(target.model) or form_of(request.extras) or "titan"
    if form == "cohere":
        wire = embeds_body(request, NAME, losses)
    elif form == "nova":
        wire = nova_body(request, losses)
    else:
        wire = titan_body(request, target.model, losses)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _marked(request: EmbeddingRequest) -> EmbeddingRequest:
    extras = request.extras or Extras(dialect=NAME)
    marks = (*extras.marks, "cohere")
    return msgspec.structs.replace(request, extras=msgspec.structs.replace(extras, marks=marks))
