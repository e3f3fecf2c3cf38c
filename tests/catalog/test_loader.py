"""A catalog row without a page or a date does not load."""

from datetime import UTC, date, datetime

import pytest

from detente.catalog.loader import Sourced, midnight, read_rows, shipped

WHOLE = '[[rows]]\npage = "https://example.org/prices"\nread = 2026-10-14\n'


def test_a_whole_row_loads_with_its_source() -> None:
    (row,) = read_rows(WHOLE.encode(), "rows", Sourced)
    assert row.source == "https://example.org/prices, read 2026-10-14"


@pytest.mark.parametrize("key", ["page", "read"])
def test_a_row_without_its_source_does_not_load(key: str) -> None:
    lines = [line for line in WHOLE.splitlines() if not line.startswith(key)]
    with pytest.raises(ValueError, match=f"missing required field `{key}`.*complete it"):
        read_rows("\n".join(lines).encode(), "rows", Sourced)


def test_a_row_with_a_typo_does_not_load() -> None:
    with pytest.raises(ValueError, match="unknown field `pge`"):
        read_rows((WHOLE + 'pge = "x"').encode(), "rows", Sourced)


def test_a_file_without_the_table_has_no_rows() -> None:
    assert read_rows(b"", "rows", Sourced) == ()


def test_days_begin_at_midnight_utc() -> None:
    assert midnight(date(2026, 1, 2)) == datetime(2026, 1, 2, tzinfo=UTC)
    assert midnight(None) is None


@pytest.mark.parametrize(
    "name",
    [
        "models.toml",
        "platform_ids.toml",
        "platform_facts.toml",
        "prices/openai.toml",
    ],
)
def test_the_data_ships_with_the_package(name: str) -> None:
    assert shipped(name).startswith(b"# ")
