"""Requests for embeddings in OpenAI's form, as OpenAI, Azure, Mistral and compatible hosts take it.

Not the head that the pass-through lane reads: see `head`. `input` is one text, texts, one list of
token numbers, or several (platform.openai.com, API reference, read 21 November 2026).

>>> decode_request(b'{"model": "m", "input": "hi"}').inputs[0].text
'hi'
"""

from typing import Final, Literal, cast

import msgspec

from detente.canonical.content import Text
from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest
from detente.canonical.extras import Json, Obj
from detente.canonical.model import Dialect
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import lose_members, text_of
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.codec import Encoded, Target

NAME: Final[Dialect] = "openai_embeddings"
_KNOWN: Final = frozenset(("model", "input", "dimensions", "encoding_format", "user"))
_CARRIED: Final = ("dimensions", "user")
_API: Final = "OpenAI's API"
_ENCODINGS: Final[dict[str, Literal["float", "base64"]]] = {"float": "float", "base64": "base64"}
_LONE: Final = "lone"
"""The mark of an input that stands by itself, outside a list."""

_ENCODE: Final = msgspec.json.Encoder().encode


def decode_request(body: bytes, *, model: str | None = None) -> EmbeddingRequest:
    """A request; a `model` from the path wins. Raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    """The body for that model, with losses. Vectors are asked for as the client wants them; where
    it did not say, the platform decides."""
    losses = Losses()
    lose_members(request, NAME, (*_CARRIED, *_truncation(request)), losses, _API)
    if not request.floats and not request.quantizations:
        losses.lose("embedding_quantization", "floats", f"{_API} gives floats only")
    told: list[Json] = [
        list(one.tokens) if one.tokens else text_of(one, f"inputs[{index}]", losses, _API)
        for index, one in enumerate(request.inputs)
    ]
    lone = len(told) == 1 and marked(request.extras, NAME, _LONE)
    wire: Obj = {"model": target.model, "input": told[0] if lone else told}
    if request.dimensions is not None:
        wire["dimensions"] = request.dimensions
    if request.encoding is not None and request.origin == NAME:
        wire["encoding_format"] = request.encoding
    if request.user is not None:
        wire["user"] = request.user
    laid_over(wire, request.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _truncation(request: EmbeddingRequest) -> tuple[str, ...]:
    """An input that is too long is an error here, so that wish is granted without a word."""
    return ("truncate",) if request.truncate == "none" else ()


def _request(wire: Obj, model: str | None) -> EmbeddingRequest:
    inputs, lone = _inputs(wire.get("input"))
    told = fields.text_or_none(wire, "encoding_format")
    encoding = _ENCODINGS.get(told) if told is not None else None
    unknown: Obj = {} if encoding == told else {"encoding_format": told}
    named = fields.text(wire, "model") if model is None else model
    return EmbeddingRequest(
        model=named,
        inputs=inputs,
        origin=NAME,
        dimensions=fields.integer_or_none(wire, "dimensions"),
        encoding=encoding,
        user=fields.text_or_none(wire, "user"),
        extras=rest(wire, _KNOWN, NAME, members=unknown, marks=(_LONE,) if lone else ()),
    )


def _inputs(value: Json) -> tuple[tuple[EmbeddingInput, ...], bool]:
    if type(value) is str:
        return (_text(value),), True
    if type(value) is not list:
        raise Misfit("input", "must be a string or a list")
    if value and all(type(item) is int for item in value):
        return (EmbeddingInput(tokens=tuple(cast(list[int], value))),), True
    return tuple(_input(item, index) for index, item in enumerate(value)), False


def _input(item: Json, index: int) -> EmbeddingInput:
    if type(item) is str:
        return _text(item)
    if type(item) is list and item and all(type(token) is int for token in item):
        return EmbeddingInput(tokens=tuple(cast(list[int], item)))
    raise Misfit(f"input[{index}]", "must be a string or a list of token numbers")


def _text(text: str) -> EmbeddingInput:
    return EmbeddingInput(parts=(Text(text=text),))
