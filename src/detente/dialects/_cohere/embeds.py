"""The body of a request for embeddings in Cohere's form, read and written.

Cohere's own API names the model in it, Amazon's in the path; all else is alike (docs.cohere.com,
API reference v2/embed; Amazon Bedrock user guide, Cohere Embed; read 21 November 2026). The answers
are in `embedded`.

>>> read_embeds({"texts": ["hi"], "input_type": "search_query"}, "cohere_embeddings", "m").task
'query'
"""

from typing import Final

from detente.canonical.embedding import (
    EmbeddingRequest,
    EmbeddingTask,
    Quantization,
    Truncation,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.model import Dialect
from detente.canonical.request import Option
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.embedding_losses import lose_members
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects._cohere.inputs import inputs_told, read_inputs

API: Final = "Cohere's API"
BASE64_TOO: Final = "base64_too"
"""The mark of a request for vectors as numbers and as base64."""

KINDS: Final[dict[str, Quantization]] = {
    "int8": "int8",
    "uint8": "uint8",
    "binary": "binary",
    "ubinary": "ubinary",
}
_TASKS: Final[dict[str, EmbeddingTask]] = {
    "search_query": "query",
    "search_document": "document",
    "classification": "classification",
    "clustering": "clustering",
}
_WORDS: Final[dict[EmbeddingTask, str]] = {
    **{task: word for word, task in _TASKS.items()},
    "question_answering": "search_query",
    "fact_verification": "search_query",
    "code_query": "search_query",
}
_TRUNCATIONS: Final[dict[str, Truncation]] = {
    "NONE": "none",
    "START": "start",
    "END": "end",
    "LEFT": "start",
    "RIGHT": "end",
}
_KNOWN: Final = frozenset(
    (
        "model",
        "input_type",
        "texts",
        "images",
        "inputs",
        "max_tokens",
        "output_dimension",
        "embedding_types",
        "truncate",
        "priority",
    )
)
_CARRIED: Final = ("dimensions", "quantizations", "task", "truncate", "input_tokens_max")
_DEFAULT_WORD: Final = "search_document"
"""What is stored to be found later is what most vectors are made of."""


def read_embeds(wire: Obj, dialect: Dialect, model: str) -> EmbeddingRequest:
    """The request; raises `Misfit`."""
    inputs, form = read_inputs(wire, dialect)
    marks = (form, *absences(wire, ("input_type",)))
    members: Obj = {}
    spelling: Obj = {}
    types = fields.texts(wire, "embedding_types")
    if "float" in types and "base64" in types:
        marks = (*marks, BASE64_TOO)
    encoding = "float" if "float" in types else "base64" if "base64" in types else None
    quantizations: tuple[Quantization, ...] = tuple(KINDS[one] for one in types if one in KINDS)
    if list(types) != _types(encoding, quantizations, marks):
        spelling["embedding_types"] = list(types)
    return EmbeddingRequest(
        model=model,
        inputs=inputs,
        origin=dialect,
        dimensions=fields.integer_or_none(wire, "output_dimension"),
        encoding=encoding,
        floats=encoding is not None or not types,
        quantizations=quantizations,
        task=_task(wire, form, members),
        truncate=_truncation(wire, spelling, members),
        input_tokens_max=fields.integer_or_none(wire, "max_tokens"),
        options=_options(wire, dialect),
        extras=rest(wire, _KNOWN, dialect, spelling=spelling, members=members, marks=marks),
    )


def embeds_body(request: EmbeddingRequest, dialect: Dialect, losses: Losses) -> Obj:
    """The body, without a model; what it cannot say is named."""
    lose_members(request, dialect, _CARRIED, losses, API)
    own = request.extras is not None and request.extras.dialect == dialect
    marks = request.extras.marks if own and request.extras is not None else ()
    wire = inputs_told(request.inputs, dialect, marks, losses)
    wire["input_type"] = _word(request, wire)
    encoding = request.encoding if own else "float"
    types = _types(encoding if request.floats else None, request.quantizations, marks)
    if types:
        wire["embedding_types"] = types
    if request.dimensions is not None:
        wire["output_dimension"] = request.dimensions
    if request.input_tokens_max is not None:
        wire["max_tokens"] = request.input_tokens_max
    if request.truncate is not None:
        wire["truncate"] = request.truncate.upper()
    for option in request.options:
        if option.dialect == dialect:
            wire[option.name] = option.value
    return laid_over(without(wire, request.extras, dialect), request.extras, dialect)


def _types(
    encoding: str | None, quantizations: tuple[Quantization, ...], marks: tuple[str, ...]
) -> list[Json]:
    """`embedding_types`, in the order that canonical values have."""
    floats: list[Json] = [] if encoding is None else [encoding]
    if BASE64_TOO in marks:
        floats = ["float", "base64"]
    return [*floats, *quantizations]


def _task(wire: Obj, form: str, members: Obj) -> EmbeddingTask | None:
    word = fields.text_or_none(wire, "input_type")
    if word is None or (word == "image" and form == "images"):
        return None
    if word not in _TASKS:
        members["input_type"] = word
        return None
    return _TASKS[word]


def _word(request: EmbeddingRequest, wire: Obj) -> str:
    """The `input_type`, which the API demands: where nothing is said, inputs are to be found."""
    if request.task is not None:
        return _WORDS.get(request.task, _DEFAULT_WORD)
    return "image" if "images" in wire else _DEFAULT_WORD


def _truncation(wire: Obj, spelling: Obj, members: Obj) -> Truncation | None:
    word = fields.text_or_none(wire, "truncate")
    if word is None:
        return None
    if word not in _TRUNCATIONS:
        members["truncate"] = word
        return None
    found = _TRUNCATIONS[word]
    if found.upper() != word:
        spelling["truncate"] = word
    return found


def _options(wire: Obj, dialect: Dialect) -> tuple[Option, ...]:
    value = wire.get("priority")
    return () if value is None else (Option(dialect=dialect, name="priority", value=value),)
