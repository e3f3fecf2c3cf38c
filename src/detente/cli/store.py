"""`detente store`: where ledger, keys and accounts live, and bringing a shared store up to date.

Asks the stores themselves, so it works while no gateway runs.

    detente store status
    detente store migrate --rehearse
"""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import App, Parameter
from rich.table import Table

from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.parameters import Json
from detente.cli.progress import working
from detente.gateway.allowances.leasing import place_of
from detente.ledger.failures import LedgerUnavailable
from detente.stores.interface import StoreUnavailable
from detente.stores.opening import StorePlace
from detente.stores.status import StoreStatus, statuses
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load

if TYPE_CHECKING:
    from detente.stores.postgres.place import PostgresPlace

app = App(name="store", help="Show where ledger, keys and limits live; migrate a shared store.")

Config = Annotated[Path, Parameter(help="The configuration whose stores are meant.")]


class Migrated(msgspec.Struct, frozen=True, kw_only=True):
    """What `migrate` did, or with `rehearsed` would have done."""

    store: str
    added: tuple[str, ...]
    rehearsed: bool


@app.command
def status(*, config: Config = Path(CONFIGURATION_NAME), as_json: Json = False) -> None:
    """Show each store: whether it answers, its version, its size, and the machines that share it.

    Ends with 1 where a store cannot be used now.
    """
    place = _place(config)
    with working("asking the stores"):
        found = statuses(place)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        console().print(_stores(found))
        if any(store.machines for store in found):
            console().print(_machines(found))
    if any(store.problem for store in found):
        raise SystemExit(BAD_NEWS)


@app.command
def migrate(
    *,
    rehearse: Annotated[bool, Parameter(negative="")] = False,
    sql: Annotated[bool, Parameter(negative="")] = False,
    config: Config = Path(CONFIGURATION_NAME),
    as_json: Json = False,
) -> None:
    """Bring a shared PostgreSQL up to date, as a gateway does by itself when it starts.

    Files of a single machine are brought up to date by the gateway that uses them.

    Parameters
    ----------
    rehearse
        Do all of it in a transaction that is then undone, and say what it would have done.
    sql
        Print the SQL, and change nothing.
    """
    where = _shared(_place(config))
    # An extra's libraries, which a single machine need not have.
    from detente.stores.postgres.migrating import migrate, missing, sql_from  # noqa: PLC0415

    try:
        if sql:
            present, behind = asyncio.run(missing(where))
            sys.stdout.write(sql_from(present) if behind else "")
            return
        with working("migrating"):
            added = asyncio.run(migrate(where, rehearse=rehearse))
    except StoreUnavailable as error:
        raise LedgerUnavailable(f"{error}; start it, or correct `[store] url`") from None
    done = Migrated(store=where.name, added=added, rehearsed=rehearse)
    if as_json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
    else:
        sys.stdout.write(_said(done) + "\n")


@app.command
def release(
    machine: str, /, *, config: Config = Path(CONFIGURATION_NAME), as_json: Json = False
) -> None:
    """Give up what a machine that is lost for good still holds of budgets, at once.

    By itself that happens `store.lost_after_ms` after it was last heard of. What it spent and never
    told is not counted. Where it comes back after all, what it tells counts, and may be more than
    a budget has.

    Parameters
    ----------
    machine
        The machine's name, as `detente store status` shows it.
    """
    where = _shared(_place(config))
    from detente.stores.postgres.connection import connect  # noqa: PLC0415 - see `migrate`
    from detente.stores.postgres.machines import give_up  # noqa: PLC0415 - see `migrate`

    async def given_up() -> bool | None:
        connection = await connect(where)
        try:
            async with connection.transaction():
                return await give_up(connection, machine)
        finally:
            await connection.close()

    try:
        done = asyncio.run(given_up())
    except StoreUnavailable as error:
        raise LedgerUnavailable(f"{error}; start it, or correct `[store] url`") from None
    if done is None:
        known = "`detente store status` shows those that there are"
        raise ClientFault("request_invalid", f"no machine `{machine}` shares the store; {known}")
    if not done:
        message = f"the leases of `{machine}` still hold; stop its gateway, or wait until they end"
        raise ClientFault("request_invalid", message)
    if as_json:
        sys.stdout.write(msgspec.json.encode({"released": machine}).decode() + "\n")
    else:
        sys.stdout.write(f"what `{machine}` held and did not spend is free again\n")


def _said(done: Migrated) -> str:
    if not done.added:
        return f"{done.store} is up to date"
    what = "would be added" if done.rehearsed else "added"
    return f"{done.store}: {', '.join(done.added)} {what}"


def _shared(place: StorePlace) -> "PostgresPlace":
    """The PostgreSQL that the machines share."""
    if place.store.url is None:
        raise ClientFault(
            "request_invalid",
            "this configuration shares no store; set `[store] url` to a PostgreSQL",
        )
    return place.postgres(place.store.url)


def _place(config: Path) -> StorePlace:
    try:
        return place_of(load(config))
    except (KeyError, OSError):
        raise ClientFault(
            "request_invalid",
            "a password of `[store]` cannot be read; set its variable, or make its file readable",
        ) from None


def _stores(found: tuple[StoreStatus, ...]) -> Table:
    table = Table("store", "holds", "version", "latency", "entries", "size", "state", box=None)
    for store in found:
        behind = f"lacks {', '.join(store.behind)}" if store.behind else "ready"
        table.add_row(
            f"{store.kind} {store.name}",
            store.holds,
            store.version or "",
            "" if store.latency_ms is None else f"{store.latency_ms:.1f} ms",
            "" if store.entries is None else f"{store.entries:,}",
            "" if store.bytes is None else f"{store.bytes / 1e6:,.1f} MB",
            store.problem or behind,
        )
    return table


def _machines(found: tuple[StoreStatus, ...]) -> Table:
    table = Table("machine", "leases of", "state", box=None)
    for store in found:
        for machine in store.machines:
            seconds = abs(machine.ends_in_ms) / 1_000
            state = f"ends in {seconds:.0f} s" if machine.ends_in_ms >= 0 else "ended"
            table.add_row(machine.machine, machine.kind, state)
    return table
