"""What a simulator has seen: requests, hang-ups, and gauges to wait for.

Bounded: old requests are forgotten by number and by bytes. Knows no clock: seconds arrive
as arguments.

>>> Record().requests_total
0
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from detente.simulator.exchange import Received

REQUESTS_KEPT_MAX: Final = 20_000
"""Enough for a test of a thousand streams ten times over."""

REQUEST_BYTES_KEPT_MAX: Final = 256 * 1024 * 1024
"""Four bodies of the largest size that the gateway takes."""

HANGUPS_KEPT_MAX: Final = 20_000


class HangUp(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that left before its answer was complete.

    `at_s` is on the monotonic clock of this machine; `request` is the number of the request
    and `tokens_sent` how far its answer had come.
    """

    at_s: float
    request: int
    path: str
    tokens_sent: int


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """Counts at one moment; `requests` and `hangups` only grow until a reset."""

    listening: bool
    connections_open: int
    in_flight: int
    held: int
    requests: int
    hangups: int
    scripted: int


class Record:
    """Requests and hang-ups, the newest last."""

    def __init__(self) -> None:
        self.requests: deque[Received] = deque()
        self.hangups: deque[HangUp] = deque(maxlen=HANGUPS_KEPT_MAX)
        self.requests_total = 0
        self.hangups_total = 0
        self._bytes = 0

    def received(self, request: Received) -> Received:
        """Keeps a request and numbers it from 1."""
        self.requests_total += 1
        numbered = msgspec.structs.replace(request, number=self.requests_total)
        self.requests.append(numbered)
        self._bytes += len(request.body)
        while len(self.requests) > REQUESTS_KEPT_MAX or self._bytes > REQUEST_BYTES_KEPT_MAX:
            self._bytes -= len(self.requests.popleft().body)
        return numbered

    def hung_up(self, hangup: HangUp) -> None:
        """Keeps a hang-up."""
        self.hangups_total += 1
        self.hangups.append(hangup)

    def clear(self) -> None:
        """Forgets everything."""
        self.requests.clear()
        self.hangups.clear()
        self.requests_total = self.hangups_total = self._bytes = 0


class Changes:
    """Lets others wait until something is true, without asking again and again."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def tell(self) -> None:
        """Something changed: whoever waits looks again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Returns when `condition` holds; raises `TimeoutError` after `timeout_s`."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
