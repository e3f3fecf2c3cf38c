"""The gateways that share a store: which of them live, by the store's clock.

A machine's heartbeat is one row for each kind of account. One that sends none for its lease is
gone: its windows cool, what it waits for is forgotten. One that was silent for `lost_after_ms` is
lost: what it held of money is free again, until it comes back and holds it again.

Silence is counted up to the last heartbeat of any machine, not up to now: nobody can be heard of
while the store is away, and a clock that is set says nothing of anybody. So the first that is heard
of after such a time leaves it out of everybody's silence.

>>> await keep(connection, "gw-1", "money", lease_us=30_000_000)
1_780_000_000_000_000
"""

from typing import Final, Literal

import msgspec

from detente.stores.postgres.connection import Connection

Kind = Literal["money", "windows"]
_NOBODY: Final = """
    SELECT clock_us() - max(kept_us) FROM machines
    WHERE kind = $1 AND kept_us BETWEEN 1 AND clock_us()
    HAVING max(kept_us + lease_us / 2) < clock_us()
"""
"""For how long nobody was heard of; no row before all have missed a heartbeat, which come four
times a lease, so that nobody is taken for gone. Who was given up (0) is not looked at."""
_LOCK: Final = "SELECT FROM machines WHERE kind = $1 ORDER BY machine FOR UPDATE"
_LEAVE_OUT: Final = """
    UPDATE machines SET kept_us = kept_us + $2
    WHERE kind = $1 AND kept_us BETWEEN 1 AND clock_us()
"""
_KEEP: Final = """
    INSERT INTO machines VALUES ($1, $2, clock_us(), $3)
    ON CONFLICT (machine, kind) DO UPDATE
    SET kept_us = excluded.kept_us, lease_us = excluded.lease_us
    RETURNING kept_us
"""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway and one kind of its leases: when it was last heard of, and for how long from then
    on they hold. Microseconds of the store's clock."""

    name: str
    kind: Kind
    kept_us: int
    lease_us: int


async def keep(connection: Connection, machine: str, kind: Kind, *, lease_us: int) -> int:
    """Notes that the machine lives; the store's clock in microseconds. For a transaction."""
    if await connection.fetchval(_NOBODY, kind) is not None:
        await connection.execute(_LOCK, kind)  # of all that come back at once, one does it
        silence_us = await connection.fetchval(_NOBODY, kind)
        if silence_us is not None:
            await connection.execute(_LEAVE_OUT, kind, silence_us)
    return int(await connection.fetchval(_KEEP, machine, kind, lease_us))


async def give_up(connection: Connection, machine: str) -> bool | None:
    """Counts the machine as lost from now on; False where its leases still hold, None where nobody
    knows it."""
    known = await connection.fetchval("SELECT count(*) FROM machines WHERE machine = $1", machine)
    if not known:
        return None
    lives = "SELECT bool_or(kept_us + lease_us >= clock_us()) FROM machines WHERE machine = $1"
    if await connection.fetchval(lives, machine):
        return False
    await connection.execute("UPDATE machines SET kept_us = 0 WHERE machine = $1", machine)
    return True


async def now_us(connection: Connection) -> int:
    """The store's clock in microseconds."""
    return int(await connection.fetchval("SELECT clock_us()"))


async def machines(connection: Connection) -> tuple[Machine, ...]:
    """All that ever were."""
    rows = await connection.fetch(
        "SELECT machine, kind, kept_us, lease_us FROM machines ORDER BY machine, kind"
    )
    return tuple(
        Machine(name=name, kind=kind, kept_us=kept, lease_us=lease)
        for name, kind, kept, lease in rows
    )
