"""The gateways that share a store: which of them live, by the store's clock.

A machine's heartbeat is one row. One that sends none for its lease is gone: its windows cool, what
it waits for is forgotten. One that was silent for `lost_after_ms` is lost: what it held of money is
free again, until it comes back and holds it again.

>>> await keep(connection, "gw-1", lease_us=30_000_000)
1_780_000_000_000_000
"""

from typing import Final

import msgspec

from detente.stores.postgres.connection import Connection

_KEEP: Final = """
    INSERT INTO machines VALUES ($1, clock_us(), $2)
    ON CONFLICT (machine) DO UPDATE SET kept_us = excluded.kept_us, lease_us = excluded.lease_us
    RETURNING kept_us
"""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway: when it was last heard of, and for how long from then on its leases hold.
    Microseconds of the store's clock."""

    name: str
    kept_us: int
    lease_us: int

    def lives_at(self, now_us: int) -> bool:
        """Whether its leases hold."""
        return now_us <= self.kept_us + self.lease_us


async def keep(connection: Connection, machine: str, *, lease_us: int) -> int:
    """Notes that the machine lives; the store's clock in microseconds."""
    return int(await connection.fetchval(_KEEP, machine, lease_us))


async def now_us(connection: Connection) -> int:
    """The store's clock in microseconds."""
    return int(await connection.fetchval("SELECT clock_us()"))


async def machines(connection: Connection) -> tuple[Machine, ...]:
    """All that ever were."""
    rows = await connection.fetch("SELECT machine, kept_us, lease_us FROM machines ORDER BY 1")
    return tuple(Machine(name=name, kept_us=kept, lease_us=lease) for name, kept, lease in rows)
