"""Answers with embeddings in Ollama's two forms, bytes to values and back.

>>> decode_response(b'{"embedding": [0.5]}').vectors[0].values
(0.5,)
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingResponse, Vector
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Option
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.counts import count
from detente.dialects._codec.embedding_losses import lose_of_answer
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects._codec.vectors import floats_of, numbers
from detente.dialects.codec import Encoded
from detente.dialects.embedding_codec import EmbeddingReply
from detente.dialects.ollama_embeddings.request import NAME, PROMPT

_TIMES: Final = (
    "created_at",
    "done",
    "done_reason",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
)
"""What the client's type knows besides, all about the run."""

_KNOWN: Final = frozenset(("model", "embedding", "embeddings", "prompt_eval_count", *_TIMES))
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes) -> EmbeddingResponse:
    """An answer of either operation; raises `ProviderFault`."""
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
    request = reply.request
    came = response.extras
    older = marked(request.extras if request is not None else came, NAME, PROMPT)
    if older:
        first = list[Json](floats_of(response.vectors[0])) if response.vectors else []
        wire: Obj = {"embedding": first}
    else:
        tokens = 0 if response.usage is None else response.usage.input_tokens
        wire = {
            "model": response.model or (request.model if request is not None else ""),
            "embeddings": [list[Json](floats_of(vector)) for vector in response.vectors],
            "total_duration": 0,
            "load_duration": 0,
            "prompt_eval_count": tokens,
        }
    for option in response.options:
        if option.dialect == NAME:
            wire[option.name] = option.value
    return Encoded(
        body=_ENCODE(laid_over(without(wire, came, NAME), came, NAME)), losses=tuple(losses.found)
    )


def _response(wire: Obj) -> EmbeddingResponse:
    older = "embedding" in wire and "embeddings" not in wire
    told = [wire["embedding"]] if older else fields.items(wire, "embeddings")
    vectors: list[Vector] = []
    for index, value in enumerate(told):
        try:
            vectors.append(Vector(values=numbers(value)))
        except Misfit as misfit:
            misfit.under("embedding" if older else f"embeddings[{index}]")
            raise
    marks = (
        (PROMPT,)
        if older
        else absences(wire, ("model", "total_duration", "load_duration", "prompt_eval_count"))
    )
    counted = wire.get("prompt_eval_count") is not None
    return EmbeddingResponse(
        model=fields.text_or_none(wire, "model") or "",
        vectors=tuple(vectors),
        origin=NAME,
        usage=Usage(uncached_input_tokens=count(wire, "prompt_eval_count")) if counted else None,
        options=tuple(
            Option(dialect=NAME, name=name, value=wire[name])
            for name in _TIMES
            if wire.get(name) is not None
        ),
        extras=rest(wire, _KNOWN, NAME, marks=marks),
    )
