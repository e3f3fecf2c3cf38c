"""Accounts of windows in PostgreSQL, where no other store has the limits.

An account is one row with its whole state (`accounts.window`). An exchange locks its accounts' rows
in the order of their names, reads the store's clock, decides, and writes them: one transaction.
Holders whose machine's leases ended, or whose life did, are taken out by whoever comes next.

>>> windows = PostgresWindows(database)
>>> (have,) = await windows.exchange("gw-1", "w0-1p1", (want,))
"""

from collections.abc import Collection
from typing import Final

import msgspec

from detente.accounts.messages import Have, Want
from detente.accounts.window import WindowState, exchange, opened, wanted
from detente.stores.interface import Balance, Kept
from detente.stores.postgres.connection import Connection, Database
from detente.stores.postgres.machines import keep, now_us

_LOCK: Final = (
    "SELECT account, state FROM windows WHERE account = ANY($1) ORDER BY account FOR UPDATE"
)
_READ: Final = "SELECT account, state FROM windows WHERE account = ANY($1) ORDER BY account"
_ADD: Final = (
    "INSERT INTO windows SELECT a, $2 FROM unnest($1::text[]) AS r (a) ORDER BY a"
    " ON CONFLICT DO NOTHING"
)
_WRITE: Final = """
    UPDATE windows SET state = s FROM unnest($1::text[], $2::bytea[]) AS r (a, s)
    WHERE account = a
"""
_GONE: Final = """
    SELECT m || E'\\n' || h FROM unnest($1::text[], $2::text[]) AS r (m, h)
        LEFT JOIN machines ON machine = m
    WHERE kept_us IS NULL OR kept_us + lease_us < clock_us()
        OR EXISTS (SELECT 1 FROM windows_ended AS e WHERE e.machine = m AND e.holder = h)
"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(WindowState).decode


class PostgresWindows:
    """Implements `stores.interface.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """See `Accounts`."""
        now = await self._database.run(lambda c: keep(c, machine, lease_us=lease_us))
        return Kept(lease_us=lease_us, now_us=now)

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """See `Accounts`."""

        async def exchanged(connection: Connection) -> tuple[Have, ...]:
            states = await _locked(connection, {want.account for want in wants})
            now = await now_us(connection)
            gone = await _gone(connection, states.values())
            haves: list[Have] = []
            for want in wants:
                states[want.account], have = exchange(
                    states[want.account], _name(machine, holder), want, now_us=now, gone=gone
                )
                haves.append(have)
            blobs = [_encode(state) for state in states.values()]
            await connection.execute(_WRITE, list(states), blobs)
            return tuple(haves)

        return await self._database.transact(exchanged)

    async def end(self, machine: str, holder: str) -> None:
        """See `Accounts`."""
        query = "INSERT INTO windows_ended VALUES ($1, $2) ON CONFLICT DO NOTHING"
        await self._database.run(lambda c: c.execute(query, machine, holder))

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """See `Accounts`."""

        async def waited_for(connection: Connection) -> tuple[tuple[str, int], ...]:
            states = await _read(connection, accounts)
            now = await now_us(connection)
            gone = await _gone(connection, states.values())
            found: list[tuple[str, int]] = []
            for account, state in states.items():
                own = {name for name in state.shares if name.startswith(_name(machine, ""))}
                amount = wanted(state, own | set(gone), now)
                if amount:
                    found.append((account, amount))
            return tuple(found)

        return await self._database.run(waited_for)

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        """See `Accounts`."""

        async def balanced(connection: Connection) -> tuple[Balance, ...]:
            names = accounts
            if names is None:
                rows = await connection.fetch("SELECT account FROM windows ORDER BY account")
                names = tuple(name for (name,) in rows)
            states = await _read(connection, names)
            now = await now_us(connection)
            return tuple(
                Balance(
                    account=account,
                    spent=sum(amount for at_us, amount in state.pool if at_us > now),
                    held=sum(share.held for share in state.shares.values()),
                )
                for account, state in states.items()
            )

        return await self._database.run(balanced)

    async def close(self) -> None:
        """See `Accounts`."""
        await self._database.close()


def _name(machine: str, holder: str) -> str:
    """A holder among those of all machines; no machine's name has a line end."""
    return f"{machine}\n{holder}"


async def _locked(connection: Connection, accounts: set[str]) -> dict[str, WindowState]:
    """The accounts' states, with their rows locked in the order of their names."""
    names = sorted(accounts)
    rows = await connection.fetch(_LOCK, names)
    if len(rows) < len(names):
        new = _encode(opened(await now_us(connection)))
        await connection.execute(_ADD, names, new)
        rows = await connection.fetch(_LOCK, names)
    return {account: _decode(state) for account, state in rows}


async def _read(connection: Connection, accounts: tuple[str, ...]) -> dict[str, WindowState]:
    rows = await connection.fetch(_READ, accounts)
    return {account: _decode(state) for account, state in rows}


async def _gone(connection: Connection, states: Collection[WindowState]) -> tuple[str, ...]:
    """Those who hold something and do not live any more, or whose machine does not."""
    named = sorted({name for state in states for name in state.shares})
    if not named:
        return ()
    parts = [name.split("\n", 1) for name in named]
    rows = await connection.fetch(_GONE, [m for m, _ in parts], [h for _, h in parts])
    return tuple(name for (name,) in rows)
