"""One vector that is asked for, in Google's forms: an item of `requests` or `instances`, or the
whole body of embedContent.

>>> read_item({"model": "models/m", "content": {"parts": []}}).model
'm'
"""

from typing import Final, Literal

import msgspec

from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.embedding_losses import text_of
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.gemini_embeddings.contents import API, PLAIN, content_told, read_content
from detente.dialects.gemini_embeddings.settings import (
    CONFIG,
    SETTINGS,
    Settings,
    options_told,
    read_settings,
    truncation_told,
    vector_settings,
)
from detente.dialects.gemini_embeddings.spelt import camel, snake
from detente.dialects.gemini_embeddings.wire import NAME, Form

Nesting = Literal["as_given", "unless_own", "always"]
"""See `item_told`."""
PREDICT: Final[Form] = "predict"
"""The mark of a request that came by it: others' contents become a plain text there."""
NESTED: Final = "config"
"""The mark of settings that stand in an `embedContentConfig`, as Vertex AI has them."""

_ITEM: Final = SETTINGS | {"model", "content", "embedContentConfig", "mimeType"}
_MODELS: Final = "models/"
_MIME: Final = frozenset(("mimeType",))


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One vector that is asked for; its settings are not yet in `one`."""

    one: EmbeddingInput
    settings: Settings
    model: str | None


def read_item(wire: Obj) -> Item:
    """An item; raises `Misfit`."""
    source, marks = camel(wire)
    members: Obj = {}
    spelling: Obj = {}
    config = fields.member_or_none(source, "embedContentConfig")
    told = source
    if config is not None:
        config, inner_marks = camel(config)
        told = {**source, **config}
        marks = (*marks, NESTED, *["." + mark for mark in inner_marks])
        unknown: Obj = {key: value for key, value in config.items() if key not in CONFIG}
        if unknown:
            members["embedContentConfig"] = unknown
    settings = read_settings(told)
    if settings.unknown:
        _merge(members, settings.unknown, "embedContentConfig" if config is not None else "")
    parts, content = read_content(source.get("content"))
    if content is not None:
        _merge(members, content.members, "content")
        _merge(spelling, content.spelling, "content")
        marks = (*marks, *content.marks)
    model = fields.text_or_none(source, "model")
    marks = (*marks, *absences(source, ("model",)))
    extras = rest(source, _ITEM, NAME, spelling=spelling, members=members, marks=marks)
    return Item(
        one=EmbeddingInput(parts=parts, extras=extras),
        settings=settings,
        model=None if model is None else model.removeprefix(_MODELS),
    )


def item_told(
    request: EmbeddingRequest, index: int, model: str, losses: Losses, *, nested: Nesting
) -> Obj:
    """An item of `requests`, or the body of embedContent; `nested` is whether settings stand in
    a config of their own: as the request has them, or unless it is Google's own, or always."""
    one = request.inputs[index]
    own = request.origin == NAME
    marks = extras_marks(one.extras)
    wire: Obj = {
        "model": _MODELS + model,
        "content": content_told(one, None, f"inputs[{index}]", losses),
    }
    settings = vector_settings(request, one)
    if NESTED in marks or nested == "always" or (nested == "unless_own" and not own):
        truncation_told(settings, request, losses)
        options_told(settings, request, CONFIG)
        if settings or NESTED in marks:
            inner = tuple([mark[1:] for mark in marks if mark.startswith(".")])
            wire["embedContentConfig"] = snake(settings, inner)
    else:
        wire.update(settings)
        if request.truncate is not None and index == 0:
            losses.lose("embedding_truncation", "truncate", f"{API} decides it itself here")
    return snake(laid_over(without(wire, one.extras, NAME), one.extras, NAME), marks)


def instance_told(request: EmbeddingRequest, index: int, losses: Losses) -> Obj:
    """An item of `instances`; its task is spelt in snake case, as the documentation has it."""
    one = request.inputs[index]
    own = PREDICT in extras_marks(request.extras)
    marks = extras_marks(one.extras) if own else ("~task_type",)
    path = f"inputs[{index}]"
    if own and not marked(one.extras, NAME, PLAIN):
        wire: Obj = {"content": content_told(one, None, path, losses)}
    else:
        wire = {"content": text_of(one, path, losses, "predict")}
    wire.update(vector_settings(request, one))
    wire.pop("outputDimensionality", None)
    options_told(wire, request, _MIME)
    return snake(laid_over(wire, one.extras, NAME) if own else wire, marks)


def _merge(target: Obj, found: Obj, under: str) -> None:
    """`found` into `target`, or into its object `under`."""
    if not found:
        return
    inner = target.get(under)
    if not under:
        target.update(found)
    elif type(inner) is dict:
        inner.update(found)
    else:
        target[under] = dict(found)


def settled(one: EmbeddingInput, settings: Settings, shared: Settings) -> EmbeddingInput:
    """An input with those of its settings that the request does not say for all."""
    return EmbeddingInput(
        parts=one.parts,
        task=settings.task if settings.task != shared.task else None,
        title=settings.title if settings.title != shared.title else None,
        dimensions=settings.dimensions if settings.dimensions != shared.dimensions else None,
        extras=one.extras,
    )


def shared_settings(items: tuple[Item, ...]) -> Settings:
    """What all items say alike."""
    if not items:
        return Settings()
    first = items[0].settings
    others = [item.settings for item in items]
    return Settings(
        task=first.task if all(one.task == first.task for one in others) else None,
        title=first.title if all(one.title == first.title for one in others) else None,
        dimensions=(
            first.dimensions if all(one.dimensions == first.dimensions for one in others) else None
        ),
        truncate=first.truncate,
        options=first.options,
    )


def extras_marks(extras: Extras | None) -> tuple[str, ...]:
    """The marks of Google's own."""
    return extras.marks if extras is not None and extras.dialect == NAME else ()
