"""Spans lie between cuts, and leave nothing out."""

from datetime import UTC, datetime

from detente.ledger.uses import Use, UseClass, spans

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
