"""Answers with embeddings in Cohere's form: a list of vectors for each kind of number asked for.

Amazon's host has two forms: as Cohere's, or a plain list where no kind was asked for.

>>> wire = {"id": "1", "embeddings": {"float": [[0.5]]}, "texts": ["hi"]}
>>> read_embedded(wire, "cohere_embeddings").vectors[0].values
(0.5,)
"""

from typing import Final

import msgspec

from detente.canonical.embedding import (
    EmbeddingRequest,
    EmbeddingResponse,
    Quantized,
    Vector,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.model import Dialect
from detente.canonical.request import Option
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.counts import count
from detente.dialects._codec.embedding_losses import lose_of_answer
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects._codec.vectors import base64_of, floats_of, integers, vector_of
from detente.dialects._cohere.embeds import BASE64_TOO, KINDS
from detente.dialects.embedding_codec import EmbeddingReply

_KNOWN: Final = frozenset(("id", "embeddings", "texts", "images", "meta", "response_type"))
_ALWAYS: Final = ("id", "texts", "response_type")
_OWN: Final = ("meta", "images")
_LISTED: Final = "listed"
"""The mark of vectors in a plain list."""


def read_embedded(wire: Obj, dialect: Dialect) -> EmbeddingResponse:
    """The answer; raises `Misfit`."""
    members: Obj = {}
    spelling: Obj = {}
    marks = absences(wire, _ALWAYS)
    told = wire.get("embeddings")
    if type(told) is list:
        vectors = _vectors(told, "embeddings")
        quantized: tuple[Quantized, ...] = ()
        marks = (*marks, _LISTED)
    else:
        kinds = fields.member(wire, "embeddings")
        vectors, marks = _floats(kinds, marks)
        quantized = tuple(_quantized(kinds, kind) for kind in KINDS if kinds.get(kind) is not None)
        _keep_rest(kinds, members, spelling)
    if wire.get("response_type") not in (None, _response_type(marks)):
        spelling["response_type"] = wire["response_type"]
    return EmbeddingResponse(
        id=fields.text_or_none(wire, "id"),
        vectors=vectors,
        origin=dialect,
        quantized=quantized,
        texts=fields.texts(wire, "texts"),
        usage=_usage(wire),
        options=tuple(
            Option(dialect=dialect, name=name, value=wire[name])
            for name in _OWN
            if wire.get(name) is not None
        ),
        extras=rest(wire, _KNOWN, dialect, spelling=spelling, members=members, marks=marks),
    )


def embedded_body(
    response: EmbeddingResponse, dialect: Dialect, reply: EmbeddingReply, losses: Losses
) -> Obj:
    """The body; the client's request says which kinds of numbers it waits for."""
    own = response.extras is not None and response.extras.dialect == dialect
    marks = response.extras.marks if own and response.extras is not None else ()
    told = _texts(response, reply.request)
    wire: Obj = {
        "id": response.id or reply.request_id,
        "embeddings": _listed(response) if _LISTED in marks else _kinds(response, reply, marks),
        "texts": told,
        "response_type": _response_type(marks),
    }
    if not own and response.usage is not None and dialect == "cohere_embeddings":
        wire["meta"] = {
            "api_version": {"version": "2"},
            "billed_units": {"input_tokens": response.usage.input_tokens},
        }
    if not response.vectors and not response.quantized and reply.request is not None:
        losses.lose("embedding_quantization", "vectors", "the provider gave none of these kinds")
    lose_of_answer(response, dialect, losses)
    for option in response.options:
        if option.dialect == dialect:
            wire[option.name] = option.value
    return laid_over(without(wire, response.extras, dialect), response.extras, dialect)


def _response_type(marks: tuple[str, ...]) -> str:
    return "embeddings_floats" if _LISTED in marks else "embeddings_by_type"


def _listed(response: EmbeddingResponse) -> list[Json]:
    return [list(floats_of(vector)) for vector in response.vectors]


def _kinds(response: EmbeddingResponse, reply: EmbeddingReply, marks: tuple[str, ...]) -> Obj:
    """The vectors by kind: as they came, or as the client asked."""
    request = reply.request
    wire: Obj = {}
    if response.vectors:
        packed = response.vectors[0].packed is not None
        both = BASE64_TOO in marks
        if request is not None:
            packed = request.encoding == "base64"
            asked = request.extras.marks if request.extras is not None else ()
            both = BASE64_TOO in asked
        if not packed or both:
            wire["float"] = _listed(response)
        if packed or both:
            wire["base64"] = [base64_of(vector) for vector in response.vectors]
    for one in response.quantized:
        wire[one.kind] = [list(vector) for vector in one.vectors]
    return wire


def _texts(response: EmbeddingResponse, request: EmbeddingRequest | None) -> list[Json]:
    if response.texts or request is None:
        return list(response.texts)
    return [text for one in request.inputs if (text := one.text) is not None]


def _vectors(told: list[Json], path: str) -> tuple[Vector, ...]:
    found: list[Vector] = []
    for index, value in enumerate(told):
        try:
            found.append(vector_of(value))
        except Misfit as misfit:
            misfit.under(f"{path}[{index}]")
            raise
    return tuple(found)


def _floats(kinds: Obj, marks: tuple[str, ...]) -> tuple[tuple[Vector, ...], tuple[str, ...]]:
    """The vectors as floats, from numbers or base64, whichever there is; or both."""
    floats = _vectors(fields.items(kinds, "float"), "embeddings.float")
    packed = _vectors(fields.items(kinds, "base64"), "embeddings.base64")
    if not (floats and packed):
        return floats or packed, marks
    if len(floats) != len(packed):
        raise Misfit("embeddings.base64", "must have as many vectors as `float`")
    both = tuple(
        msgspec.structs.replace(one, packed=other.packed)
        for one, other in zip(floats, packed, strict=True)
    )
    return both, (*marks, BASE64_TOO)


def _quantized(kinds: Obj, kind: str) -> Quantized:
    try:
        found = tuple([integers(one) for one in fields.items(kinds, kind)])
    except Misfit as misfit:
        misfit.under(f"embeddings.{kind}")
        raise
    return Quantized(kind=KINDS[kind], vectors=found)


def _keep_rest(kinds: Obj, members: Obj, spelling: Obj) -> None:
    known = ("float", "base64", *KINDS)
    unknown: Obj = {key: value for key, value in kinds.items() if key not in known}
    if unknown:
        members["embeddings"] = unknown
    empty: Obj = {key: value for key, value in kinds.items() if key in known and not value}
    if empty:
        spelling["embeddings"] = empty


def _usage(wire: Obj) -> Usage | None:
    """What is billed: `meta.billed_units`, images' tokens beside those of texts."""
    meta = wire.get("meta")
    units = meta.get("billed_units") if type(meta) is dict else None
    if type(units) is not dict:
        return None
    tokens = count(units, "input_tokens") + count(units, "image_tokens")
    return Usage(uncached_input_tokens=tokens)
