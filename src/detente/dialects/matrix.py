"""The loss matrix: what each dialect does with each feature, found by encoding the samples.

Not a table that somebody keeps: a cell is what the encoder says. Rows are the samples of
`_translation`, columns dialects; one whose body depends on the model's maker has a column for each.
Where an API has versions, it is the one in which the gateway asks.

>>> row_of("request", "seed")["anthropic_messages"].severity
'drop'
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from detente.canonical.loss import Loss, Severity
from detente.canonical.model import Dialect
from detente.dialects import CODECS, EMBEDDING_CODECS, codec_of, embedding_codec_of, spec_of
from detente.dialects._translation.answer_samples import RESPONSES
from detente.dialects._translation.embedding_samples import (
    EMBEDDING_REQUESTS,
    EMBEDDING_RESPONSES,
)
from detente.dialects._translation.samples import REQUESTS
from detente.dialects.codec import Encoded, Reply, Target
from detente.dialects.embedding_codec import EmbeddingReply

Sheet = Literal["request", "answer", "embedding request", "embedding answer"]

ROWS: Final[Mapping[Sheet, tuple[str, ...]]] = {
    "request": tuple(REQUESTS),
    "answer": tuple(RESPONSES),
    "embedding request": tuple(EMBEDDING_REQUESTS),
    "embedding answer": tuple(EMBEDDING_RESPONSES),
}
"""The names of the samples, by what they are."""

MODEL: Final = "m"
"""A model of which nothing is known, so that only the dialect speaks."""

_MAKERS: Final[Mapping[Dialect, Mapping[str, str]]] = {
    "bedrock_embeddings": {
        "Titan": "amazon.titan-embed-text-v2:0",
        "Nova": "amazon.nova-2-multimodal-embeddings-v1:0",
        "Cohere": "cohere.embed-v4:0",
    }
}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A dialect, in the words that it has for a model."""

    dialect: Dialect
    model: str = MODEL
    maker: str = ""

    @property
    def name(self) -> str:
        """As the table's head has it."""
        return f"{self.dialect}: {self.maker}" if self.maker else self.dialect


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a feature in a dialect: carried whole (`severity` None), or what is lost."""

    severity: Severity | None
    losses: tuple[Loss, ...] = ()


def feature_of(row: str) -> str:
    """The feature that a row is about: what `allow` takes, a key of `canonical.loss.FEATURES`."""
    return row.partition(":")[0]


def columns(sheet: Sheet) -> tuple[Column, ...]:
    """The columns of a sheet, in the order of the registry."""
    if sheet in ("request", "answer"):
        return tuple(Column(dialect=codec.name) for codec in CODECS)
    found: list[Column] = []
    for codec in EMBEDDING_CODECS:
        makers = _MAKERS.get(codec.name)
        if makers is None or sheet == "embedding answer":
            found.append(Column(dialect=codec.name))
        else:
            found += (
                Column(dialect=codec.name, model=model, maker=maker)
                for maker, model in makers.items()
            )
    return tuple(found)


def row_of(sheet: Sheet, row: str) -> dict[str, Cell]:
    """What becomes of a row's sample in each column, by the column's name."""
    return {column.name: _cell(sampled(sheet, row, column)) for column in columns(sheet)}


def carriers_of(sheet: Sheet, row: str) -> tuple[Column, ...]:
    """The columns that carry a row's sample whole."""
    cells = row_of(sheet, row)
    return tuple(column for column in columns(sheet) if cells[column.name].severity is None)


def sampled(sheet: Sheet, row: str, column: Column) -> Encoded:
    """A row's sample as that dialect says it, and what it cannot say."""
    if sheet in ("request", "answer"):
        codec = codec_of(column.dialect)
        assert codec is not None  # columns are those of the registry
        if sheet == "request":
            version = spec_of(column.dialect).version
            target = Target(model=column.model, api_version=version)
            return codec.encode_request(REQUESTS[row], target)
        return codec.encode_response(RESPONSES[row], Reply(now_s=1))
    embedding = embedding_codec_of(column.dialect)
    assert embedding is not None
    if sheet == "embedding request":
        return embedding.encode_request(EMBEDDING_REQUESTS[row], Target(model=column.model))
    return embedding.encode_response(EMBEDDING_RESPONSES[row], EmbeddingReply())


def _cell(encoded: Encoded) -> Cell:
    losses = encoded.losses
    if not losses:
        return Cell(severity=None)
    refused = any(loss.severity == "refuse" for loss in losses)
    return Cell(severity="refuse" if refused else "drop", losses=losses)


__all__ = [
    "MODEL",
    "ROWS",
    "Cell",
    "Column",
    "Sheet",
    "carriers_of",
    "columns",
    "feature_of",
    "row_of",
    "sampled",
]
