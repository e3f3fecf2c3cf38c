"""Requests for embeddings in Ollama's two forms, bytes to values and back.

`input` is one text or several (api/embed), `prompt` one text (api/embeddings, which is deprecated);
see docs/api.md of ollama/ollama, read 21 November 2026.

>>> decode_request(b'{"model": "m", "prompt": "hi"}').inputs[0].text
'hi'
"""

from typing import Final

import msgspec

from detente.canonical.content import Text
from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest
from detente.canonical.extras import Json, Obj
from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.request import Option
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import lose_members, texts_of
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.codec import Encoded, Target

NAME: Final[Dialect] = "ollama_embeddings"
PROMPT: Final = "prompt"
"""The mark of the older operation."""

EMBED: Final = "embed"
EMBEDDINGS: Final = "embeddings"
"""What `Target.api_version` calls the two operations."""

_API: Final = "Ollama's API"
_LONE: Final = "lone"
_KNOWN: Final = frozenset(
    ("model", "input", "prompt", "truncate", "options", "keep_alive", "dimensions")
)
_OPTIONS: Final[tuple[tuple[str, Severity], ...]] = (("options", "drop"), ("keep_alive", "drop"))
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_request(body: bytes, *, model: str | None = None) -> EmbeddingRequest:
    """A request of either operation; raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    """The body for that model, with losses, for the operation that `target.api_version` names."""
    losses = Losses()
    older = target.api_version == EMBEDDINGS or (
        target.api_version is None and marked(request.extras, NAME, PROMPT)
    )
    carried = () if older else ("dimensions", "truncate")
    lose_members(request, NAME, carried, losses, _API)
    if not request.floats and not request.quantizations:
        losses.lose("embedding_quantization", "floats", f"{_API} gives floats only")
    texts = texts_of(request.inputs, losses, _API)
    wire: Obj = {"model": target.model}
    if older:
        wire["prompt"] = texts[0] if texts else ""
        for index in range(1, len(texts)):
            losses.lose("embedding_batch", f"inputs[{index}]", "api/embeddings takes one prompt")
    else:
        lone = len(texts) == 1 and marked(request.extras, NAME, _LONE)
        wire["input"] = texts[0] if lone else list[Json](texts)
        _settings(wire, request, losses)
    for option in request.options:
        if option.dialect == NAME:
            wire[option.name] = option.value
    return Encoded(body=_ENCODE(laid_over(wire, request.extras, NAME)), losses=tuple(losses.found))


def _settings(wire: Obj, request: EmbeddingRequest, losses: Losses) -> None:
    if request.dimensions is not None:
        wire["dimensions"] = request.dimensions
    if request.truncate == "start":
        losses.lose("embedding_truncation", "truncate", f"{_API} cuts inputs at their end")
    elif request.truncate is not None:
        wire["truncate"] = request.truncate == "end"


def _request(wire: Obj, model: str | None) -> EmbeddingRequest:
    older = "prompt" in wire and "input" not in wire
    told = wire.get("prompt" if older else "input")
    if type(told) is str:
        inputs: tuple[EmbeddingInput, ...] = (_text(told),)
    elif older:
        raise Misfit("prompt", "must be a string")
    else:
        inputs = tuple([_text(text) for text in _texts(wire)])
    cut = fields.flag_or_none(wire, "truncate")
    marks = (PROMPT,) if older else (_LONE,) if type(told) is str else ()
    return EmbeddingRequest(
        model=fields.text(wire, "model") if model is None else model,
        inputs=inputs,
        origin=NAME,
        dimensions=fields.integer_or_none(wire, "dimensions"),
        truncate=None if cut is None else "end" if cut else "none",
        options=tuple(
            Option(dialect=NAME, name=name, value=value, severity=severity)
            for name, severity in _OPTIONS
            if (value := wire.get(name)) not in (None, {})
        ),
        extras=rest(wire, _KNOWN, NAME, marks=marks),
    )


def _texts(wire: Obj) -> tuple[str, ...]:
    if wire.get("input") is None:
        raise Misfit("input", "must be a string or a list of strings")
    return fields.texts(wire, "input")


def _text(text: str) -> EmbeddingInput:
    return EmbeddingInput(parts=(Text(text=text),))
