"""Accounts of windows in PostgreSQL, where no other store has the limits.

An account is one row with its whole state (`accounts.window`). An exchange locks its accounts' rows
in the order of their names, reads the store's clock, decides, and writes them: one transaction.
What a machine held whose leases ended cools from when another asks for it; where none has, the
machine holds it again once it is back. Where the database itself was away they all come back, and
each has the rest of its lease to say so (`machines`).

>>> windows = PostgresWindows(database)
>>> (have,) = await windows.exchange("gw-1", "w0-1p1", (want,))
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from detente.accounts.messages import Have, Want
from detente.accounts.window import WindowState, ended, exchange, opened, wanted
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
_SHARE: Final = (
    "INSERT INTO shares SELECT $1, $2, a FROM unnest($3::text[]) AS r (a) ON CONFLICT DO NOTHING"
)
_SHARES: Final = "SELECT account FROM shares WHERE machine = $1 AND holder = $2"
_HOLDERS: Final = "SELECT DISTINCT holder FROM shares WHERE machine = $1"
_UNSHARE: Final = "DELETE FROM shares WHERE machine = $1 AND holder = $2"
_GONE: Final = """
    SELECT machine FROM machines
    WHERE machine = ANY($1) AND kind = 'windows' AND kept_us + lease_us < clock_us()
"""
_SOME: Final = """
    SELECT account, state FROM windows WHERE account > $1 ORDER BY account LIMIT $2
    FOR UPDATE SKIP LOCKED
"""
SWEPT_AT_ONCE: Final = 64
"""Accounts that a heartbeat looks at, to drop what nobody holds and nothing cools in."""
LOCKS_MAX: Final = 3
"""Tries to lock an account that others drop at the same time."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(WindowState).decode


class PostgresWindows:
    """Implements `stores.interface.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept = ""

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """See `Accounts`."""

        async def kept(connection: Connection) -> int:
            await self._sweep(connection)
            return await keep(connection, machine, "windows", lease_us=lease_us)

        now = await self._database.transact(kept)
        return Kept(lease_us=lease_us, now_us=now)

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """See `Accounts`."""

        async def exchanged(connection: Connection) -> tuple[Have, ...]:
            states = await _locked(connection, {want.account for want in wants})
            now = await now_us(connection)
            gone = await _gone(connection, states.values())
            name = _name(machine, holder)
            new = [account for account, state in states.items() if name not in state.shares]
            haves: list[Have] = []
            for want in wants:
                states[want.account], have = exchange(
                    states[want.account], name, want, now_us=now, gone=gone
                )
                haves.append(have)
            await _write(connection, states)
            if new:
                await connection.execute(_SHARE, machine, holder, new)
            return tuple(haves)

        return await self._database.transact(exchanged)

    async def end(self, machine: str, holder: str) -> None:
        """See `Accounts`."""
        await self._database.transact(lambda c: _end(c, machine, holder))

    async def holders(self, machine: str) -> frozenset[str]:
        """See `Accounts`."""
        rows = await self._database.run(lambda c: c.fetch(_HOLDERS, machine))
        return frozenset(holder for (holder,) in rows)

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

    async def _sweep(self, connection: Connection) -> None:
        """Drops some accounts that nobody uses: they begin anew as they were."""
        rows = await connection.fetch(_SOME, self._swept, SWEPT_AT_ONCE)
        self._swept = rows[-1][0] if len(rows) == SWEPT_AT_ONCE else ""
        now = await now_us(connection)
        states = {account: _decode(blob) for account, blob in rows}
        idle = [
            account
            for account, state in states.items()
            if not state.shares and all(at_us <= now for at_us, _ in state.pool)
        ]
        if idle:
            await connection.execute("DELETE FROM windows WHERE account = ANY($1)", idle)


def _name(machine: str, holder: str) -> str:
    """A holder among those of all machines; no machine's name has a line end."""
    return f"{machine}\n{holder}"


async def _locked(connection: Connection, accounts: set[str]) -> dict[str, WindowState]:
    """The accounts' states, with their rows locked in the order of their names."""
    names = sorted(accounts)
    for _ in range(LOCKS_MAX):
        rows = await connection.fetch(_LOCK, names)
        if len(rows) == len(names):
            return {account: _decode(state) for account, state in rows}
        new = _encode(opened(await now_us(connection)))
        await connection.execute(_ADD, names, new)
    raise TimeoutError


async def _end(connection: Connection, machine: str, holder: str) -> None:
    """What it held cools from now on."""
    rows = await connection.fetch(_SHARES, machine, holder)
    names = sorted({account for (account,) in rows})
    found = await connection.fetch(_LOCK, names)
    now = await now_us(connection)
    name = _name(machine, holder)
    states = {account: ended(_decode(state), name, now) for account, state in found}
    await _write(connection, states)
    await connection.execute(_UNSHARE, machine, holder)


async def _write(connection: Connection, states: Mapping[str, WindowState]) -> None:
    blobs = [_encode(state) for state in states.values()]
    await connection.execute(_WRITE, list(states), blobs)


async def _read(connection: Connection, accounts: tuple[str, ...]) -> dict[str, WindowState]:
    rows = await connection.fetch(_READ, accounts)
    return {account: _decode(state) for account, state in rows}


async def _gone(connection: Connection, states: Collection[WindowState]) -> tuple[str, ...]:
    """Those who hold something and whose machine's leases have ended."""
    named = sorted({name for state in states for name in state.shares})
    machines = sorted({name.partition("\n")[0] for name in named})
    rows = await connection.fetch(_GONE, machines)
    over = {machine for (machine,) in rows}
    return tuple(name for name in named if name.partition("\n")[0] in over)
