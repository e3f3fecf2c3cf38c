"""What a key or project may use and spend, as options of a command.

>>> scope_from(budgets=("100/month",), limits=("requests_per_minute=600",)).budgets[0].period
'month'
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, get_args

import msgspec

from detente.canonical.allowance import Period
from detente.canonical.failure import ClientFault
from detente.cli.facts import labels_from
from detente.configuration.callers import BudgetEntry, LimitEntry
from detente.configuration.located import did_you_mean
from detente.gateway.key_forms import ScopeAsked

PERIODS: Final[tuple[Period, ...]] = get_args(Period)
LIMITS: Final = tuple(name for name in LimitEntry.__struct_fields__ if name != "model")
_BUDGET: Final = re.compile(r"(\d+(?:\.\d+)?)/([a-z]+)(?:@(\S+))?", re.ASCII)


def scope_from(
    *,
    labels: Iterable[str] = (),
    models: tuple[str, ...] = (),
    deployments: tuple[str, ...] = (),
    budgets: Iterable[str] = (),
    limits: Iterable[str] = (),
) -> ScopeAsked:
    """The scope that options say; raises `ClientFault`."""
    return ScopeAsked(
        labels=labels_from(labels),
        models=models or None,
        deployments=deployments or None,
        budgets=tuple(_budget(text) for text in budgets),
        limits=tuple(_limit(text) for text in limits),
    )


def _budget(text: str) -> BudgetEntry:
    found = _BUDGET.fullmatch(text)
    if found is None:
        said = f"`--budget` is none: `{text}`; write `100/month` or `5/day@Europe/Berlin`"
        raise ClientFault("request_invalid", said)
    usd, period, time_zone = found.groups()
    if period not in PERIODS:
        said = f"`--budget`: unknown period `{period}`; {did_you_mean(period, list(PERIODS))}"
        raise ClientFault("request_invalid", said)
    return BudgetEntry(
        usd=Decimal(usd),
        period=msgspec.convert(period, Period),
        time_zone=time_zone or "UTC",
    )


def _limit(text: str) -> LimitEntry:
    name, _, amount = text.partition("=")
    if name not in LIMITS:
        said = f"`--limit`: unknown limit `{name}`; {did_you_mean(name, list(LIMITS))}"
        raise ClientFault("request_invalid", said)
    if not (amount.isascii() and amount.isdigit() and int(amount[:18]) > 0):
        said = f"`--limit` is none: `{text}`; write `{name}=600`"
        raise ClientFault("request_invalid", said)
    return msgspec.convert({name: int(amount[:18])}, LimitEntry)
