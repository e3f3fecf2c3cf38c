"""Accounts of money in PostgreSQL, which many machines share.

What was spent stands there already, written by each machine's ledger with the entries that it
belongs to. An exchange locks its accounts' rows in the order of their names, reads their lines,
lets `accounts.book` decide, and writes what the holder was granted: one transaction, so two
machines never grant the same money. A holder is a worker's life on a machine.

What a life spent that has ended is added up in one line of each account, so that lines stay as few
as lives that go on.

>>> money = PostgresMoney(database, lost_after_ms=3_600_000)
>>> (have,) = await money.exchange("gw-1", "w0-1p1", (want,))
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from detente.accounts.book import Line, MoneyState, exchange
from detente.accounts.messages import Have, Want
from detente.stores.interface import Balance, Kept
from detente.stores.postgres.connection import Connection, Database
from detente.stores.postgres.machines import keep

TOLD_MAX: Final = 1_000
_NOBODY: Final = ("", "")
"""Machine and holder of the line to which those of ended lives are added."""
_LOCK: Final = "SELECT account FROM accounts WHERE account = ANY($1) ORDER BY account FOR UPDATE"
_ADD: Final = (
    "INSERT INTO accounts SELECT a FROM unnest($1::text[]) AS r (a) ORDER BY a"
    " ON CONFLICT DO NOTHING"
)
_LINES: Final = """
    SELECT account, lines.machine, lines.holder, sum(granted), sum(returned), sum(spent),
        CASE WHEN bool_or(kept_us + lease_us < clock_us()) THEN 0 ELSE sum(wanted) END,
        bool_or(ended.holder IS NOT NULL),
        coalesce(bool_or(kept_us + $2 < heard_us), FALSE)
    FROM (
        SELECT account, machine, holder, granted, returned, 0 AS spent, wanted
        FROM grants WHERE account = ANY($1)
        UNION ALL
        SELECT account, machine, holder, 0, 0, spent, 0 FROM spends WHERE account = ANY($1)
    ) AS lines
        LEFT JOIN machines AS m ON m.machine = lines.machine AND kind = 'money'
        LEFT JOIN ended ON ended.machine = lines.machine AND ended.holder = lines.holder
        CROSS JOIN (
            SELECT max(kept_us) AS heard_us FROM machines
            WHERE kind = 'money' AND kept_us <= clock_us()
        ) AS anybody
    GROUP BY account, lines.machine, lines.holder
"""
_GRANT: Final = """
    INSERT INTO grants (account, machine, holder, granted, returned, wanted)
    SELECT a, $2, $3, g, r, w
    FROM unnest($1::text[], $4::numeric[], $5::numeric[], $6::numeric[]) AS r (a, g, r, w)
    ON CONFLICT (account, machine, holder) DO UPDATE
        SET granted = excluded.granted, returned = excluded.returned, wanted = excluded.wanted
"""
_WANTED: Final = """
    SELECT account, sum(wanted) FROM grants JOIN machines USING (machine)
    WHERE account = ANY($2) AND machine <> $1 AND wanted > 0 AND kind = 'money'
        AND kept_us + lease_us >= clock_us()
    GROUP BY account ORDER BY account
"""
_ACCOUNTS_OF: Final = """
    SELECT account FROM grants WHERE machine = $1 AND holder = $2
    UNION SELECT account FROM spends WHERE machine = $1 AND holder = $2 ORDER BY account
"""
_FOLD: Final = """
    INSERT INTO spends SELECT account, '', '', spent FROM spends
        WHERE machine = $1 AND holder = $2 ORDER BY account
    ON CONFLICT (account, machine, holder) DO UPDATE SET spent = spends.spent + excluded.spent
"""
_LOST: Final = """
    SELECT machine FROM machines AS m
    WHERE kind = 'money' AND kept_us + $1 < (
            SELECT max(kept_us) FROM machines WHERE kind = 'money' AND kept_us <= clock_us()
        )
        AND EXISTS (SELECT FROM grants WHERE machine = m.machine AND granted > returned)
    ORDER BY machine
"""
_KNOWN: Final = "SELECT account FROM spends UNION SELECT account FROM grants"


class PostgresMoney:
    """Implements `stores.interface.MoneyAccounts`. `lost_after_ms`: what a machine held that was
    silent for so long, while others were heard of, is nobody's until it is heard of again."""

    def __init__(self, database: Database, *, lost_after_ms: int) -> None:
        self._database = database
        self._lost_after_us = lost_after_ms * 1_000

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """See `Accounts`."""

        async def kept(connection: Connection) -> Kept:
            now = await keep(connection, machine, "money", lease_us=lease_us)
            rows = await connection.fetch(_LOST, self._lost_after_us)
            return Kept(lease_us=lease_us, now_us=now, lost=tuple(name for (name,) in rows))

        return await self._database.transact(kept)

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """See `Accounts`."""
        return await self._database.transact(lambda c: self._exchange(c, (machine, holder), wants))

    async def end(self, machine: str, holder: str) -> None:
        """See `Accounts`."""

        async def end(connection: Connection) -> None:
            of = (machine, holder)
            rows = await connection.fetch(_ACCOUNTS_OF, *of)
            await _lock(connection, {account for (account,) in rows})
            await connection.execute(
                "INSERT INTO ended VALUES ($1, $2) ON CONFLICT DO NOTHING", *of
            )
            await connection.execute(_FOLD, *of)
            await connection.execute("DELETE FROM spends WHERE machine = $1 AND holder = $2", *of)
            await connection.execute("DELETE FROM grants WHERE machine = $1 AND holder = $2", *of)

        await self._database.transact(end)

    async def holders(self, machine: str) -> frozenset[str]:
        """See `Accounts`."""
        query = "SELECT DISTINCT holder FROM grants WHERE machine = $1"
        rows = await self._database.run(lambda c: c.fetch(query, machine))
        return frozenset(holder for (holder,) in rows)

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """See `Accounts`."""
        rows = await self._database.run(lambda c: c.fetch(_WANTED, machine, accounts))
        return tuple((account, amount) for account, amount in rows)

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        """See `Accounts`."""

        async def states(connection: Connection) -> Mapping[str, _Account]:
            names = accounts
            if names is None:
                names = tuple(sorted(name for (name,) in await connection.fetch(_KNOWN)))
            return await self._states(connection, names)

        found = await self._database.run(states)
        return tuple(
            Balance(account=name, spent=of.state.spent, held=of.state.outstanding)
            for name, of in found.items()
            if of.state.lines or of.state.spent_before
        )

    async def first_told(self, account: str, fraction: str) -> bool:
        """See `MoneyAccounts`."""
        query = "INSERT INTO alerts VALUES ($1, $2, clock_us()) ON CONFLICT DO NOTHING"
        done = await self._database.run(lambda c: c.execute(query, account, fraction))
        return done.endswith(" 1")

    async def told(self) -> tuple[tuple[str, str, int], ...]:
        """See `MoneyAccounts`."""
        query = "SELECT account, fraction, told_us FROM alerts ORDER BY told_us DESC LIMIT $1"
        rows = await self._database.run(lambda c: c.fetch(query, TOLD_MAX))
        return tuple((account, fraction, told_us) for account, fraction, told_us in rows)

    async def close(self) -> None:
        """See `Accounts`."""
        await self._database.close()

    async def _exchange(
        self, connection: Connection, of: tuple[str, str], wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        names = {want.account for want in wants}
        await _lock(connection, names)
        query = "SELECT EXISTS (SELECT 1 FROM ended WHERE machine = $1 AND holder = $2)"
        if await connection.fetchval(query, *of):
            # Said before it died: nobody is there to be granted anything.
            return tuple(
                Have(account=want.account, verdict="never", granted=want.held) for want in wants
            )
        accounts = await self._states(connection, sorted(names))
        haves: list[Have] = []
        for want in wants:
            account = accounts[want.account]
            account.state, have = exchange(account.state, _name(of), want)
            haves.append(have)
        changed = [
            (name, line.granted, line.returned, line.wanted)
            for name, account in accounts.items()
            if (line := account.state.lines[_name(of)]) != account.before.get(_name(of))
        ]
        if changed:
            account_names, granted, returned, wanted = zip(*changed, strict=True)
            await connection.execute(_GRANT, account_names, *of, granted, returned, wanted)
        return tuple(haves)

    async def _states(
        self, connection: Connection, accounts: Iterable[str]
    ) -> dict[str, "_Account"]:
        lines: dict[str, dict[str, Line]] = {account: {} for account in accounts}
        before = dict.fromkeys(lines, 0)
        rows = await connection.fetch(_LINES, list(lines), self._lost_after_us)
        for account, machine, holder, granted, returned, spent, wanted, over, lost in rows:
            if over or (machine, holder) == _NOBODY:
                before[account] += spent
                continue
            lines[account][_name((machine, holder))] = Line(
                granted=granted, returned=returned, spent=spent, wanted=wanted, ended=lost
            )
        return {
            account: _Account(MoneyState(lines=held, spent_before=before[account]), held)
            for account, held in lines.items()
        }


class _Account(msgspec.Struct):
    """An account on its way through an exchange; `before` are its lines as they were read."""

    state: MoneyState
    before: Mapping[str, Line]


def _name(of: tuple[str, str]) -> str:
    """A holder among those of all machines; no machine's name has a line end."""
    return "\n".join(of)


async def _lock(connection: Connection, accounts: set[str]) -> None:
    """Locks the accounts' rows in the order of their names, whoever asks."""
    names = sorted(accounts)
    if len(await connection.fetch(_LOCK, names)) < len(names):
        await connection.execute(_ADD, names)
        await connection.fetch(_LOCK, names)
