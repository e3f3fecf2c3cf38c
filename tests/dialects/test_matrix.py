"""The loss matrix: its rows are the features, its cells what encoders say."""

from typing import get_args

import pytest

from detente.canonical.loss import FEATURES
from detente.dialects import CODECS, EMBEDDING_CODECS
from detente.dialects.matrix import (
    ROWS,
    Cell,
    Sheet,
    carriers_of,
    columns,
    feature_of,
    row_of,
)

WITHOUT_SAMPLE = {
    "safety": "lost by headers of InvokeModel only, which no body has; tested with the envelope",
}
"""Features that no body can show, and why."""

CELLS: list[tuple[Sheet, str]] = [(sheet, row) for sheet, rows in ROWS.items() for row in rows]


def test_every_feature_has_a_row_or_a_reason() -> None:
    shown = {feature_of(row) for _, row in CELLS}
    assert set(FEATURES) - shown == set(WITHOUT_SAMPLE)
    assert shown <= set(FEATURES)


def test_every_sheet_has_its_rows() -> None:
    assert set(ROWS) == set(get_args(Sheet))
    assert all(ROWS.values())


@pytest.mark.parametrize(("sheet", "row"), CELLS)
def test_a_row_has_a_cell_for_each_dialect(sheet: Sheet, row: str) -> None:
    cells = row_of(sheet, row)
    assert list(cells) == [column.name for column in columns(sheet)]
    registry = CODECS if sheet in ("request", "answer") else EMBEDDING_CODECS
    assert {column.dialect for column in columns(sheet)} == {codec.name for codec in registry}


WIDER = {
    "assistant_prefill": {"history"},
    "custom_tool": {"tools"},
    "developer_role": {"history"},
    "document_citations": {"document"},
    "document_context": {"document"},
    "hosted_tool": {"tools"},
    "image": {"native_part"},
    "image_detail": {"image"},
    "image_url": {"image"},
    "input_range": {"reasoning_control"},
    "reasoning_state": {"reasoning_text"},
    "strict_tool": {"tools"},
    "system_position": {"history"},
    "tool_choice_allowed": {"tools"},
    "tool_result_error": {"tools"},
    "tool_result_media": {"tools"},
    "uploaded_file": {"document"},
    "audio_output": {"audio_input"},
}
"""What a dialect may lack as a whole, so that it loses this with it."""


@pytest.mark.parametrize(("sheet", "row"), CELLS)
def test_what_is_lost_is_the_rows_feature(sheet: Sheet, row: str) -> None:
    """A sample needs what its name says: whoever loses something loses this."""
    feature = feature_of(row)
    meant = {feature} | WIDER.get(feature, set())
    for name, cell in row_of(sheet, row).items():
        assert cell == Cell(severity=None) or meant & {loss.what for loss in cell.losses}, name


@pytest.mark.parametrize(("sheet", "row"), CELLS)
def test_somebody_carries_each_sample(sheet: Sheet, row: str) -> None:
    carriers = carriers_of(sheet, row)
    assert carriers
    assert {row_of(sheet, row)[column.name].severity for column in carriers} == {None}


@pytest.mark.parametrize(
    ("sheet", "row", "column", "severity"),
    [
        ("request", "seed", "openai_chat", None),
        ("request", "seed", "anthropic_messages", "drop"),
        ("request", "choices", "anthropic_messages", "refuse"),
        ("request", "tool_result_media", "anthropic_messages", None),
        ("request", "video_input", "openai_chat", "refuse"),
        ("answer", "logprobs", "bedrock_converse", "drop"),
        ("embedding request", "embedding_tokens", "cohere_embeddings", "refuse"),
        ("embedding request", "embedding_batch", "bedrock_embeddings: Titan", "refuse"),
        ("embedding request", "embedding_batch", "bedrock_embeddings: Cohere", None),
    ],
)
def test_cells_that_vendors_document(
    sheet: Sheet, row: str, column: str, severity: str | None
) -> None:
    assert row_of(sheet, row)[column].severity == severity


def test_every_reason_is_one_sentence() -> None:
    found = [loss for at in CELLS for cell in row_of(*at).values() for loss in cell.losses]
    assert len(found) > 100
    assert [loss.why for loss in found if not loss.why or "\n" in loss.why] == []
    assert [loss.why for loss in found if loss.why.endswith(".")] == []
