"""Windows are counted as one would by hand."""

import random

import pytest

from tests.allowances.counting import least_in_any_window, most_in_any_window

WINDOW_S = 10.0


def _by_hand(events: list[tuple[float, int]], start: float, *, closed: bool) -> int:
    """(start, start + window), with its start where `closed`."""
    return sum(
        amount
        for at, amount in events
        if (at >= start if closed else at > start) and at < start + WINDOW_S
    )


@pytest.mark.parametrize("seed", range(20))
def test_every_window_is_looked_at(seed: int) -> None:
    dice = random.Random(seed)
    events = [(float(dice.randrange(60)), dice.randrange(1, 4)) for _ in range(dice.randrange(40))]
    starts = [step / 4 for step in range(-50, 250)]
    most = max(_by_hand(events, start, closed=True) for start in starts)
    assert most_in_any_window(events, WINDOW_S) == most
    within = [start for start in starts if 0 <= start <= 60 - WINDOW_S]
    least = min(_by_hand(events, start, closed=False) for start in within)
    assert least_in_any_window(events, WINDOW_S, since=0.0, until=60.0) == least


def test_one_too_many_and_one_too_few_are_seen() -> None:
    even = [(float(at), 1) for at in range(60)]
    assert most_in_any_window(even, WINDOW_S) == 10
    assert most_in_any_window([*even, (30.5, 1)], WINDOW_S) == 11
    lacking = [event for event in even if event[0] != 30.0]
    everywhere = least_in_any_window(even, WINDOW_S, since=0.0, until=59.0)
    assert least_in_any_window(lacking, WINDOW_S, since=0.0, until=59.0) == everywhere - 1
