"""`detente report revenue-share`: what one party owes another of revenue, period by period.

detente report revenue-share --at 2026-10-01 --csv
"""

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from detente.cli.amounts import amount
from detente.cli.report.printing import (
    CLAUSE_WIDTH,
    At,
    Config,
    Csv,
    File,
    Json,
    day,
    moment,
    printed,
)
from detente.cli.report.sums import sums_of
from detente.reports.revenue_share import Accrual, accruals, cuts_of, shares_of
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load


def revenue_share(
    *,
    at: At = None,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show what one party owes another of revenue.

    What the ledger charged (or what it cost) times the rate, up to the cap, in each period that
    the cap counts by.
    """
    now = moment(at)
    setup = load(config)
    shares = shares_of(setup.agreements, setup.events)
    sums = sums_of(setup, ledger, cuts_of(shares, now), [s.clause.scope for s in shares])
    found = accruals(shares, setup.world.deployments, sums.uses, at=now)
    if printed(Accrual, found, as_json=as_json, as_csv=as_csv):
        return
    if found:
        console().print(_table(found))
    else:
        console().print("no agreement has a `revenue_share` clause; nothing is owed")


def _table(rows: Sequence[Accrual]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("clause", overflow="fold", min_width=CLAUSE_WIDTH)
    table.add_column("period", no_wrap=True)
    table.add_column("accrued", overflow="fold")
    table.add_column("owed", overflow="fold")
    for row in rows:
        table.add_row(
            Text.assemble(row.clause, (f"\n{row.payer} owes {row.payee}", "dim")),
            f"{day(row.period_start)}\nto {day(row.period_end)}",
            _accrued(row),
            _owed(row),
        )
    return table


def _accrued(row: Accrual) -> Text:
    rate = f"{row.rate_percent.normalize():f} %"
    text = Text(f"{amount(row.accrued_usd, 'usd')}\n")
    text.append(f"{rate} of {amount(row.base_usd, 'usd')} {row.base}", style="dim")
    if row.unknown:
        text.append(f"\nand {row.unknown:,} requests at an unknown price", style="magenta")
    return text


def _owed(row: Accrual) -> Text:
    text = Text(amount(row.owed_usd, "usd"), style="bold")
    if row.capped_usd:
        text.append(f"\ncapped by {amount(row.capped_usd, 'usd')}", style="yellow")
    elif row.left_usd is not None:
        text.append(f"\n{amount(row.left_usd, 'usd')} left under the cap", style="not bold dim")
    return text
