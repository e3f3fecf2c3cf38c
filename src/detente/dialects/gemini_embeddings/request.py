"""Requests for embeddings in Google's three forms, bytes to values and back.

Vertex AI's batchEmbedContents has embedContent's items: settings in a config, and no model.

What is said alike of every vector becomes the request's, so that other dialects can say it once.

>>> body = b'{"requests": [{"content": {"parts": [{"text": "hi"}]}, "taskType": "CLUSTERING"}]}'
>>> decode_request(body, model="m").task
'clustering'
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingRequest
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import lose_members
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.codec import Encoded, Target
from detente.dialects.gemini_embeddings.contents import API
from detente.dialects.gemini_embeddings.items import (
    Item,
    Nesting,
    extras_marks,
    instance_told,
    item_told,
    read_item,
    settled,
    shared_settings,
)
from detente.dialects.gemini_embeddings.settings import read_settings, truncation_told
from detente.dialects.gemini_embeddings.spelt import camel, snake
from detente.dialects.gemini_embeddings.wire import NAME, Form

_FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("requests", "batchEmbedContents"),
    ("instances", "predict"),
    ("content", "embedContent"),
)
_PARAMETERS: Final = frozenset(("outputDimensionality", "autoTruncate"))
_CARRIED: Final = (
    "dimensions",
    "task",
    "title",
    "truncate",
    "inputs.task",
    "inputs.title",
    "inputs.dimensions",
)
PUBLISHED: Final = "publishers."
"""Before the name of the batch in Vertex AI's form (`_EmbedContentParametersPrivate_to_vertex` of
google-genai 3.4.0)."""
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_request(body: bytes, *, model: str | None = None) -> EmbeddingRequest:
    """A request of any of the three operations; raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def form_of(extras: Extras | None) -> Form | None:
    """The operation that a request or an answer of Google's came by."""
    marks = extras_marks(extras)
    return next((form for _, form in _FORMS if form in marks), None)


def encode_request(request: EmbeddingRequest, target: Target) -> Encoded:
    """The body for that model, with losses, for the operation that `target.api_version` names."""
    losses = Losses()
    came = form_of(request.extras)
    asked = (target.api_version or "").removeprefix(PUBLISHED)
    wanted = next((form for _, form in _FORMS if form == asked), None)
    form = wanted or came or "batchEmbedContents"
    lose_members(request, NAME, _CARRIED, losses, API)
    if not request.floats and not request.quantizations:
        losses.lose("embedding_quantization", "floats", f"{API} gives floats only")
    if form == "predict":
        wire: Obj = _predict(request, losses)
    elif form == "embedContent":
        wire = _embed(request, target.model, losses, asked=target.api_version is not None)
    else:
        published = asked != (target.api_version or "")
        nested: Nesting = "always" if published else "as_given"
        told: list[Json] = []
        for index in range(len(request.inputs)):
            item = item_told(request, index, target.model, losses, nested=nested)
            told.append(_batched(item, target, published=published))
        wire = {"requests": told}
    if form == came:
        laid_over(wire, request.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _batched(item: Obj, target: Target, *, published: bool) -> Obj:
    """An item of a batch, which names the model where a platform is asked by it; but at Vertex AI
    the path alone does."""
    if published:
        item.pop("model", None)
    elif target.api_version is not None and "model" not in item:
        item["model"] = f"models/{target.model}"
    return item


def _request(wire: Obj, model: str | None) -> EmbeddingRequest:
    key, form = next(((key, form) for key, form in _FORMS if key in wire), _FORMS[0])
    if key not in wire:
        raise Misfit("requests", "must be given, or else `content` or `instances`")
    if form == "embedContent":
        item = read_item(wire)
        return _joined((item,), model, Extras(dialect=NAME, marks=(form,)))
    items = fields.each(wire, key, read_item)
    if form == "batchEmbedContents":
        return _joined(items, model, rest(wire, frozenset((key,)), NAME, marks=(form,)))
    told, marks = camel(fields.member_or_none(wire, "parameters") or {})
    unknown: Obj = {name: value for name, value in told.items() if name not in _PARAMETERS}
    extras = rest(
        wire,
        frozenset((key, "parameters")),
        NAME,
        members={"parameters": unknown} if unknown else {},
        marks=(form, *marks),
    )
    request = _joined(items, model, extras)
    settings = read_settings(told)
    return msgspec.structs.replace(
        request, dimensions=settings.dimensions, truncate=settings.truncate
    )


def _joined(items: tuple[Item, ...], model: str | None, extras: Extras | None) -> EmbeddingRequest:
    """The request of which `items` are the vectors asked for."""
    named = model or next((item.model for item in items if item.model), None)
    if named is None:
        raise Misfit("model", "must be named by the path or in the body")
    shared = shared_settings(items)
    return EmbeddingRequest(
        model=named,
        inputs=tuple([settled(item.one, item.settings, shared) for item in items]),
        origin=NAME,
        dimensions=shared.dimensions,
        task=shared.task,
        title=shared.title,
        truncate=shared.truncate,
        options=shared.options,
        extras=extras,
    )


def _predict(request: EmbeddingRequest, losses: Losses) -> Obj:
    instances: list[Json] = [
        instance_told(request, index, losses) for index in range(len(request.inputs))
    ]
    parameters: Obj = {}
    if request.dimensions is not None:
        parameters["outputDimensionality"] = request.dimensions
    for index, one in enumerate(request.inputs):
        if one.dimensions is not None:
            losses.lose("embedding_dimensions", f"inputs[{index}].dimensions", "predict has one")
    truncation_told(parameters, request, losses)
    wire: Obj = {"instances": instances}
    if parameters:
        wire["parameters"] = snake(parameters, extras_marks(request.extras))
    return wire


def _embed(request: EmbeddingRequest, model: str, losses: Losses, *, asked: bool) -> Obj:
    """The body of embedContent; `asked` is whether a platform is, which is Vertex AI then."""
    for index in range(1, len(request.inputs)):
        losses.lose("embedding_batch", f"inputs[{index}]", "embedContent takes one input a call")
    if not request.inputs:
        return {"content": {"parts": []}}
    wire = item_told(request, 0, model, losses, nested="always" if asked else "unless_own")
    if request.origin != NAME or asked:
        wire.pop("model", None)  # the path names it
    return wire
