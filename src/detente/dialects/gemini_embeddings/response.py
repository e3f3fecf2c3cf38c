"""Answers with embeddings in Google's three forms, bytes to values and back.

>>> decode_response(b'{"embeddings": [{"values": [0.5]}]}').vectors[0].values
(0.5,)
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingResponse, Vector
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Option
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import lose_of_answer
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import differing, laid_over, rest
from detente.dialects._codec.vectors import floats_of, numbers
from detente.dialects.codec import Encoded
from detente.dialects.embedding_codec import EmbeddingReply
from detente.dialects.gemini_embeddings.request import form_of
from detente.dialects.gemini_embeddings.usage import usage_of
from detente.dialects.gemini_embeddings.wire import NAME, EmbedResponse, Form

_OWN: Final = ("metadata", "truncated")
_KNOWN: Final = frozenset(("usageMetadata", *_OWN))
_ITEM: Final = frozenset(("values", "statistics", "embeddings"))
_FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("embeddings", "batchEmbedContents"),
    ("predictions", "predict"),
    ("embedding", "embedContent"),
)
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes) -> EmbeddingResponse:
    """An answer of any of the three operations; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body))
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: EmbeddingResponse, reply: EmbeddingReply) -> Encoded:
    """The answer, in the form of the operation that the client asked for."""
    losses = Losses()
    lose_of_answer(response, NAME, losses)
    for one in response.quantized:
        losses.lose("embedding_quantization", f"quantized.{one.kind}", "this API gives floats only")
    came = form_of(response.extras)
    asked = form_of(reply.request.extras) if reply.request is not None else None
    form = asked or came or "batchEmbedContents"
    items = [_told(one) for one in response.vectors]
    if form == "predict":
        wire: Obj = _predictions(items, response, reply)
    elif form == "embedContent":
        empty: Obj = {"values": []}
        wire = {"embedding": items[0] if items else empty}
    else:
        every: list[Json] = [*items]
        wire = {"embeddings": every}
    if form != "predict" and response.usage is not None:
        wire["usageMetadata"] = _usage_told(response.usage)
    for option in response.options:
        if option.dialect == NAME:
            wire[option.name] = option.value
    if form == came:
        laid_over(wire, response.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _response(wire: Obj) -> EmbeddingResponse:
    key, form = next(((key, form) for key, form in _FORMS if key in wire), _FORMS[0])
    usage = _usage(wire)
    spelling: Obj = {}
    said = wire.get("usageMetadata")
    if usage is not None and type(said) is dict:
        spelling["usageMetadata"] = differing(said, _usage_told(usage))
    if form == "embedContent":
        vectors: tuple[Vector, ...] = (_vector(fields.member(wire, key)),)
    else:
        read = _vector if form == "batchEmbedContents" else _prediction
        vectors = fields.each(wire, key, read)
    return EmbeddingResponse(
        vectors=vectors,
        origin=NAME,
        usage=usage,
        options=tuple(
            Option(dialect=NAME, name=name, value=wire[name])
            for name in _OWN
            if wire.get(name) is not None
        ),
        extras=rest(wire, _KNOWN | {key}, NAME, spelling=spelling, marks=(form,)),
    )


def _usage(wire: Obj) -> Usage | None:
    try:
        return usage_of(msgspec.convert(wire, EmbedResponse))
    except msgspec.ValidationError:
        return None


def _vector(item: Obj) -> Vector:
    try:
        values = numbers(item.get("values", []))
    except Misfit as misfit:
        misfit.under("values")
        raise
    statistics = item.get("statistics")
    spelling: Obj = {} if statistics is None else {"statistics": statistics}
    return Vector(values=values, extras=rest(item, _ITEM, NAME, spelling=spelling))


def _prediction(item: Obj) -> Vector:
    vector = fields.within(item, "embeddings", _vector)
    if vector is None:
        raise Misfit("embeddings", "must be an object")
    beyond: Obj = {key: value for key, value in item.items() if key != "embeddings"}
    if not beyond:
        return vector
    inner = vector.extras
    members: Obj = {**(inner.members if inner is not None else {}), "__item": beyond}
    spelling = inner.spelling if inner is not None else {}
    return msgspec.structs.replace(
        vector, extras=Extras(dialect=NAME, members=members, spelling=spelling)
    )


def _told(vector: Vector) -> Obj:
    wire: Obj = {"values": list(floats_of(vector))}
    return laid_over(wire, vector.extras, NAME)


def _predictions(items: list[Obj], response: EmbeddingResponse, reply: EmbeddingReply) -> Obj:
    """As Vertex AI tells them; what it bills is characters, and tokens where one vector has all."""
    own = form_of(response.extras) == "predict"
    told: list[Json] = []
    for item in items:
        beyond = item.pop("__item", None)
        if not own and "statistics" not in item and response.usage is not None and len(items) == 1:
            item["statistics"] = {"truncated": False, "token_count": response.usage.input_tokens}
        prediction: Obj = {"embeddings": item}
        if type(beyond) is dict:
            prediction.update(beyond)
        told.append(prediction)
    wire: Obj = {"predictions": told}
    if not own and reply.request is not None:
        texts = [one.text or "" for one in reply.request.inputs]
        wire["metadata"] = {"billableCharacterCount": sum(len(text) for text in texts)}
    return wire


def _usage_told(usage: Usage) -> Obj:
    return {"promptTokenCount": usage.input_tokens}
