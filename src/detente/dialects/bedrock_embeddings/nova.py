"""The bodies of Amazon Nova's embedding models: one text, image, sound or film.

>>> wire = {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"text": {"value": "hi"}}}
>>> read_nova(wire, "m").inputs[0].text
'hi'
"""

from typing import Final

from detente.canonical.content import Inline, Media, MediaKind, Native, Part, Text
from detente.canonical.embedding import (
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    EmbeddingTask,
    Truncation,
    Vector,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.embedding_losses import MEDIA_FEATURES, lose_members, text_of
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects._codec.vectors import floats_of, numbers
from detente.dialects.bedrock_embeddings.wire import NAME

_API: Final = "Nova"
_PARAMS: Final = "singleEmbeddingParams"
_SINGLE: Final = "SINGLE_EMBEDDING"
_KINDS: Final[dict[str, MediaKind]] = {"image": "image", "audio": "audio", "video": "video"}
_TASKS: Final[dict[str, EmbeddingTask]] = {
    "GENERIC_INDEX": "document",
    "GENERIC_RETRIEVAL": "query",
    "TEXT_RETRIEVAL": "query",
    "IMAGE_RETRIEVAL": "query",
    "VIDEO_RETRIEVAL": "query",
    "DOCUMENT_RETRIEVAL": "query",
    "AUDIO_RETRIEVAL": "query",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
}
_WORDS: Final[dict[EmbeddingTask, str]] = {
    "document": "GENERIC_INDEX",
    "query": "GENERIC_RETRIEVAL",
    "question_answering": "GENERIC_RETRIEVAL",
    "fact_verification": "GENERIC_RETRIEVAL",
    "code_query": "GENERIC_RETRIEVAL",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
}
_DEFAULT_WORD: Final = "GENERIC_INDEX"
"""The purpose is required; what is stored to be found later is what most vectors are made of."""
_TRUNCATIONS: Final[dict[str, Truncation]] = {"NONE": "none", "START": "start", "END": "end"}
_PARAM_MEMBERS: Final = frozenset(("embeddingPurpose", "embeddingDimension", "text", *_KINDS))
_TEXT_MEMBERS: Final = frozenset(("truncationMode", "value"))
_ITEM: Final = frozenset(("embedding", "embeddingType", "truncatedCharLength"))
_TYPED: Final = "embeddingType"


def read_nova(wire: Obj, model: str) -> EmbeddingRequest:
    """A request; raises `Misfit`."""
    if wire.get("taskType") != _SINGLE:
        raise Misfit("taskType", f"must be `{_SINGLE}` in a call of this kind")
    params = fields.member(wire, _PARAMS)
    try:
        return _request(wire, params, model)
    except Misfit as misfit:
        misfit.under(_PARAMS)
        raise


def nova_body(request: EmbeddingRequest, losses: Losses) -> Obj:
    """The body for the first input; Nova takes no more in one call."""
    lose_members(request, NAME, ("dimensions", "task", "truncate"), losses, _API)
    if request.task == "similarity":
        losses.lose("embedding_task", "task", "Nova has no purpose for it")
    for index in range(1, len(request.inputs)):
        losses.lose("embedding_batch", f"inputs[{index}]", "Nova takes one input a call")
    if not request.floats and not request.quantizations:
        losses.lose("embedding_quantization", "floats", "Nova gives floats")
    word = _WORDS.get(request.task, _DEFAULT_WORD) if request.task is not None else _DEFAULT_WORD
    params: Obj = {"embeddingPurpose": word}
    if request.inputs:
        _input_told(params, request, losses)
    if request.dimensions is not None:
        params["embeddingDimension"] = request.dimensions
    wire: Obj = {"taskType": _SINGLE, _PARAMS: without(params, request.extras, NAME)}
    return laid_over(wire, request.extras, NAME)


def read_nova_answer(wire: Obj) -> EmbeddingResponse:
    """An answer; raises `Misfit`."""
    return EmbeddingResponse(
        vectors=fields.each(wire, "embeddings", _vector),
        origin=NAME,
        extras=rest(wire, frozenset(("embeddings",)), NAME, marks=("nova",)),
    )


def nova_answer(response: EmbeddingResponse, request: EmbeddingRequest | None) -> Obj:
    """The body of an answer."""
    told: list[Json] = []
    for vector in response.vectors:
        item: Obj = {"embedding": [*floats_of(vector)], _TYPED: _type_of(request)}
        told.append(laid_over(without(item, vector.extras, NAME), vector.extras, NAME))
    return laid_over({"embeddings": told}, response.extras, NAME)


def _request(wire: Obj, params: Obj, model: str) -> EmbeddingRequest:
    members: Obj = {}
    spelling: Obj = {}
    word = fields.text_or_none(params, "embeddingPurpose")
    task = _TASKS.get(word) if word is not None else None
    if word is not None and (task is None or _WORDS[task] != word):
        (members if task is None else spelling)["embeddingPurpose"] = word
    part, truncate, text_rest = _content(params)
    if text_rest:
        members["text"] = text_rest
    members |= {key: value for key, value in params.items() if key not in _PARAM_MEMBERS}
    schema = wire.get("schemaVersion")
    outer: Obj = {} if schema is None else {"schemaVersion": schema}
    return EmbeddingRequest(
        model=model,
        inputs=(EmbeddingInput(parts=(part,)),),
        origin=NAME,
        dimensions=fields.integer_or_none(params, "embeddingDimension"),
        task=task,
        truncate=truncate,
        extras=rest(
            wire,
            frozenset(("schemaVersion", "taskType", _PARAMS)),
            NAME,
            members={_PARAMS: members} if members else {},
            spelling={**outer, **({_PARAMS: spelling} if spelling else {})},
            marks=("nova", *absences(params, ("embeddingPurpose",)), *_untold(params)),
        ),
    )


def _untold(params: Obj) -> tuple[str, ...]:
    """The mark of a text without a truncation, which the platform demands but clients forget."""
    told = params.get("text")
    return ("whole_text",) if type(told) is dict and "truncationMode" not in told else ()


def _content(params: Obj) -> tuple[Part, Truncation | None, Obj]:
    """The part, the truncation, and what else is said of a text."""
    told = params.get("text")
    if type(told) is dict and type(told.get("value")) is str:
        word = fields.text_or_none(told, "truncationMode")
        cut = _TRUNCATIONS.get(word) if word is not None else None
        beyond: Obj = {key: value for key, value in told.items() if key not in _TEXT_MEMBERS}
        if word is not None and cut is None:
            beyond["truncationMode"] = word
        return Text(text=fields.text(told, "value")), cut, beyond
    for key, kind in _KINDS.items():
        media = params.get(key)
        if type(media) is dict:
            return _media(key, kind, media), None, {}
    if type(told) is dict:
        return Native(dialect=NAME, name="text", value={"text": told}), None, {}
    raise Misfit("text", "must be given, or else `image`, `audio` or `video`")


def _media(key: str, kind: MediaKind, told: Obj) -> Part:
    source = told.get("source")
    form = told.get("format")
    plain = type(source) is dict and source.keys() == {"bytes"} and type(form) is str
    data = source.get("bytes") if type(source) is dict else None
    if not plain or type(data) is not str:
        return Native(dialect=NAME, name=key, value={key: told})
    beyond: Obj = {name: value for name, value in told.items() if name not in ("source", "format")}
    extras = Extras(dialect=NAME, spelling=beyond) if beyond else None
    return Media(kind=kind, source=Inline(media_type=f"{key}/{form}", data=data), extras=extras)


def _input_told(params: Obj, request: EmbeddingRequest, losses: Losses) -> None:
    one = request.inputs[0]
    part = one.parts[0] if len(one.parts) == 1 else None
    if isinstance(part, Native) and part.dialect == NAME:
        params.update(part.value)
    elif isinstance(part, Media) and part.kind in _KINDS and isinstance(part.source, Inline):
        form = part.source.media_type.partition("/")[2]
        wire: Obj = {"format": form, "source": {"bytes": part.source.data}}
        if part.kind == "video" and part.extras is None:
            wire["embeddingMode"] = "AUDIO_VIDEO_COMBINED"
        params[part.kind] = laid_over(wire, part.extras, NAME)
    elif isinstance(part, Media) and part.kind in _KINDS:
        losses.lose(MEDIA_FEATURES[part.kind], "inputs[0].parts[0]", "Nova takes content inline")
    else:
        text: Obj = {"value": text_of(one, "inputs[0]", losses, _API)}
        if not marked(request.extras, NAME, "whole_text"):
            text["truncationMode"] = (request.truncate or "none").upper()
        params["text"] = text


def _vector(item: Obj) -> Vector:
    try:
        values = numbers(item.get("embedding"))
    except Misfit as misfit:
        misfit.under("embedding")
        raise
    spelling: Obj = {key: item[key] for key in (_TYPED, "truncatedCharLength") if key in item}
    extras = rest(item, _ITEM, NAME, spelling=spelling, marks=absences(item, (_TYPED,)))
    return Vector(values=values, extras=extras)


def _type_of(request: EmbeddingRequest | None) -> str:
    """What the vector was made of, in Nova's word."""
    part = (
        request.inputs[0].parts[0]
        if request and request.inputs and request.inputs[0].parts
        else None
    )
    return part.kind.upper() if isinstance(part, Media) else "TEXT"
