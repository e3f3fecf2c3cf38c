"""Long work gives others their turn, ends in time, and is not charged for the turns of others."""

from collections.abc import Callable, Generator, Iterator
from typing import Any, cast

import pytest

from detente.gateway.guarding import turns
from detente.gateway.guarding.turns import TURN_S, in_turns


class Clock:
    """The time, as the work takes it."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


class Limits:
    total_timeout_ms = 1_000


class Plane:
    limits = Limits()


class Exchange:
    """Counts the turns that it gave."""

    plane = Plane()

    def __init__(self) -> None:
        self.given = 0
        self.waits: list[float] = []
        self.worker = self

    def wait_until(self, until_ms: float) -> None:
        self.waits.append(until_ms)

    def soon(self, call: Callable[[object], None], value: object) -> None:
        del call, value
        self.given += 1

    def resume(self, value: object) -> None:
        """Never called: the test drives."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(turns, "time", clock)
    return clock


def _done(
    clock: Clock, steps: int, step_s: float, *, bound_s: float = 1e9, others_s: float = 0.0
) -> tuple[bool, int, int]:
    """Whether it was done, how many steps were, and how many turns were given."""
    exchange, done = Exchange(), 0

    def work() -> Iterator[None]:
        nonlocal done
        for _ in range(steps):
            clock.now_s += step_s
            done += 1
            yield

    line: Generator[Any, Any, bool] = cast(
        Any, in_turns(cast(Any, exchange), work(), bound_s=bound_s).__await__()
    )
    while True:
        try:
            next(line)
            clock.now_s += others_s
        except StopIteration as end:
            assert exchange.waits == [Limits.total_timeout_ms] * exchange.given
            return end.value, done, exchange.given


def test_short_work_is_done_at_once(clock: Clock) -> None:
    assert _done(clock, 10, TURN_S / 20) == (True, 10, 0)


def test_long_work_gives_turns(clock: Clock) -> None:
    assert _done(clock, 10, TURN_S * 1.5) == (True, 10, 10)


def test_what_takes_too_long_is_not_done(clock: Clock) -> None:
    done, steps, _ = _done(clock, 100, 0.1, bound_s=1.0)
    assert not done
    assert steps < 15


def test_turns_of_others_are_not_counted(clock: Clock) -> None:
    assert _done(clock, 10, TURN_S * 2, bound_s=1.0, others_s=5.0) == (True, 10, 10)
