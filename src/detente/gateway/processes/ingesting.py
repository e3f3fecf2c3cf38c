"""Keeps taking journals into the ledger, whichever database holds it; runs in a thread of its own.

A step waits for a disk or a database server, and the control process's loop must not. While the
ledger cannot be written, journals keep what workers wrote (`ledger.journal_bytes_max`), and nothing
is lost: the ledger is opened anew until it answers, and says itself how far it got.

>>> ingesting = Ingesting(lambda: Ledger.open(path, now_us=now), journals, told=told)
>>> await ingesting.open()
>>> await ingesting.run(stopping, pause_s=lambda: 0.2)
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from detente.gateway.say import say
from detente.ledger.failures import LedgerUnavailable, LedgerUnusable
from detente.ledger.store.ingest import Ingest, IngestReport
from detente.ledger.store.interface import LedgerStore

T = TypeVar("T")

RETRY_S: Final = 1.0
"""After a failing disk or database, before the next try."""


class Ingesting:
    """The ledger's one writer of this machine. `told` hears of each step, in the loop's thread;
    `can_write` says whether the last try went well."""

    def __init__(
        self,
        open_ledger: Callable[[], LedgerStore],
        journals: Path,
        *,
        told: Callable[[IngestReport], None],
    ) -> None:
        self.can_write = False
        self._failed = False
        self._open_ledger = open_ledger
        self._journals = journals
        self._told = told
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingest")
        self._ledger: LedgerStore | None = None
        self._ingest: Ingest | None = None

    async def open(self) -> None:
        """Opens the ledger; where a database server does not answer now, that is said, and `run`
        tries again.

        Raises `LedgerUnusable` where it cannot be used as things are.
        """
        try:
            await self._in_thread(self._open)
        except LedgerUnavailable as error:
            self._failed = True
            say(f"{error}; journals keep what it has not got")

    async def run(self, stopping: asyncio.Event, *, pause_s: Callable[[], float]) -> None:
        """Takes in what is new every `pause_s` until stopped."""
        while not stopping.is_set():
            report = await self._step()
            if report is not None and report.more:
                continue
            wait_s = RETRY_S if report is None else pause_s()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await stopping.wait()

    async def rest(self) -> None:
        """Once the workers are gone: takes in what they left, and gives the ledger back.

        What was open is settled as `interrupted`. Where the ledger cannot be written now, the next
        start takes it in.
        """
        await self._in_thread(self._reopen)
        while (report := await self._step()) is not None and report.more:
            pass
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def _step(self) -> IngestReport | None:
        """One step; None where the ledger cannot be written."""
        try:
            report = await self._in_thread(self._stepped)
        except (sqlite3.Error, LedgerUnusable) as error:
            if self.can_write:
                say(f"the ledger cannot be written ({error}); trying again")
            self.can_write, self._failed = False, True
            await self._in_thread(self._close)
            return None
        for sentence in report.unreadable:
            say(sentence)
        if report.orphans:
            say(f"{report.orphans} settlements without intent; see the ledger's `orphans`")
        self._told(report)
        return report

    def _stepped(self) -> IngestReport:
        """In the thread."""
        if self._ingest is None:
            self._open()
        assert self._ingest is not None
        return self._ingest.step()

    def _open(self) -> None:
        """In the thread."""
        self._ledger = self._open_ledger()
        self._ingest = Ingest(self._ledger, self._journals)
        if not self.can_write and self._failed:
            say("the ledger can be written again")
        self.can_write, self._failed = True, False

    def _reopen(self) -> None:
        """In the thread: another reader of the same ledger knows of no worker that goes on."""
        if self._ingest is not None and self._ledger is not None:
            self._ingest.close()
            with contextlib.suppress(sqlite3.Error, LedgerUnusable):
                self._ingest = Ingest(self._ledger, self._journals)

    def _close(self) -> None:
        """In the thread."""
        ingest, self._ingest = self._ingest, None
        ledger, self._ledger = self._ledger, None
        if ingest is not None:
            ingest.close()
        if ledger is not None:
            ledger.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
