"""What is asked of the vectors, in Google's form: beside the content or in a config of its own.

>>> read_settings({"taskType": "CLUSTERING"}).task
'clustering'
"""

from typing import Final

import msgspec

from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest, EmbeddingTask, Truncation
from detente.canonical.extras import Obj
from detente.canonical.request import Option
from detente.dialects._codec import fields
from detente.dialects._codec.losses import Losses
from detente.dialects.gemini_embeddings.wire import NAME, TASK_WORDS, TASKS

SETTINGS: Final = frozenset(("taskType", "title", "outputDimensionality"))
CONFIG: Final = SETTINGS | {"autoTruncate", "documentOcr", "audioTrackExtraction"}
_OPTIONS: Final = ("documentOcr", "audioTrackExtraction", "mimeType")


class Settings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is asked of one vector; `unknown` is a task without a canonical word."""

    task: EmbeddingTask | None = None
    title: str | None = None
    dimensions: int | None = None
    truncate: Truncation | None = None
    options: tuple[Option, ...] = ()
    unknown: Obj = {}


def read_settings(source: Obj) -> Settings:
    """The settings among the members of `source`; raises `Misfit`."""
    word = fields.text_or_none(source, "taskType")
    cut = fields.flag_or_none(source, "autoTruncate")
    return Settings(
        task=TASKS.get(word) if word is not None else None,
        title=fields.text_or_none(source, "title"),
        dimensions=fields.integer_or_none(source, "outputDimensionality"),
        truncate=None if cut is None else "end" if cut else "none",
        options=tuple(
            Option(dialect=NAME, name=name, value=source[name])
            for name in _OPTIONS
            if source.get(name) is not None
        ),
        unknown={} if word is None or word in TASKS else {"taskType": word},
    )


def vector_settings(request: EmbeddingRequest, one: EmbeddingInput) -> Obj:
    """The settings of one vector: its own, else the request's."""
    wire: Obj = {}
    task = one.task or request.task
    title = one.title or request.title
    dimensions = one.dimensions or request.dimensions
    if task is not None:
        wire["taskType"] = TASK_WORDS[task]
    if title is not None:
        wire["title"] = title
    if dimensions is not None:
        wire["outputDimensionality"] = dimensions
    return wire


def truncation_told(wire: Obj, request: EmbeddingRequest, losses: Losses) -> None:
    """`autoTruncate` into `wire`; Google cuts at the end only."""
    if request.truncate == "start":
        losses.lose("embedding_truncation", "truncate", "Google's API cuts inputs at their end")
    elif request.truncate is not None:
        wire["autoTruncate"] = request.truncate == "end"


def options_told(wire: Obj, request: EmbeddingRequest, names: frozenset[str]) -> None:
    """Google's own options that belong into `wire`."""
    for option in request.options:
        if option.dialect == NAME and option.name in names:
            wire[option.name] = option.value
