"""`detente ledger`: what was asked, who answered, what it cost, and which clause decided.

Reads the ledger of a configuration (`--config`) or a ledger's file (`--ledger`); writes
nothing. A running gateway's requests are in it at most 200 ms after they ended.

    detente ledger tail --follow
    detente ledger sum --by project --by day
"""

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number

from detente.canonical.entry import LedgerEntry
from detente.canonical.failure import ClientFault
from detente.cli.facts import span_of
from detente.cli.ledger_tables import (
    decision_text,
    entries_table,
    entry_text,
    sums_table,
)
from detente.cli.parameters import Json
from detente.cli.progress import working
from detente.configuration.located import did_you_mean
from detente.ledger.store.reading import DIMENSIONS, LABEL_PREFIX, LedgerReader
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load

FOLLOW_INTERVAL_S: Final = 0.2
"""How often `--follow` looks: soon enough for a person, too seldom to matter to the disk."""
FOLLOW_BLOCKS_MAX: Final = 100
"""Blocks read at once while following: about 6,000 entries."""
ENTRIES_MAX: Final = 100_000
"""As many as fit a terminal's memory; more is for `sum`."""

app = App(name="ledger", help="Read the ledger: what was asked, who answered, what it cost.")

Config = Annotated[Path, Parameter(help="The configuration whose ledger is meant.")]
File = Annotated[Path | None, Parameter(help="The ledger's file; then no configuration is read.")]
Several = Parameter(negative="", consume_multiple=False)


@app.command
def tail(
    *,
    lines: Annotated[
        int, Parameter(name=["--lines", "-n"], validator=Number(gte=0, lte=ENTRIES_MAX))
    ] = 20,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"], negative="")] = False,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
) -> None:
    """Show the last requests, oldest first.

    Parameters
    ----------
    lines
        How many.
    follow
        Go on with new ones as they come, until interrupted.
    """
    reader = _open(config, ledger)
    block = reader.last_block()
    _print_entries(reader.tail(lines), as_json=as_json, header=True)
    while follow:
        entries, block = reader.after(block, FOLLOW_BLOCKS_MAX)
        if entries:
            _print_entries(entries, as_json=as_json, header=False)
        else:
            time.sleep(FOLLOW_INTERVAL_S)


@app.command
def show(
    id_: Annotated[str, Parameter(name="ID")],
    /,
    *,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
) -> None:
    """Show one request with its attempts and the decision behind it, or one decision.

    Parameters
    ----------
    id_
        A request's id (header `x-detente-request-id`) or a decision's (`x-detente-decision`).
    """
    reader = _open(config, ledger)
    entry = reader.entry(id_)
    decided = id_ if entry is None else entry.decision
    decision = None if decided is None else reader.decision(decided)
    if entry is None and decision is None:
        raise ClientFault(
            "request_invalid",
            f"no request and no decision `{id_}` in this ledger; see `detente ledger tail`",
        )
    if as_json:
        facts = {"entry": entry and _entry(entry), "decision": decision and _named(decision)}
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    out = console()
    if entry is not None:
        out.print(entry_text(entry))
    if decision is not None:
        out.print(decision_text(decision))


@app.command(name="sum")
def sums(
    *,
    by: Annotated[tuple[str, ...], Several] = (),
    since: str | None = None,
    until: str | None = None,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
) -> None:
    """Sum requests, tokens and costs.

    Parameters
    ----------
    by
        Group by model, project, key, provider, deployment, decision, clause, outcome, status,
        rehearsed, day, month or `label:NAME`; may be given several times. By clause, a request
        stands in the group of each clause that decided it.
    since
        Only requests from this date or time on, in UTC.
    until
        Only requests before this date or time, in UTC.
    """
    for name in by:
        if name not in DIMENSIONS and not name.startswith(LABEL_PREFIX):
            known = [*DIMENSIONS, f"{LABEL_PREFIX}NAME"]
            raise ClientFault(
                "request_invalid", f"cannot sum by `{name}`; {did_you_mean(name, known)}"
            )
    start, end = span_of(since, until)
    reader = _open(config, ledger)
    with working("adding up the ledger"):
        rows = reader.sums(by, since=start, until=end)
    if as_json:
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
    else:
        console().print(sums_table(by, rows))


def _open(config: Path, ledger: Path | None) -> LedgerReader:
    return LedgerReader.open(load(config).ledger_place if ledger is None else ledger)


def _print_entries(entries: list[LedgerEntry], *, as_json: bool, header: bool) -> None:
    if as_json:
        for entry in entries:
            sys.stdout.write(msgspec.json.encode(_entry(entry)).decode() + "\n")
        sys.stdout.flush()
    else:
        console().print(entries_table(entries, header=header))


def _entry(entry: LedgerEntry) -> dict[str, object]:
    return {
        **_named(entry),
        "attempts": [_named(attempt) for attempt in entry.attempts],
        "screened": [_named(found) for found in entry.screened],
    }


def _named(record: msgspec.Struct) -> dict[str, object]:
    """A record, positional in the ledger, with the names of its fields."""
    return {name: getattr(record, name) for name in record.__struct_fields__}
