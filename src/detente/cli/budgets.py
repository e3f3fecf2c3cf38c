"""`detente budgets`: what is spent, held and left of budgets and limits.

Asks the running gateway, which knows it to the last settlement. Where none runs, reads the stores
that the configuration names; nobody holds anything then.

    detente budgets --project shop
"""

import asyncio
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from detente.cli import BAD_NEWS
from detente.cli.amounts import amount
from detente.cli.parameters import HERE, GatewayConfig, Json
from detente.cli.running import answer_if_running, reasons
from detente.gateway.allowances.budget_book import (
    AccountShown,
    BudgetBook,
    BudgetsShown,
    Owners,
    unspent,
)
from detente.gateway.allowances.leasing import owners_in, place_of
from detente.stores.interface import Stored, StoreUnavailable
from detente.stores.opening import open_money, open_principals, open_windows
from detente.terminal import console
from detente.wiring import Setup, load

BAR_CELLS: Final = 12
ALERTS_SHOWN: Final = 10


def budgets(
    *,
    project: str | None = None,
    key: str | None = None,
    past: Annotated[bool, Parameter(negative="")] = False,
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Show what is spent, held and left of budgets and limits.

    Parameters
    ----------
    project
        Only those of this project and its keys.
    key
        Only those of this key.
    past
        Also what was spent in periods that are over.
    """
    asked = {"project": project, "key": key, "past": "true" if past else None}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    answer = answer_if_running(config, "GET", f"/admin/v1/budgets?{query}", b"")
    if answer is None:
        shown = asyncio.run(_at_rest(load(config), project=project, key=key, past=past))
    else:
        status, body = answer
        if status != 200:
            sys.stderr.write("".join(f"{reason}\n" for reason in reasons(body)))
            raise SystemExit(BAD_NEWS)
        shown = msgspec.json.decode(body, type=BudgetsShown)
    if as_json:
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
    else:
        _print(shown, of=key or project)


async def _at_rest(
    setup: Setup, *, project: str | None, key: str | None, past: bool
) -> BudgetsShown:
    """What the stores say where no gateway runs; one that never ran has spent nothing."""
    place = place_of(setup)
    embedded = place.store.url is None
    money, windows = open_money(place), open_windows(place)
    try:
        stored = Stored(version=0)
        if not embedded or place.ledger.is_file():
            stored = await open_principals(place).load()
        elif embedded:
            sys.stderr.write(f"no ledger at `{place.ledger}` yet, so nothing is spent\n")
            owners = owners_in(setup.configuration, stored)
            return unspent(owners, project=project, key=key, at=datetime.now(UTC))

        async def known() -> Owners:
            return owners_in(setup.configuration, stored)

        book = BudgetBook(money, windows, owners=known, wall=lambda: datetime.now(UTC))
        return await book.shown(project=project, key=key, past=past)
    except StoreUnavailable as fault:
        sys.stderr.write(f"{fault}; try again\n")
        raise SystemExit(BAD_NEWS) from None
    finally:
        await money.close()
        await windows.close()


def _print(shown: BudgetsShown, *, of: str | None) -> None:
    if not shown.accounts:
        sys.stdout.write(f"no budgets and no limits{'' if of is None else f' of `{of}`'}\n")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("ACCOUNT", "LIMIT", "SPENT", "HELD", "LEFT", "", "UNTIL"):
        right = heading in ("LIMIT", "SPENT", "HELD", "LEFT")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for account in shown.accounts:
        until = "" if account.ends_at is None else f"{account.ends_at:%Y-%m-%d %H:%M}"
        amounts = (account.limit, account.spent, account.held, account.left)
        table.add_row(
            Text(account.account, style="bold"),
            *(_amount(value, account.unit) for value in amounts),
            _bar(account),
            until,
        )
    console().print(table)
    for alert in shown.alerts[:ALERTS_SHOWN]:
        sys.stdout.write(f"{alert.at:%Y-%m-%d %H:%M} {alert.fraction} of {alert.account} spent\n")


def _amount(value: Decimal | None, unit: str) -> str:
    return "-" if value is None else amount(value, unit)


def _bar(account: AccountShown) -> Text:
    """How much is spent, and how much of the rest is held; a colour where little is left."""
    if not account.limit:
        return Text("")
    spent = min(BAR_CELLS, int(account.spent / account.limit * BAR_CELLS))
    held = min(BAR_CELLS - spent, round(account.held / account.limit * BAR_CELLS))
    style = "red" if account.spent >= account.limit else "yellow" if spent >= 10 else "green"
    return Text("█" * spent + "▒" * held + "░" * (BAR_CELLS - spent - held), style=style)
