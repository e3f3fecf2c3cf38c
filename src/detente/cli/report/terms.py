"""`detente report terms`: until when notice has to be given, and how many days that leaves.

detente report terms --at 2026-10-01
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from detente.cli.report.printing import At, Config, Csv, Json, day, moment, printed
from detente.reports.terms import Notice, State, notices
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load

SOON_DAYS: Final = 30
STYLES: Final[dict[State, str]] = {
    "open": "green",
    "passed": "red",
    "over": "dim",
    "no_end": "cyan",
}


def terms(
    *,
    at: At = None,
    config: Config = Path(CONFIGURATION_NAME),
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Count the days until notice has to be given.

    The most urgent first; an end of which only a range is known counts from its earliest day.
    """
    setup = load(config)
    found = notices(setup.agreements, setup.events, at=moment(at))
    if printed(Notice, found, as_json=as_json, as_csv=as_csv):
        return
    if found:
        console().print(_table(found))
    else:
        console().print("no agreement has a `term` clause; no notice is asked for")


def _table(rows: Sequence[Notice]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("term", overflow="fold")
    for name in ("ends", "notice before"):
        table.add_column(name, no_wrap=True)
    table.add_column("days left", justify="right")
    table.add_column("besides", overflow="fold")
    for row in rows:
        soon = row.state == "open" and row.days_left is not None and row.days_left < SOON_DAYS
        left = "-" if row.days_left is None or row.state == "over" else f"{row.days_left:,}"
        table.add_row(
            Text(row.clause),
            day(row.ends_at),
            day(row.notice_by),
            Text(left, style="yellow" if soon else STYLES[row.state]),
            Text(_besides(row), style="dim"),
        )
    return table


def _besides(row: Notice) -> str:
    parts = [row.state.replace("_", " ")]
    if row.cure_days is not None:
        parts.append(f"{row.cure_days} days to cure a breach")
    if row.renews:
        parts.append(f"renews: {row.renews}")
    if row.survives:
        parts.append(f"survives: {', '.join(row.survives)}")
    return "; ".join(parts)
