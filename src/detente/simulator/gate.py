"""A declared capacity: how many requests in a minute, how many at once.

Counts admissions of the last sixty seconds exactly. Knows no clock: seconds arrive as
arguments.

>>> gate = Gate(per_minute=1, concurrent=None)
>>> gate.refusal(0.0) is None, gate.enter(0.0), gate.refusal(15.0).retry_after_ms
(True, None, 45000)
"""

import math
from collections import deque
from typing import Final

from detente.simulator.exchange import Refused

WINDOW_S: Final = 60.0
WINDOW_MS: Final = 60_000

CONCURRENT_RETRY_MS: Final = 1_000
"""Nobody knows when a running request ends; platforms then say a second."""

UNDECLARED_PER_MINUTE: Final = 10_000
"""The limit that the rate-limit headers show where none was declared."""


class Gate:
    """Admits requests while there is capacity. None means without bound."""

    def __init__(self, *, per_minute: int | None, concurrent: int | None) -> None:
        self._per_minute = per_minute
        self._concurrent = concurrent
        self._admitted: deque[float] = deque(maxlen=per_minute or UNDECLARED_PER_MINUTE)
        self.in_flight = 0

    def refusal(self, now_s: float) -> Refused | None:
        """Why a request that comes now cannot be taken, or None."""
        if self._concurrent is not None and self.in_flight >= self._concurrent:
            return Refused(
                concurrent=True, limit=self._concurrent, retry_after_ms=CONCURRENT_RETRY_MS
            )
        if self._per_minute is None or self.used(now_s) < self._per_minute:
            return None
        wait_s = WINDOW_S if not self._admitted else self._admitted[0] + WINDOW_S - now_s
        return Refused(
            concurrent=False,
            limit=self._per_minute,
            retry_after_ms=min(max(1, math.ceil(wait_s * 1000)), WINDOW_MS),
        )

    def enter(self, now_s: float) -> None:
        """Takes a request; its `leave` must follow."""
        self._admitted.append(now_s)
        self.in_flight += 1

    def leave(self) -> None:
        """A request has ended."""
        self.in_flight -= 1

    def forget(self) -> None:
        """The minute starts anew; what is in flight stays."""
        self._admitted.clear()

    @property
    def limit(self) -> int:
        """Requests a minute, for the rate-limit headers."""
        return UNDECLARED_PER_MINUTE if self._per_minute is None else self._per_minute

    def remaining(self, now_s: float) -> int:
        """What is left of the minute, for the rate-limit headers."""
        return max(0, self.limit - self.used(now_s))

    def used(self, now_s: float) -> int:
        """Requests admitted in the last minute."""
        while self._admitted and self._admitted[0] <= now_s - WINDOW_S:
            self._admitted.popleft()
        return len(self._admitted)
