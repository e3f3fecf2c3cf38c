"""Accounts of money in the ledger's SQLite file.

What was spent stands there already, written with the entries that it belongs to; here is added what
each holder was granted and gave back, on the disk before it is answered. The arithmetic is
`accounts.book`. When a holder's life has ended and its journal is in the ledger, its line is added
to one that all ended holders share, and deleted: what it held and did not spend is nobody's.

The tables are the ledger's (`ledger.store.schema`): whoever opens the ledger for writing brings
them up to date.

    money = EmbeddedMoney(state / "ledger.sqlite3", timeout_ms=1_000)
    (have,) = await money.exchange("here", "w0-1p1", (want,))
"""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from detente.accounts.book import Line, MoneyState, exchange
from detente.accounts.messages import Have, Want
from detente.canonical.price import PICO_DIGITS
from detente.stores.clock import now_us
from detente.stores.embedded.file import EmbeddedFile
from detente.stores.interface import Balance, Kept

PICO: Final = 10**PICO_DIGITS
NOBODY: Final = ""
"""The holder to whose line those of ended ones are added."""
TOLD_MAX: Final = 1_000
_LINES: Final = """
    SELECT holder, granted_usd, granted_pico_usd, returned_usd, returned_pico_usd, 0, 0
    FROM grants WHERE account = ?1
    UNION ALL
    SELECT holder, 0, 0, 0, 0, spent_usd, spent_pico_usd FROM spends WHERE account = ?1
"""
_KNOWN: Final = "SELECT account FROM spends UNION SELECT account FROM grants ORDER BY account"
_HOLDERS: Final = "SELECT holder FROM grants UNION SELECT holder FROM spends WHERE holder <> ?"
_GRANT: Final = "INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?, ?)"
_FOLD: Final = """
    INSERT INTO spends
    SELECT account, '', spent_usd, spent_pico_usd FROM spends WHERE holder = ?
    ON CONFLICT (account, holder) DO UPDATE SET
        spent_usd = spent_usd + excluded.spent_usd
            + (spent_pico_usd + excluded.spent_pico_usd) / 1000000000000,
        spent_pico_usd = (spent_pico_usd + excluded.spent_pico_usd) % 1000000000000
"""
_TOLD: Final = "SELECT account, fraction, told_us FROM alerts ORDER BY told_us DESC LIMIT ?"


class EmbeddedMoney:
    """Implements `stores.interface.MoneyAccounts` for one machine.

    What holders wait for is kept in memory: it is not worth a write, and they say it again.
    """

    def __init__(self, path: Path, *, timeout_ms: int) -> None:
        self._file = EmbeddedFile(path.name, lambda: self._connect(path, timeout_ms))
        self._wanted: dict[str, dict[str, int]] = {}

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """See `Accounts`: the file can be written."""
        del machine
        await self._file.act(_touch)
        return Kept(lease_us=lease_us, now_us=now_us())

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """See `Accounts`."""
        del machine
        return await self._file.act(lambda connection: self._exchange(connection, holder, wants))

    async def end(self, machine: str, holder: str) -> None:
        """See `Accounts`."""
        del machine

        await self._file.act(lambda connection: self._end(connection, holder))

    async def holders(self, machine: str) -> frozenset[str]:
        """See `Accounts`."""
        del machine
        return await self._file.act(
            lambda connection: frozenset(
                holder for (holder,) in connection.execute(_HOLDERS, (NOBODY,))
            )
        )

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """See `Accounts`: there is no other machine."""
        del machine, accounts
        return ()

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        """See `Accounts`."""
        return await self._file.act(lambda connection: balances_in(connection, accounts))

    async def first_told(self, account: str, fraction: str) -> bool:
        """See `MoneyAccounts`."""
        row = (account, fraction, time.time_ns() // 1_000)
        statement = "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?)"
        return await self._file.act(
            lambda connection: connection.execute(statement, row).rowcount == 1
        )

    async def told(self) -> tuple[tuple[str, str, int], ...]:
        """See `MoneyAccounts`."""
        return await self._file.act(
            lambda connection: tuple(connection.execute(_TOLD, (TOLD_MAX,)).fetchall())
        )

    async def close(self) -> None:
        """See `Accounts`."""
        await self._file.close()

    def _exchange(
        self, connection: sqlite3.Connection, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        over = connection.execute("SELECT 1 FROM ended WHERE holder = ?", (holder,)).fetchone()
        if over is not None:  # said before it died: nobody is there to be granted anything
            return tuple(
                Have(account=want.account, verdict="never", granted=want.held) for want in wants
            )
        return tuple(self._one(connection, holder, want) for want in wants)

    def _one(self, connection: sqlite3.Connection, holder: str, want: Want) -> Have:
        waiting = self._wanted.get(want.account, {})
        before = state_in(connection, want.account, waiting)
        after, have = exchange(before, holder, want)
        line, old = after.lines[holder], before.lines.get(holder)
        if old is None or (line.granted, line.returned) != (old.granted, old.returned):
            amounts = (*divmod(line.granted, PICO), *divmod(line.returned, PICO))
            connection.execute(_GRANT, (want.account, holder, *amounts))
        if line.wanted:
            self._wanted.setdefault(want.account, {})[holder] = line.wanted
        elif holder in waiting:
            del waiting[holder]
            if not waiting:
                del self._wanted[want.account]
        return have

    def _end(self, connection: sqlite3.Connection, holder: str) -> None:
        connection.execute("INSERT OR IGNORE INTO ended VALUES (?)", (holder,))
        _fold(connection, holder)
        for waiting in self._wanted.values():
            waiting.pop(holder, None)

    @staticmethod
    def _connect(path: Path, timeout_ms: int) -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=timeout_ms / 1_250
        )
        connection.execute("PRAGMA synchronous = FULL")
        with connection:  # all or nothing: half of it would count what was spent twice
            connection.execute("BEGIN IMMEDIATE")
            for (holder,) in connection.execute("SELECT holder FROM ended").fetchall():
                _fold(connection, holder)
            connection.execute("DELETE FROM ended")  # whoever they were, nobody listens to them now
        return connection


def state_in(
    connection: sqlite3.Connection, account: str, waiting: dict[str, int] | None = None
) -> MoneyState:
    """The lines of an account; `waiting` is what holders wait for."""
    sums: dict[str, list[int]] = {}
    for holder, *halves in connection.execute(_LINES, (account,)):
        amounts = [whole * PICO + rest for whole, rest in zip(*[iter(halves)] * 2, strict=True)]
        known = sums.setdefault(holder, [0, 0, 0])
        known[:] = [a + b for a, b in zip(known, amounts, strict=True)]
    before = sums.pop(NOBODY, [0, 0, 0])[2]
    waiting = waiting or {}
    lines = {
        holder: Line(granted=granted, returned=returned, spent=spent, wanted=waiting.get(holder, 0))
        for holder, (granted, returned, spent) in sums.items()
    }
    lines |= {
        holder: Line(wanted=wanted) for holder, wanted in waiting.items() if holder not in lines
    }
    return MoneyState(lines=lines, spent_before=before)


def balances_in(
    connection: sqlite3.Connection, accounts: Iterable[str] | None = None
) -> tuple[Balance, ...]:
    """What stands in these accounts, or in all, by name."""
    if accounts is None:
        accounts = [account for (account,) in connection.execute(_KNOWN)]
    states = [(account, state_in(connection, account)) for account in accounts]
    return tuple(
        Balance(account=account, spent=state.spent, held=state.outstanding)
        for account, state in states
        if state.lines or state.spent_before
    )


def _fold(connection: sqlite3.Connection, holder: str) -> None:
    connection.execute(_FOLD, (holder,))
    connection.execute("DELETE FROM spends WHERE holder = ?", (holder,))
    connection.execute("DELETE FROM grants WHERE holder = ?", (holder,))


def _touch(connection: sqlite3.Connection) -> None:
    """Writes the row of nobody, so that a full disk is noticed."""
    connection.execute(_GRANT, ("", NOBODY, 0, 0, 0, 0))
    connection.execute("DELETE FROM grants WHERE holder = ?", (NOBODY,))
