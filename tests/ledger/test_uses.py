"""Spans lie between cuts, and leave nothing out."""

from datetime import UTC, datetime

from detente.canonical.usage import Usage
from detente.ledger.uses import Use, UseClass, Used, spans

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


def test_spans_are_sorted_and_open_at_both_ends() -> None:
    assert spans((FEBRUARY, JANUARY, JANUARY)) == (
        (None, JANUARY),
        (JANUARY, FEBRUARY),
        (FEBRUARY, None),
    )
    assert spans(()) == ((None, None),)


def test_tokens_are_those_in_and_out() -> None:
    use = Use(
        of=UseClass(deployment="a/m", model="x/m"),
        since=None,
        until=None,
        input_tokens=2,
        output_tokens=3,
    )
    assert use.tokens == 5


def test_tokens_of_one_request_are_those_that_were_told() -> None:
    def used(usage: Usage | None) -> Used:
        return Used(UseClass(deployment="a/m", model="x/m"), 0, 1, usage, None, None)

    assert used(Usage(cache_read_tokens=2, reasoning_output_tokens=3)).tokens == 5
    assert used(None).tokens == 0
