"""What a key or project may use and spend, as options of a command, and shown as such.

A budget is `100/month`, of a time zone `5/day@Europe/Berlin`, of some models `50/day~openai/*`, and
one that is only told of `20000/month soft`. A limit is `requests_per_minute=600`, of some models
`requests_per_minute=600~openai/*`.

>>> budget_text(scope_from(budgets=("100/month",)).budgets[0])
'100/month'
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Final, get_args

import msgspec
from cyclopts import Parameter

from detente.canonical.allowance import Period
from detente.canonical.failure import ClientFault
from detente.cli.facts import labels_from
from detente.configuration.callers import BudgetEntry, LimitEntry
from detente.configuration.located import did_you_mean
from detente.gateway.callers.key_forms import ScopeAsked

PERIODS: Final[tuple[Period, ...]] = get_args(Period)
LIMITS: Final = tuple(name for name in LimitEntry.__struct_fields__ if name != "model")
_BUDGET: Final = re.compile(r"(\d+(?:\.\d+)?)/([a-z]+)(?:@([^\s~]+))?(?:~(\S+))?( soft)?", re.ASCII)

Labels = Annotated[
    tuple[str, ...],
    Parameter(
        negative="", help="A label `name=value` of every request; may be given several times."
    ),
]
Models = Annotated[
    tuple[str, ...],
    Parameter(
        negative="",
        help="A pattern of models that may be used (`openai/*`); may be given several times.",
    ),
]
Deployments = Annotated[
    tuple[str, ...],
    Parameter(
        negative="",
        help="A pattern of deployments that may be used (`azure-*/*`); may be given several times.",
    ),
]
Budgets = Annotated[
    tuple[str, ...],
    Parameter(
        negative="",
        help="What may be spent, in dollars: `100/month`, `5/day@Europe/Berlin`, `50/day~openai/*`;"
        " `20/day soft` is only told of.",
    ),
]
Limits = Annotated[
    tuple[str, ...],
    Parameter(
        negative="",
        help="What may be asked: `requests_per_minute=600`, `concurrent_requests=20`,"
        " `tokens_per_day=1000000~openai/*`.",
    ),
]


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


def budget_text(budget: BudgetEntry) -> str:
    """The budget as its option says it; when it is told of is not among that."""
    zone = "" if budget.time_zone == "UTC" else f"@{budget.time_zone}"
    soft = "" if budget.hard else " soft"
    return f"{budget.usd:f}/{budget.period}{zone}{_narrowed(budget.model)}{soft}"


def limit_text(limit: LimitEntry) -> str:
    """The limit as its option says it."""
    (said,) = [f"{name}={n}" for name in LIMITS if (n := getattr(limit, name)) is not None]
    return said + _narrowed(limit.model)


def _narrowed(model: str | None) -> str:
    return "" if model is None else f"~{model}"


def _budget(text: str) -> BudgetEntry:
    found = _BUDGET.fullmatch(text)
    if found is None:
        said = f"`--budget` is none: `{text}`; write `100/month` or `5/day@Europe/Berlin`"
        raise ClientFault("request_invalid", said)
    usd, period, time_zone, model, soft = found.groups()
    if period not in PERIODS:
        said = f"`--budget`: unknown period `{period}`; {did_you_mean(period, list(PERIODS))}"
        raise ClientFault("request_invalid", said)
    return BudgetEntry(
        usd=Decimal(usd),
        period=msgspec.convert(period, Period),
        time_zone=time_zone or "UTC",
        hard=soft is None,
        model=model,
    )


def _limit(text: str) -> LimitEntry:
    said, narrowed, model = text.partition("~")
    name, _, amount = said.partition("=")
    if name not in LIMITS:
        message = f"`--limit`: unknown limit `{name}`; {did_you_mean(name, list(LIMITS))}"
        raise ClientFault("request_invalid", message)
    if not (amount.isascii() and amount.isdigit() and int(amount[:18]) > 0):
        message = f"`--limit` is none: `{text}`; write `{name}=600`"
        raise ClientFault("request_invalid", message)
    asked = {name: int(amount[:18]), "model": model if narrowed else None}
    return msgspec.convert(asked, LimitEntry)
