"""Answers with embeddings in OpenAI's form.

>>> body = b'{"data": [{"index": 0, "embedding": [0.5]}], "model": "m"}'
>>> decode_response(body).vectors[0].values
(0.5,)
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingResponse, Vector
from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import lose_of_answer
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import differing, laid_over, rest
from detente.dialects._codec.vectors import base64_of, floats_of, vector_of
from detente.dialects._openai.token_counts import CompletionUsage
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.codec import Encoded
from detente.dialects.embedding_codec import EmbeddingReply
from detente.dialects.openai_embeddings.request import NAME

_KNOWN: Final = frozenset(("object", "data", "model", "usage"))
_KNOWN_OF_ITEM: Final = frozenset(("object", "index", "embedding"))
_KNOWN_OF_USAGE: Final = frozenset(
    ("prompt_tokens", "total_tokens", "completion_tokens", "prompt_tokens_details")
)
_NO_USAGE: Final = "no_usage"
_ABSENT: Final = "no_"
"""Begins the mark of a member of the usage that a compatible host leaves out."""

_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes) -> EmbeddingResponse:
    """An answer; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body))
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: EmbeddingResponse, reply: EmbeddingReply) -> Encoded:
    """The answer, its vectors as the client asked for them: numbers where it did not say."""
    losses = Losses()
    lose_of_answer(response, NAME, losses)
    for one in response.quantized:
        losses.lose("embedding_quantization", f"quantized.{one.kind}", "this API gives floats only")
    asked = reply.request.encoding or "float" if reply.request is not None else None
    wire: Obj = {
        "object": "list",
        "data": [_item(one, index, asked) for index, one in enumerate(response.vectors)],
        "model": response.model or (reply.request.model if reply.request is not None else ""),
        "usage": _usage_told(response),
    }
    if response.extras is not None and response.extras.dialect == NAME:
        if _NO_USAGE in response.extras.marks:
            del wire["usage"]
        laid_over(wire, response.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _response(wire: Obj) -> EmbeddingResponse:
    read = [_vector(item, at) for at, item in enumerate(fields.items(wire, "data"))]
    if any(index != at for at, (index, _) in enumerate(read)):
        read.sort(key=lambda pair: pair[0])
    members: Obj = {}
    spelling: Obj = {}
    marks: tuple[str, ...] = (_NO_USAGE,)
    usage: Usage | None = None
    said = fields.member_or_none(wire, "usage")
    if said is not None:
        usage = _usage(said)
        projected = usage_members(usage)
        known = {key: value for key, value in said.items() if key in _KNOWN_OF_USAGE}
        spelling["usage"] = differing(known, projected)
        if unknown := {key: value for key, value in said.items() if key not in _KNOWN_OF_USAGE}:
            members["usage"] = unknown
        marks = tuple(_ABSENT + key for key in projected if key not in said)
    elif "usage" in wire:
        marks = ()
    return EmbeddingResponse(
        model=fields.text_or_none(wire, "model") or "",
        vectors=tuple(vector for _, vector in read),
        origin=NAME,
        usage=usage,
        extras=rest(wire, _KNOWN, NAME, spelling=spelling, members=members, marks=marks),
    )


def _vector(item: Json, at: int) -> tuple[int, Vector]:
    if type(item) is not dict:
        raise Misfit(f"data[{at}]", "must be an object")
    try:
        vector = vector_of(item.get("embedding"))
    except Misfit as misfit:
        misfit.under(f"data[{at}].embedding")
        raise
    index = item.get("index")
    extras = rest(item, _KNOWN_OF_ITEM, NAME)
    if extras is not None:
        vector = msgspec.structs.replace(vector, extras=extras)
    return (index if type(index) is int else at), vector


def _item(vector: Vector, index: int, asked: str | None) -> Obj:
    as_text = vector.packed is not None if asked is None else asked == "base64"
    told: Json = base64_of(vector) if as_text else list(floats_of(vector))
    wire: Obj = {"object": "embedding", "index": index, "embedding": told}
    return laid_over(wire, vector.extras, NAME)


def _usage(said: Obj) -> Usage:
    try:
        return completion_usage(msgspec.convert(said, CompletionUsage))
    except msgspec.ValidationError:
        raise Misfit("usage", "must hold counts of tokens") from None


def usage_members(usage: Usage | None) -> Obj:
    """The counts, as this API gives them; zeros where nothing is known, for clients need them."""
    tokens = 0 if usage is None else usage.input_tokens
    return {"prompt_tokens": tokens, "total_tokens": tokens}


def _usage_told(response: EmbeddingResponse) -> Obj:
    told = usage_members(response.usage)
    if response.extras is not None and response.extras.dialect == NAME:
        for mark in response.extras.marks:
            told.pop(mark.removeprefix(_ABSENT), None)
    return told
