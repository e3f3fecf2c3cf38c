"""The bodies of Amazon Titan's embedding models: one text, one image, or both.

>>> read_titan({"inputText": "hi", "dimensions": 256}, "m").dimensions
256
"""

from typing import Final

import msgspec

from detente.canonical.content import Inline, Media, Part, Text
from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest, EmbeddingResponse, Vector
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Option
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.counts import count
from detente.dialects._codec.embedding_losses import lose_members, text_of
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import OCTETS
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects._codec.vectors import floats_of, numbers
from detente.dialects.bedrock_embeddings.wire import NAME

_API: Final = "Titan"
_CONFIG: Final = "embeddingConfig"
_LENGTH: Final = "outputEmbeddingLength"
_KNOWN: Final = frozenset(
    ("inputText", "inputImage", "dimensions", "normalize", "embeddingTypes", _CONFIG)
)
_ANSWER: Final = frozenset(("embedding", "embeddingsByType", "inputTextTokenCount", "message"))
_BY_TYPE: Final = "by_type"
"""The mark of an answer that repeats its vector by type, as version 2 does."""


def read_titan(wire: Obj, model: str) -> EmbeddingRequest:
    """A request; raises `Misfit`."""
    parts: list[Part] = []
    if (text := fields.text_or_none(wire, "inputText")) is not None:
        parts.append(Text(text=text))
    if (image := fields.text_or_none(wire, "inputImage")) is not None:
        parts.append(Media(kind="image", source=Inline(media_type=OCTETS, data=image)))
    members: Obj = {}
    dimensions = fields.integer_or_none(wire, "dimensions")
    marks: tuple[str, ...] = ("titan",)
    config = fields.member_or_none(wire, _CONFIG)
    if config is not None:
        dimensions = fields.integer_or_none(config, _LENGTH)
        marks = ("titan", _CONFIG)
        unknown: Obj = {key: value for key, value in config.items() if key != _LENGTH}
        if unknown:
            members[_CONFIG] = unknown
    return EmbeddingRequest(
        model=model,
        inputs=(EmbeddingInput(parts=tuple(parts)),),
        origin=NAME,
        dimensions=dimensions,
        options=_options(wire),
        extras=rest(wire, _KNOWN, NAME, members=members, marks=marks),
    )


def titan_body(request: EmbeddingRequest, model: str, losses: Losses) -> Obj:
    """The body for the first input; Titan takes no more in one call."""
    carried = ("dimensions", "truncate") if request.truncate == "none" else ("dimensions",)
    lose_members(request, NAME, carried, losses, _API)
    for index in range(1, len(request.inputs)):
        losses.lose("embedding_batch", f"inputs[{index}]", "Titan takes one input a call")
    if not request.floats and not request.quantizations:
        losses.lose("embedding_quantization", "floats", "Titan gives floats")
    wire: Obj = {}
    if request.inputs:
        _input_told(wire, request.inputs[0], losses)
    if request.dimensions is not None:
        if "titan-embed-image" in model or marked(request.extras, NAME, _CONFIG):
            wire[_CONFIG] = {_LENGTH: request.dimensions}
        else:
            wire["dimensions"] = request.dimensions
    for option in request.options:
        if option.dialect == NAME and option.name in _KNOWN:
            wire[option.name] = option.value
    return laid_over(wire, request.extras, NAME)


def read_titan_answer(wire: Obj) -> EmbeddingResponse:
    """An answer; raises `Misfit`."""
    marks = ("titan", *absences(wire, ("embedding", "inputTextTokenCount")))
    told = wire.get("embedding")
    vectors: tuple[Vector, ...] = ()
    if told is not None:
        try:
            vectors = (Vector(values=numbers(told)),)
        except Misfit as misfit:
            misfit.under("embedding")
            raise
    options: tuple[Option, ...] = ()
    by_type = wire.get("embeddingsByType")
    if by_type == {"float": told}:
        marks = (*marks, _BY_TYPE)
    elif by_type is not None:
        options = (Option(dialect=NAME, name="embeddingsByType", value=by_type),)
    if (message := wire.get("message")) is not None:
        options = (*options, Option(dialect=NAME, name="message", value=message))
    usage = None
    if wire.get("inputTextTokenCount") is not None:
        usage = Usage(uncached_input_tokens=count(wire, "inputTextTokenCount"))
    return EmbeddingResponse(
        vectors=vectors,
        origin=NAME,
        usage=usage,
        options=options,
        extras=rest(wire, _ANSWER, NAME, marks=marks),
    )


def titan_answer(response: EmbeddingResponse) -> Obj:
    """The body of an answer; Titan's clients asked for one vector."""
    vector: list[Json] = [*floats_of(response.vectors[0])] if response.vectors else []
    own = response.extras is not None and response.extras.dialect == NAME
    wire: Obj = {"embedding": vector}
    if not own or marked(response.extras, NAME, _BY_TYPE):
        wire["embeddingsByType"] = {"float": vector}
    wire["inputTextTokenCount"] = 0 if response.usage is None else response.usage.input_tokens
    for option in response.options:
        if option.dialect == NAME:
            wire[option.name] = option.value
    return laid_over(without(wire, response.extras, NAME), response.extras, NAME)


def _input_told(wire: Obj, one: EmbeddingInput, losses: Losses) -> None:
    images = [part for part in one.parts if isinstance(part, Media) and part.kind == "image"]
    inline = [part.source for part in images if isinstance(part.source, Inline)]
    if not inline:
        wire["inputText"] = text_of(one, "inputs[0]", losses, _API)
        return
    others = tuple([part for part in one.parts if part not in images])
    if others:
        rest_of_input = msgspec.structs.replace(one, parts=others)
        wire["inputText"] = text_of(rest_of_input, "inputs[0]", losses, _API)
    wire["inputImage"] = inline[0].data
    if len(images) > 1:
        losses.lose("image", "inputs[0].parts", "Titan takes one image a call")


def _options(wire: Obj) -> tuple[Option, ...]:
    """Titan's own: vectors that are not normalised, or in bits, are other vectors."""
    found: list[Option] = []
    if (normal := wire.get("normalize")) is not None:
        severity = "refuse" if normal is False else "drop"
        found.append(Option(dialect=NAME, name="normalize", value=normal, severity=severity))
    types = wire.get("embeddingTypes")
    if types is not None and types != []:
        severity = "drop" if types == ["float"] else "refuse"
        found.append(Option(dialect=NAME, name="embeddingTypes", value=types, severity=severity))
    return tuple(found)
