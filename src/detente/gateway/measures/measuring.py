"""What the control process measures now and then: balances, latencies, what is scarce.

Reads the ledger in a thread of its own, all of it once and then only what is new, and makes the
snapshot by which workers order what the agreements allow. Decides no outcome; sends nothing.

>>> measuring = Measuring(setup, path, lambda: datetime.now(UTC))
>>> await measuring.look({})
Snapshot(behind=('azure-2026/macc',), ...)
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from detente.canonical.decision import ClauseId
from detente.canonical.snapshot import Snapshot
from detente.gateway.measures.headroom_report import HeadroomReport
from detente.gateway.measures.headrooms import Readings
from detente.gateway.say import say
from detente.ledger.entries import time_of, us_of
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.using import UseReader
from detente.reports.commitments import balances, commitments_of, cuts_of
from detente.reports.latencies import Latencies
from detente.reports.tally import Tally
from detente.wiring import Setup

TELL_AGAIN: Final = timedelta(minutes=1)
"""A worker that stands still may miss what it is told; an order that is the same costs nothing."""
BLOCKS_AT_ONCE: Final = 64
"""Of new entries: some 8,000, decoded in 20 ms, between two chances to stop."""
BLOCKS_BEFORE: Final = 64
"""What is read to know usual latencies: by a new process, and by each look that counts nothing."""
SCARCE_BELOW: Final = 0.1
PLENTY_ABOVE: Final = 0.2
"""Shares of a limit; what lies between leaves things as they are, so that nothing flutters."""
HEARD_LATELY: Final = timedelta(minutes=1)
"""Limits count by the minute: what was said longer ago makes nothing scarce."""


class Measuring:
    """Keeps measuring one ledger under one setup; a reload makes a new one. `wall` is the time."""

    def __init__(self, setup: Setup, path: LedgerPlace, wall: Callable[[], datetime]) -> None:
        self._setup = setup
        self._wall = wall
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="measuring")
        self._reader: UseReader | None = None
        self._tally: Tally | None = None
        self._latencies = Latencies()
        self._block = 0
        self._scarce: frozenset[str] = frozenset()
        self._stopped = False

    async def look(self, heard: Readings) -> Snapshot:
        """What is measured now; `heard` is what platforms said of limits.

        Raises `LedgerUnusable` or `sqlite3.Error` where the ledger cannot be read; the next look
        then begins anew.
        """
        loop = asyncio.get_running_loop()
        behind, latency_ms = await loop.run_in_executor(self._thread, self._look)
        now = self._wall()
        self._scarce = scarce_of(heard, self._scarce, now)
        return Snapshot(
            taken_at=now,
            behind=behind,
            latency_ms=latency_ms,
            scarce=tuple(sorted(self._scarce)),
        )

    def stop(self) -> None:
        """Ends what is under way, without waiting for its result, and gives the ledger back."""
        self._stopped = True
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _look(self) -> tuple[tuple[ClauseId, ...], dict[str, int]]:
        """In the thread."""
        try:
            if self._reader is None:
                self._reader = UseReader.open(self._path)
                self._reader.stop_when(lambda: self._stopped)
            if self._tally is None or _is_over(self._tally, self._wall()):
                self._tally = self._counted(self._reader)
            self._follow(self._reader, self._tally)
        except (LedgerUnusable, sqlite3.Error):
            self._close()
            raise
        return self._tally.behind(self._wall()), self._latencies.usual()

    def _counted(self, reader: UseReader) -> Tally:
        """The balances from the sums of the whole ledger, up to its last block."""
        setup, last = self._setup, reader.last_block()
        now = self._wall()  # after that block, so that all in it had started
        deployments = setup.world.deployments
        commitments = commitments_of(setup.agreements, setup.events)
        struck = ()
        if commitments:
            uses = reader.uses(
                cuts_of(commitments, now),
                interfaces=any(c.clause.takes.interface is not None for c in commitments),
                last_block=last,
            )
            began = reader.began_us()
            struck = balances(
                commitments,
                deployments,
                uses,
                at=now,
                began_at=None if began is None else time_of(began),
            )
        if self._tally is None:
            self._latencies.add(reader.since(max(0, last - BLOCKS_BEFORE), BLOCKS_BEFORE)[0])
        self._block = last
        return Tally(commitments, deployments, struck, at=now)

    def _follow(self, reader: UseReader, tally: Tally) -> None:
        """What came since the last look; where no balance counts all of it, only the last blocks,
        which say what is usual."""
        if not tally.counts:
            self._block = max(self._block, reader.last_block() - BLOCKS_BEFORE)
        while not self._stopped:
            found, last = reader.since(self._block, BLOCKS_AT_ONCE)
            if last == self._block:
                return
            tally.add(found)
            self._latencies.add(found)
            self._block = last

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._tally = None


async def keep_measuring(
    *,
    setup: Callable[[], Setup],
    path: LedgerPlace,
    wall: Callable[[], datetime],
    ask: Callable[[], Awaitable[HeadroomReport]],
    tell: Callable[[Snapshot], None],
    stopping: asyncio.Event,
) -> None:
    """Measures every `ledger.measure_interval_ms` until stopped, and tells what orders otherwise.

    What cannot be read changes nothing, and is said; after a reload all is counted anew.
    """
    current, told = setup(), None
    measuring = Measuring(current, path, wall) if matters(current) else None
    while not stopping.is_set():
        if setup() is not current:
            current = setup()
            if measuring is not None:
                measuring.stop()
            measuring = Measuring(current, path, wall) if matters(current) else None
        if measuring is not None:
            snapshot = await _unless_stopped(measuring, ask, stopping)
            if snapshot is not None and _is_news(snapshot, told):
                tell(snapshot)
                told = snapshot
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(current.configuration.ledger.measure_interval_ms / 1000):
                await stopping.wait()
    if measuring is not None:
        measuring.stop()


async def _unless_stopped(
    measuring: Measuring, ask: Callable[[], Awaitable[HeadroomReport]], stopping: asyncio.Event
) -> Snapshot | None:
    """One look; None where the ledger cannot be read, or the end came first."""

    async def look() -> Snapshot | None:
        try:
            return await measuring.look((await ask()).deployments)
        except (LedgerUnusable, sqlite3.Error) as error:
            if not stopping.is_set():
                say(f"balances cannot be measured ({error}); trying again")
            return None

    looking = asyncio.ensure_future(look())
    ending = asyncio.ensure_future(stopping.wait())
    await asyncio.wait((looking, ending), return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if not looking.done():
        looking.cancel()  # what runs in the thread ends by itself, once it is told to stop
        return None
    return looking.result()


def _is_news(snapshot: Snapshot, told: Snapshot | None) -> bool:
    """Whether workers would order otherwise, or may have missed what was told: once a minute.

    The first always is: workers may still order by what a control process that died had told.
    """
    if told is None or not snapshot.orders_as(told):
        return True
    before, now = told.taken_at, snapshot.taken_at
    return before is not None and now is not None and now - before >= TELL_AGAIN


def matters(setup: Setup) -> bool:
    """Whether an order is ever chosen: where no model has two deployments, none is."""
    models = [deployment.model for deployment in setup.world.deployments]
    return len(set(models)) < len(models)


def scarce_of(heard: Readings, before: frozenset[str], now: datetime) -> frozenset[str]:
    """The deployments of whose limits hardly anything is left; `before` are those of last time."""
    found: set[str] = set()
    for deployment, reading in heard.items():
        share = reading.headroom.share_left
        if share is None or now - reading.at > HEARD_LATELY:
            continue
        if share < SCARCE_BELOW or (deployment in before and share <= PLENTY_ABOVE):
            found.add(deployment)
    return frozenset(found)


def _is_over(tally: Tally, now: datetime) -> bool:
    return tally.until_us is not None and us_of(now) >= tally.until_us
