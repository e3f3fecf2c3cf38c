"""The periods of a term of money: its whole term, or each year, quarter or month of it.

Calendar arithmetic only; what is counted in them is the reports' own.

>>> spans_until("month", window, None, day("2026-03-20"))[-1].start
datetime(2026, 3, 15)
"""

from datetime import datetime
from typing import Final

import msgspec

from detente.agreements.money import Period, period_around
from detente.agreements.window import Window

PERIODS_MAX: Final = 600
"""Fifty years of months: the last so many, of a term that is older."""


class Span(msgspec.Struct, frozen=True):
    """`start ≤ t < end`, None where there is no bound."""

    start: datetime | None
    end: datetime | None


def spans_until(
    period: Period, window: Window, own_end: datetime | None, at: datetime
) -> tuple[Span, ...]:
    """The periods that began by `at`, oldest first; the first one where none has begun.

    They are those of the clause's own words, up to `own_end`: what cuts it short (`window`) ends
    the last of them early without making it shorter. Without a beginning there is one span alone.
    """
    if window.start is None:
        return (Span(None, own_end),)
    found: list[Span] = []
    start = window.start
    while True:
        begins, ends = period_around(period, window.start, own_end, at=start)
        found.append(Span(begins, ends))
        if ends is None or ends > at or (window.until is not None and ends >= window.until):
            break
        start = ends
    return tuple(found[-PERIODS_MAX:])
