"""Deadlines for thousands of connections at the price of one timer.

A connection has at most one deadline at a time, as an attribute that anyone may move; moving it
later costs nothing. It is filed under a tick no farther away than `HORIZON_S`, looked at when
that tick comes, and filed again if it is not due. So a dead connection is forgotten within the
horizon, and a deadline fires at most one tick late.
"""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Final

TICK_S: Final = 0.05
"""How late a deadline may fire; also the resolution of `now`."""
HORIZON_S: Final = 5.0
"""How long a closed connection may be remembered here."""
NEVER: Final = math.inf


class Watched:
    """What can be filed: `deadline` in monotonic seconds, `filed` the tick it waits under."""

    __slots__ = ("deadline", "filed")

    def __init__(self) -> None:
        self.deadline = NEVER
        self.filed = 0

    def deadline_passed(self) -> None:
        """The deadline is over, and none is set."""
        raise AssertionError("a subclass says what that means")


class Alarm(Watched):
    """Calls `ring` when its deadline is over."""

    __slots__ = ("_ring",)

    def __init__(self, ring: Callable[[], None]) -> None:
        super().__init__()
        self._ring = ring

    def deadline_passed(self) -> None:
        self._ring()


class Deadlines:
    """The one timer of a worker."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buckets: dict[int, list[Watched]] = {}
        self.now = time.monotonic()
        self._tick = int(self.now / TICK_S)
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin ticking."""
        self._handle = self._loop.call_later(TICK_S, self._on_tick)

    def stop(self) -> None:
        """Stop ticking; nothing fires any more."""
        if self._handle is not None:
            self._handle.cancel()

    def watch(self, watched: Watched, deadline: float) -> None:
        """Set the deadline of `watched`, filing it if it would otherwise be looked at too late."""
        watched.deadline = deadline
        tick = int(deadline / TICK_S) + 1 if deadline != NEVER else 0
        if watched.filed <= self._tick or (tick and tick < watched.filed):
            self._file(watched)

    def _file(self, watched: Watched) -> None:
        due = min(watched.deadline, self.now + HORIZON_S)
        watched.filed = max(int(due / TICK_S) + 1, self._tick + 1)
        self._buckets.setdefault(watched.filed, []).append(watched)

    def _on_tick(self) -> None:
        self._handle = self._loop.call_later(TICK_S, self._on_tick)
        self.advance(time.monotonic())

    def advance(self, now: float) -> None:
        """Look at everything that was filed up to the monotonic time `now`."""
        self.now = now
        current = int(self.now / TICK_S)
        for tick in range(self._tick + 1, current + 1):
            self._tick = tick
            for watched in self._buckets.pop(tick, ()):
                self._look_at(watched, tick)

    def _look_at(self, watched: Watched, tick: int) -> None:
        if watched.filed != tick:
            return  # filed again under an earlier tick since
        watched.filed = 0
        if watched.deadline <= self.now:
            watched.deadline = NEVER
            watched.deadline_passed()
        if watched.deadline != NEVER and not watched.filed:
            self._file(watched)
