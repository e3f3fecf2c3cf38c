"""What can be said of the stores of a configuration: where, whether they answer, how full.

Reads only: an embedded store that is not there yet is not made. Raises nothing for a store that
does not answer; that is what it tells.

>>> [store.kind for store in statuses(place)]
['postgresql', 'valkey']
"""

import asyncio
import sqlite3
import time
from pathlib import Path

import msgspec

from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.schema import VERSIONS, version_of
from detente.stores.embedded.windows import FILE_NAME
from detente.stores.interface import StoreUnavailable
from detente.stores.opening import StorePlace


class MachineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway's leases of one kind; `ends_in_ms` is negative once they have ended."""

    machine: str
    kind: str
    ends_in_ms: int


class StoreStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One store. `problem` says why it cannot be used now, None where it can.

    `behind` are the steps of its schema that are missing. Sizes are None where they are unknown.
    """

    kind: str
    name: str
    holds: str
    problem: str | None = None
    latency_ms: float | None = None
    version: str | None = None
    behind: tuple[str, ...] = ()
    entries: int | None = None
    bytes: int | None = None
    machines: tuple[MachineStatus, ...] = ()


def statuses(place: StorePlace) -> tuple[StoreStatus, ...]:
    """All stores of a configuration, each asked once."""
    limits_url = place.store.limits_url
    holds = "ledger, keys, money, limits" if limits_url is None else "ledger, keys, money"
    if place.store.url is not None:
        first = (_of_postgres(place, place.store.url, holds),)
    else:
        first = (_of_ledger(place.ledger),)
        if limits_url is None:
            first = (*first, _of_limits(place.state / FILE_NAME))
    return first if limits_url is None else (*first, asyncio.run(_of_valkey(place, limits_url)))


def _of_ledger(path: Path) -> StoreStatus:
    found = StoreStatus(kind="sqlite", name=str(path), holds="ledger, keys, money")
    if not path.is_file():
        return _with(found, problem="it is not there yet; start `detente serve`")
    began = time.perf_counter()
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            version = version_of(connection)
            (entries,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        finally:
            connection.close()
    except (sqlite3.Error, LedgerUnusable) as error:
        return _with(found, problem=str(error))
    return msgspec.structs.replace(
        found,
        latency_ms=_ms_since(began),
        version=str(version),
        behind=tuple(str(step) for step in range(version + 1, len(VERSIONS) + 1)),
        entries=entries,
        bytes=path.stat().st_size,
    )


def _of_limits(path: Path) -> StoreStatus:
    found = StoreStatus(kind="sqlite", name=str(path), holds="limits")
    if not path.is_file():
        return _with(found, problem="it is not there yet; start `detente serve`")
    return msgspec.structs.replace(found, bytes=path.stat().st_size)


def _of_postgres(place: StorePlace, url: str, holds: str) -> StoreStatus:
    # Only who shares a store has its client, which is an extra.
    from detente.stores.postgres.status import Facts, facts  # noqa: PLC0415 - of an extra

    where = place.postgres(url)
    found = StoreStatus(kind="postgresql", name=where.name, holds=holds)
    try:
        told: Facts = asyncio.run(facts(where))
    except (StoreUnavailable, LedgerUnusable) as error:
        return _with(found, problem=str(error))
    return msgspec.structs.replace(
        found,
        problem=None if told.revision else "it has no schema yet; run `detente store migrate`",
        latency_ms=told.latency_ms,
        version=told.revision,
        behind=told.behind,
        entries=told.entries,
        bytes=told.bytes,
        machines=tuple(
            MachineStatus(
                machine=machine.name,
                kind=machine.kind,
                ends_in_ms=(machine.kept_us + machine.lease_us - told.now_us) // 1_000,
            )
            for machine in told.machines
        ),
    )


async def _of_valkey(place: StorePlace, url: str) -> StoreStatus:
    from detente.stores.valkey.server import Server  # noqa: PLC0415 - as of PostgreSQL

    where = place.valkey(url)
    found = StoreStatus(kind="valkey", name=where.name, holds="limits")
    server = Server(where)
    try:
        await server.ping()  # which connects
        began = time.perf_counter()
        await server.ping()
        return msgspec.structs.replace(found, latency_ms=_ms_since(began))
    except StoreUnavailable as error:
        return _with(found, problem=str(error))
    finally:
        await server.close()


def _with(status: StoreStatus, *, problem: str) -> StoreStatus:
    return msgspec.structs.replace(status, problem=problem)


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1_000, 3)
