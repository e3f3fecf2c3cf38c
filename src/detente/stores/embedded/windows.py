"""Accounts of windows in a file of their own, `limits.sqlite3`: who holds which units, until when.

Windows are short, so the file need not outlive the machine: nothing is synced to the disk, and what
a process wrote survives that process. Times are those of the machine's own clock, so setting the
wall clock changes nothing. After a restart of the machine, all that was held cools for a whole
window. Where a power loss broke the file, it begins anew
with all limits used up for a window. The arithmetic is `accounts.window`.

    windows = EmbeddedWindows(state / "limits.sqlite3", timeout_ms=1_000)
    (have,) = await windows.exchange("here", "w0-1p1", (want,))
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from detente.accounts.messages import Have, Want
from detente.accounts.window import WindowState, ended, exchange, opened
from detente.ledger.store.files import make_private
from detente.stores.clock import boot_id, now_us
from detente.stores.embedded.file import EmbeddedFile
from detente.stores.interface import Balance, Kept

FILE_NAME: Final = "limits.sqlite3"
SWEPT_AT_ONCE: Final = 512
"""Accounts looked at with each heartbeat, to drop those that nobody uses any more."""
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS windows (account TEXT PRIMARY KEY, state BLOB NOT NULL)"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS shares (holder TEXT, account TEXT, PRIMARY KEY (holder, account))"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS life (one INTEGER PRIMARY KEY, boot TEXT NOT NULL,"
    " until_us INTEGER NOT NULL, forgot_us INTEGER)",
)
_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PUT: Final = "INSERT OR REPLACE INTO windows VALUES (?, ?)"


class EmbeddedWindows:
    """Implements `stores.interface.Accounts` for one machine, and for the one process that has it
    open: another is told that the file is locked."""

    def __init__(
        self,
        path: Path,
        *,
        timeout_ms: int,
        clock: Callable[[], int] = now_us,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self._path = path
        self._timeout_ms = timeout_ms
        self._clock = clock
        self._boot = boot
        self._file = EmbeddedFile(path.name, self._connect)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(WindowState).decode
        self._swept = ""

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """See `Accounts`."""
        del machine

        def kept(connection: sqlite3.Connection) -> Kept:
            now = self._clock()
            self._end_earlier(connection, now)
            connection.execute("UPDATE life SET until_us = ?", (now + lease_us,))
            self._sweep(connection, now)
            return Kept(lease_us=lease_us, now_us=now)

        return await self._file.act(kept)

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """See `Accounts`."""
        del machine

        def exchanged(connection: sqlite3.Connection) -> tuple[Have, ...]:
            now = self._clock()
            return tuple(self._one(connection, holder, want, now) for want in wants)

        return await self._file.act(exchanged)

    async def end(self, machine: str, holder: str) -> None:
        """See `Accounts`."""
        del machine
        await self._file.act(lambda connection: self._end(connection, holder, self._clock()))

    async def holders(self, machine: str) -> frozenset[str]:
        """See `Accounts`."""
        del machine
        return await self._file.act(lambda connection: frozenset(self._holders(connection)))

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """See `Accounts`: there is no other machine."""
        del machine, accounts
        return ()

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        """See `Accounts`."""

        def stand(connection: sqlite3.Connection) -> tuple[Balance, ...]:
            now = self._clock()
            found = self._all(connection) if accounts is None else self._some(connection, accounts)
            return tuple(_balance(account, state, now) for account, state in found)

        return await self._file.act(stand)

    async def close(self) -> None:
        """See `Accounts`."""
        await self._file.close()

    def _one(self, connection: sqlite3.Connection, holder: str, want: Want, now: int) -> Have:
        before = self._state(connection, want.account)
        if before is None:
            before = self._new(connection, want, now)
        if holder not in before.shares:
            connection.execute("INSERT OR IGNORE INTO shares VALUES (?, ?)", (holder, want.account))
        after, have = exchange(before, holder, want, now_us=now)
        connection.execute(_PUT, (want.account, self._encode(after)))
        return have

    def _new(self, connection: sqlite3.Connection, want: Want, now: int) -> WindowState:
        """An account that is not in the file: unused, unless the file forgot it a moment ago."""
        (forgot_us,) = connection.execute("SELECT forgot_us FROM life").fetchone()
        until_us = 0 if forgot_us is None else forgot_us + (want.window_us or 0)
        state = opened(now)
        if until_us <= now:
            return state
        return msgspec.structs.replace(state, pool=((until_us, want.limit),))

    def _end(self, connection: sqlite3.Connection, holder: str, now: int) -> None:
        rows = connection.execute("SELECT account FROM shares WHERE holder = ?", (holder,))
        for account, state in self._some(connection, tuple(name for (name,) in rows.fetchall())):
            connection.execute(_PUT, (account, self._encode(ended(state, holder, now))))
        connection.execute("DELETE FROM shares WHERE holder = ?", (holder,))

    def _end_earlier(self, connection: sqlite3.Connection, now: int) -> None:
        """Ends everybody's holdings where they were those of an earlier start of the machine. Who
        did not keep leases in time holds them still: there is nobody who could have taken them."""
        (boot,) = connection.execute("SELECT boot FROM life").fetchone()
        if boot == self._boot():
            return
        for holder in self._holders(connection):
            self._end(connection, holder, now)
        connection.execute("UPDATE life SET boot = ?, until_us = ?", (self._boot(), now))

    def _holders(self, connection: sqlite3.Connection) -> list[str]:
        return [row[0] for row in connection.execute("SELECT DISTINCT holder FROM shares")]

    def _sweep(self, connection: sqlite3.Connection, now: int) -> None:
        """Drops accounts of which nothing is held and nothing cools, some at a time."""
        rows = connection.execute(
            "SELECT account, state FROM windows WHERE account > ? ORDER BY account LIMIT ?",
            (self._swept, SWEPT_AT_ONCE),
        ).fetchall()
        self._swept = rows[-1][0] if len(rows) == SWEPT_AT_ONCE else ""
        for account, blob in rows:
            state = self._decode(blob)
            if not state.shares and all(at_us <= now for at_us, _ in state.pool):
                connection.execute("DELETE FROM windows WHERE account = ?", (account,))

    def _state(self, connection: sqlite3.Connection, account: str) -> WindowState | None:
        row = connection.execute(
            "SELECT state FROM windows WHERE account = ?", (account,)
        ).fetchone()
        return None if row is None else self._decode(row[0])

    def _some(
        self, connection: sqlite3.Connection, accounts: tuple[str, ...]
    ) -> Iterator[tuple[str, WindowState]]:
        for account in accounts:
            state = self._state(connection, account)
            if state is not None:
                yield account, state

    def _all(self, connection: sqlite3.Connection) -> Iterator[tuple[str, WindowState]]:
        for account, blob in connection.execute("SELECT account, state FROM windows"):
            yield account, self._decode(blob)

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._opened(forgot_us=None)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in _BROKEN:
                raise
        for name in (self._path.name, f"{self._path.name}-wal", f"{self._path.name}-shm"):
            self._path.with_name(name).unlink(missing_ok=True)
        return self._opened(forgot_us=self._clock())

    def _opened(self, *, forgot_us: int | None) -> sqlite3.Connection:
        make_private(self._path)
        connection = sqlite3.connect(
            self._path, isolation_level=None, timeout=self._timeout_ms / 1_250
        )
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            for statement in _TABLES:
                connection.execute(statement)
            row = (self._boot(), 0, forgot_us)
            connection.execute("INSERT OR IGNORE INTO life VALUES (1, ?, ?, ?)", row)
        except (sqlite3.Error, OSError):
            connection.close()
            raise
        return connection


def _balance(account: str, state: WindowState, now: int) -> Balance:
    cooling = sum(amount for at_us, amount in state.pool if at_us > now)
    held = sum(share.held for share in state.shares.values())
    return Balance(account=account, spent=cooling, held=held)
