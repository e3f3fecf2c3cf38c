"""`detente report concentration`: how much hangs on few, by publisher, provider and host.

detente report concentration --since 2026-10-01 --csv
"""

import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from detente.cli.amounts import amount
from detente.cli.facts import span_of
from detente.cli.progress import working
from detente.cli.report.printing import Config, Csv, File, Json, bar, printed
from detente.ledger.store.reading import LedgerReader
from detente.replay.concentration import (
    DIMENSIONS,
    AxisShares,
    Concentration,
)
from detente.replay.concentration import (
    concentration as concentration_of,
)
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load

NAME_WIDTH: Final = 12
"""What a name has at least, on a terminal of 80 columns."""
STYLES: Final = {"low": "green", "moderate": "yellow", "high": "red"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One share as a line of CSV; the indices are those of its axis, and repeat."""

    axis: str
    name: str
    requests: int
    share_of_requests: float | None
    tokens: int
    share_of_tokens: float | None
    cost_usd: Decimal
    share_of_cost: float | None
    cost_unknown: int
    index_of_requests: float | None
    index_of_tokens: float | None
    index_of_cost: float | None


def concentration(
    *,
    since: str | None = None,
    until: str | None = None,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show how much of the traffic hangs on few.

    Shares of what was served by publisher, provider and host, each with its Herfindahl index: the
    sum of the squared shares, 1 where one carries all. Providers on one host's machines are one by
    host.

    Parameters
    ----------
    since
        Only requests from this date or time on, in UTC.
    until
        Only requests before this date or time, in UTC.
    """
    setup = load(config)
    start, end = span_of(since, until)
    path = setup.ledger_place if ledger is None else ledger
    with closing(LedgerReader.open(path)) as reader, working("adding up the ledger"):
        sums = reader.sums(DIMENSIONS, since=start, until=end)
    found = concentration_of(sums, setup.world)
    if as_json and not as_csv:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    elif not printed(Row, _rows(found), as_json=as_json, as_csv=as_csv):
        _show(found)


def _show(found: Concentration) -> None:
    out = console()
    if not found.axes[0].shares:
        out.print("nothing was served in that time; there is nothing to share")
        return
    for axis in found.axes:
        out.print(_table(axis))
    for host, providers in found.shared_hosts.items():
        names = " and ".join(providers)
        out.print(Text(f"{names} stand on one host, {host}: an outage takes them all", "yellow"))


def _table(axis: AxisShares) -> Table:
    index = axis.index.requests or 0.0
    title = Text.assemble(
        f"by {axis.axis}, index {index:.2f} ",
        (f"({axis.reading})", STYLES[axis.reading or "low"]),
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column(axis.axis, overflow="fold", min_width=NAME_WIDTH)
    table.add_column("of requests", no_wrap=True)
    for name in ("requests", "tokens", "cost"):
        table.add_column(name, justify="right")
    for share in axis.shares:
        part = share.share.requests or 0.0
        drawn = bar(Decimal(str(part)), Decimal(1), None, "cyan").append(f" {part:6.1%}")
        cost = Text(amount(share.cost_usd, "usd"))
        if share.cost_unknown:
            cost.append(f" + {share.cost_unknown:,} unknown", style="magenta")
        table.add_row(Text(share.name), drawn, f"{share.requests:,}", f"{share.tokens:,}", cost)
    return table


def _rows(found: Concentration) -> list[Row]:
    return [
        Row(
            axis=axis.axis,
            name=share.name,
            requests=share.requests,
            share_of_requests=share.share.requests,
            tokens=share.tokens,
            share_of_tokens=share.share.tokens,
            cost_usd=share.cost_usd,
            share_of_cost=share.share.cost,
            cost_unknown=share.cost_unknown,
            index_of_requests=axis.index.requests,
            index_of_tokens=axis.index.tokens,
            index_of_cost=axis.index.cost,
        )
        for axis in found.axes
        for share in axis.shares
    ]
