"""`detente report covenants`: the promises that hold on a day, with their words.

detente report covenants --at 2026-10-01
"""

from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from detente.cli.report.printing import At, Config, Csv, Json, moment, printed
from detente.reports.covenants import Promise, standing
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load


def covenants(
    *,
    at: At = None,
    config: Config = Path(CONFIGURATION_NAME),
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List the promises that hold on a day.

    They decide no request, by what is known now. A date that is only known as a range leaves it
    open whether one holds; it is listed, and marked.
    """
    now = moment(None)
    setup = load(config)
    found = standing(
        setup.agreements, setup.events, at=now if at is None else moment(at), known_at=now
    )
    if printed(Promise, found, as_json=as_json, as_csv=as_csv):
        return
    if not found:
        console().print("no covenant holds on that day")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("covenant", overflow="fold")
    table.add_column("promise", overflow="fold", ratio=3)
    table.add_column("holds", overflow="fold")
    for promise in found:
        text = Text.assemble((promise.party, "bold"), f": {promise.text}")
        if promise.quote:
            text.append(f"\n“{promise.quote}”", style="italic")
        if promise.source:
            text.append(f"\n{promise.source}", style="dim")
        holds = Text(_holds(promise))
        if promise.doubtful:
            holds.append(f"\nor not: {', '.join(promise.doubtful)} is a range", style="yellow")
        table.add_row(Text(promise.clause), text, holds)
    console().print(table)


def _holds(promise: Promise) -> str:
    since = "" if promise.since is None else f"from {promise.since}"
    until = "for good" if promise.until is None else f"until {promise.until}"
    return f"{since} {until}".strip()
