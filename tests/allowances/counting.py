"""Counting what happened in windows, exactly: in every one, not in a sample of them.

>>> most_in_any_window([(0.0, 1), (59.9, 1), (60.1, 1)], 60.0)
2
"""

from collections.abc import Sequence
from typing import Final

Happened = tuple[float, int]
"""(when, in seconds; how much)."""
ROUNDED_S: Final = 1e-6
"""What times in seconds since 1970 lose as floating-point numbers."""


def most_in_any_window(events: Sequence[Happened], window_s: float) -> int:
    """The most that happened within any half-open window: two events a whole window apart are
    never in the same one."""
    ordered = sorted(events)
    most = inside = first = 0
    for at, amount in ordered:
        inside += amount
        while ordered[first][0] <= at - window_s + ROUNDED_S:
            inside -= ordered[first][1]
            first += 1
        most = max(most, inside)
    return most


def least_in_any_window(
    events: Sequence[Happened], window_s: float, *, since: float, until: float
) -> int:
    """The least that happened in any window that lies within the two times."""
    ordered = sorted(event for event in events if since <= event[0] <= until)
    # A window has least in it just after an event has left it, or before one comes in.
    starts = [since, *(at for at, _ in ordered), *(at - window_s for at, _ in ordered)]
    starts = sorted(start for start in starts if since <= start <= until - window_s)
    least = sum(amount for _, amount in ordered)
    gone = come = left = inside = 0
    for start in starts:
        while left < len(ordered) and ordered[left][0] <= start:
            gone += ordered[left][1]
            left += 1
        while come < len(ordered) and ordered[come][0] < start + window_s:
            inside += ordered[come][1]
            come += 1
        least = min(least, inside - gone)
    return least
