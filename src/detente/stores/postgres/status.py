"""What a shared store says of itself: its revision, who uses it, how much it holds.

>>> (await facts(place)).revision
'0002'
"""

import time

import msgspec

from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.connection import FAILURES, Connection, connect, said
from detente.stores.postgres.machines import Machine, machines, now_us
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.revision import REVISIONS, revision_of


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`latency_ms` is one question's round trip. Without a `revision` nothing else is known.

    `entries` is as the server estimates it, and 0 until it first did.
    """

    latency_ms: float
    revision: str | None
    behind: tuple[str, ...] = ()
    entries: int = 0
    bytes: int = 0
    machines: tuple[Machine, ...] = ()
    now_us: int = 0


async def facts(place: PostgresPlace) -> Facts:
    """Asks it; raises `StoreUnavailable`, and `LedgerUnusable` where its schema is too new."""
    connection = await connect(place, purpose="detente status")
    try:
        began = time.perf_counter()
        await connection.fetchval("SELECT 1")
        latency_ms = round((time.perf_counter() - began) * 1_000, 3)
        revision = await revision_of(connection)
        if revision is None:
            return Facts(latency_ms=latency_ms, revision=None, behind=REVISIONS)
        return await _facts(connection, latency_ms, revision)
    except FAILURES as error:
        raise StoreUnavailable(said(place, error)) from None
    finally:
        connection.terminate()


async def _facts(connection: Connection, latency_ms: float, revision: str) -> Facts:
    entries, size = await connection.fetchrow(
        "SELECT greatest(reltuples, 0)::bigint, pg_database_size(current_database())"
        " FROM pg_class WHERE oid = to_regclass('entries')"
    )
    return Facts(
        latency_ms=latency_ms,
        revision=revision,
        behind=REVISIONS[REVISIONS.index(revision) + 1 :],
        entries=entries,
        bytes=size,
        machines=await machines(connection),
        now_us=await now_us(connection),
    )
