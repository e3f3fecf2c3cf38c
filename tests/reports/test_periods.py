"""Periods begin with the clause, follow one another, and stop at the present."""

import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements.money import Period
from detente.agreements.window import Window
from detente.reports.periods import PERIODS_MAX, Span, spans_until
from tests.agreements.scenes import day

START = day("2026-01-31")


def test_months_end_where_they_end() -> None:
    window = Window(start=START, until=None)
    found = spans_until("month", window, None, day("2026-03-30"))
    assert found == (
        Span(START, day("2026-02-28")),
        Span(day("2026-02-28"), day("2026-03-31")),
    )


def test_the_last_period_ends_with_the_clause_and_what_cuts_it_short_does_not_shrink_it() -> None:
    own_end = day("2026-12-01")
    whole = spans_until("quarter", Window(start=START, until=own_end), own_end, day("2027-06-01"))
    assert whole[-1].end == own_end
    cut = Window(start=START, until=day("2026-03-01"))
    assert spans_until("quarter", cut, own_end, day("2027-06-01")) == (
        Span(START, day("2026-04-30")),
    )


def test_without_a_beginning_there_is_one_span() -> None:
    assert spans_until("month", Window(start=None, until=START), START, START) == (
        Span(None, START),
    )


def test_very_old_terms_show_their_last_periods() -> None:
    found = spans_until("month", Window(start=day("1900-01-01"), until=None), None, START)
    assert len(found) == PERIODS_MAX
    assert found[-1] == Span(day("2026-01-01"), day("2026-02-01"))


@given(
    period=st.sampled_from(("term", "year", "quarter", "month")),
    days=st.integers(-50, 2000),
    length=st.integers(1, 1500),
)
def test_periods_follow_one_another_and_hold_the_present(
    period: Period, days: int, length: int
) -> None:
    at, end = START + timedelta(days=days), START + timedelta(days=length)
    found = spans_until(period, Window(start=START, until=end), end, at)
    assert found[0].start == START
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    if START <= at < end:
        last = found[-1]
        assert last.start is not None
        assert last.end is not None
        assert last.start <= at < last.end
    assert found[-1].end is not None
    assert found[-1].end <= end
