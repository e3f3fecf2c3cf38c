"""`detente report commitments`: what was taken of each commitment, and what will be missing.

detente report commitments --at 2026-10-01
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich import box
from rich.table import Table
from rich.text import Text

from detente.cli.amounts import amount
from detente.cli.report.printing import (
    BAR_CELLS,
    CLAUSE_WIDTH,
    At,
    Config,
    Csv,
    File,
    Json,
    bar,
    day,
    moment,
    printed,
)
from detente.cli.report.sums import sums_of
from detente.reports.commitments import Balance, State, balances, commitments_of, cuts_of
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load

STYLES: Final[dict[State, str]] = {
    "not_begun": "dim",
    "on_pace": "green",
    "behind": "yellow",
    "open": "cyan",
    "met": "green",
    "missed": "red",
    "ended": "dim",
    "unknown": "magenta",
}


def commitments(
    *,
    at: At = None,
    history: Annotated[bool, Parameter(negative="")] = False,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show what was taken of each commitment, and what will be missing.

    A bar shows how much of what is due was taken, the mark in it how much a straight line asks
    for by now. The forecast goes on at the rate of the last thirty days.

    Parameters
    ----------
    history
        Show the periods that are over, too.
    """
    now = moment(at)
    setup = load(config)
    terms = commitments_of(setup.agreements, setup.events)
    sums = sums_of(setup, ledger, cuts_of(terms, now), [t.clause.takes for t in terms])
    found = balances(terms, setup.world.deployments, sums.uses, at=now, began_at=sums.began_at)
    rows = found if history else _latest(found)
    if printed(Balance, rows, as_json=as_json, as_csv=as_csv):
        return
    if rows:
        console().print(_table(rows))
    else:
        console().print("no agreement has a `commit` clause; nothing is committed")


def _latest(found: Sequence[Balance]) -> tuple[Balance, ...]:
    """The last period of each commitment."""
    return tuple({balance.clause: balance for balance in found}.values())


def _table(rows: Sequence[Balance]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("commitment", overflow="fold", min_width=CLAUSE_WIDTH)
    table.add_column("taken of what is due", overflow="fold", min_width=BAR_CELLS)
    table.add_column("state", no_wrap=True)
    table.add_column("forecast", overflow="fold")
    for row in rows:
        style = STYLES[row.state]
        table.add_row(
            Text.assemble(
                row.clause, (f"\n{day(row.period_start)} to {day(row.period_end)}", "dim")
            ),
            _taken(row, style),
            Text(row.state.replace("_", " "), style=style),
            _outlook(row),
        )
    return table


def _taken(row: Balance, style: str) -> Text:
    unit = "" if row.unit == "usd" else f" {row.unit}"
    text = Text(f"{amount(row.taken, row.unit)} of {amount(row.due, row.unit)}{unit}")
    if row.carried_over:
        text.append(f", {amount(row.carried_over, row.unit)} of it carried over", style="dim")
    if row.cost_unknown:
        text.append(f"\nand {row.cost_unknown:,} requests at an unknown price", style="magenta")
    if row.due is not None:
        text = Text.assemble(bar(row.taken, row.due, row.pace, style), "\n", text)
    return text


def _outlook(row: Balance) -> Text:
    if row.state == "met":
        return Text("-")
    if row.state == "missed":
        return Text(_missing(row), style="red")
    if row.forecast is None:
        return Text("-")
    text = Text(amount(row.forecast, row.unit))
    if row.shortfall:
        text.append(f"\n{_missing(row)}", style="yellow")
    return text


def _missing(row: Balance) -> str:
    verb = "is" if row.state == "missed" else "would be"
    return f"{amount(row.shortfall, row.unit)} {verb} {row.shortfall_is.replace('_', ' ')}"
