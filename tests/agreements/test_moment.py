"""Dates that are exact, and dates that lie between two others."""

from datetime import UTC, datetime

from detente.agreements.moment import (
    Between,
    after_days,
    earliest,
    in_words,
    latest,
    reached,
)
from detente.agreements.truth import missing

MARCH_1, MARCH_9 = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
BETWEEN = Between(after=MARCH_1, before=MARCH_9)


def test_an_exact_date_is_reached_or_not() -> None:
    assert reached(MARCH_9, MARCH_1, "x") is False
    assert reached(MARCH_1, MARCH_1, "x") is True


def test_between_two_dates_it_is_open() -> None:
    assert reached(BETWEEN, datetime(2026, 2, 28, tzinfo=UTC), "x") is False
    assert reached(BETWEEN, MARCH_1, "x") == missing("x")
    assert reached(BETWEEN, MARCH_9, "x") is True


def test_days_move_both_ends_and_stop_at_the_end_of_time() -> None:
    moved = after_days(BETWEEN, 8)
    assert (earliest(moved), latest(moved)) == (MARCH_9, datetime(2026, 3, 17, tzinfo=UTC))
    end = datetime.max.replace(tzinfo=UTC)
    assert after_days(datetime(9999, 12, 31, tzinfo=UTC), 7) == end


def test_words() -> None:
    assert in_words(MARCH_1) == "2026-03-01"
    assert in_words(MARCH_1.replace(hour=12, microsecond=5)) == "2026-03-01T12:00:00Z"
    assert in_words(BETWEEN) == "a date between 2026-03-01 and 2026-03-09"
