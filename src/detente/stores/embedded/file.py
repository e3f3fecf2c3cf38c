"""One SQLite file, worked on by one thread of its own: many acts in one transaction.

Acts that come while a transaction runs share the next one, so that a hundred workers' asks wait
for the disk once or twice, and a disk that stands still stops no event loop. All of a
transaction's acts happen or none; where the file fails, it is opened anew for the next.

    file = EmbeddedFile("ledger.sqlite3", lambda: connect(path))
    left = await file.act(lambda connection: read_left(connection))
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Generic, TypeVar

from detente.stores.interface import StoreUnavailable

ACTS_WAITING_MAX: Final = 10_000
"""More than all workers have under way; who comes then is told that the store does not answer."""
ACTS_AT_ONCE_MAX: Final = 256
"""Bounds a transaction to some 20 ms."""

T = TypeVar("T")
Act = Callable[[sqlite3.Connection], T]


class _Waiting(Generic[T]):
    """An act, and who waits for what it returns."""

    def __init__(self, act: Act[T], answered: asyncio.Future[T]) -> None:
        self.act = act
        self.answered = answered
        self.found: list[T] = []

    def run(self, connection: sqlite3.Connection) -> None:
        self.found = [self.act(connection)]

    def answer(self, fault: StoreUnavailable) -> None:
        """Hand on what was found, or `fault`; who waited may have given up."""
        if self.answered.done():
            return
        if self.found:
            self.answered.set_result(self.found[0])
        else:
            self.answered.set_exception(fault)


class EmbeddedFile:
    """The file `name`, which `connect` opens when it is first needed, in this class's thread."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._name = name
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: list[_Waiting[Any]] = []
        self._running: asyncio.Task[None] | None = None

    async def act(self, act: Act[T]) -> T:
        """What `act` returns, once it is in the file.

        Raises `StoreUnavailable` where the file cannot be written; `act` has then done nothing. An
        act that is given up (a deadline) may still happen.
        """
        if len(self._waiting) >= ACTS_WAITING_MAX:
            raise StoreUnavailable(f"`{self._name}` has too much to do")
        answered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(act, answered))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answered

    async def close(self) -> None:
        """Close the file, once what runs is done; the next act opens it again."""
        if self._running is not None:
            await self._running
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.get_running_loop().run_in_executor(thread, self._drop)
            thread.shutdown(wait=False)

    async def _run(self) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        try:
            while self._waiting:
                batch = self._waiting[:ACTS_AT_ONCE_MAX]
                del self._waiting[:ACTS_AT_ONCE_MAX]
                await self._done(batch)
        finally:
            self._running = None

    async def _done(self, batch: list[_Waiting[Any]]) -> None:
        """Do it all, and answer everybody; a bug of an act is an answer too, and shown as such."""
        fault = StoreUnavailable(f"`{self._name}` could not be worked on")
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._transaction, batch)
        except (sqlite3.Error, OSError) as error:
            fault = StoreUnavailable(f"`{self._name}` cannot be used now ({error})")
            for waiting in batch:
                waiting.found.clear()
        finally:
            for waiting in batch:
                waiting.answer(fault)

    def _transaction(self, batch: list[_Waiting[Any]]) -> None:
        done = False
        try:
            if self._connection is None:
                self._connection = self._connect()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            for waiting in batch:
                waiting.run(connection)
            connection.execute("COMMIT")
            done = True
        finally:
            if not done:
                self._drop()  # which rolls back

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
