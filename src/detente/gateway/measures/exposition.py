"""What is counted (`metrics`), as Prometheus reads it: names, meanings, labels.

`docs/reference/metrics.md` is made from `FAMILIES`. Names follow
https://prometheus.io/docs/practices/naming/ (read 2026-11-22): base units, totals end in `_total`.

>>> exposed(Figures(), ()).splitlines()[0]
b'# HELP detente_requests_total Requests in the ledger, by how they ended.'
"""

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import Final, Literal

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from detente import __version__
from detente.gateway.allowances.budget_book import AccountShown
from detente.gateway.measures.metrics import Figures

PICO_USD: Final = 1_000_000_000_000
ACCOUNTS_MAX: Final = 500
"""Budgets that are told, the fullest first."""
Sample = tuple[tuple[str, ...], float]
"""The labels' values and the number."""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One metric: its name, without the `_total` of a counter, what it means, its labels."""

    name: str
    kind: Literal["counter", "gauge"]
    meaning: str
    labels: tuple[str, ...] = ()

    @property
    def exposed_name(self) -> str:
        """The name that a query has."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


REQUESTS: Final = Family(
    name="detente_requests",
    kind="counter",
    meaning="Requests in the ledger, by how they ended.",
    labels=("outcome", "status", "project", "model", "deployment"),
)
OPEN: Final = Family(
    name="detente_requests_open", kind="gauge", meaning="Requests without a settlement yet."
)
HELD: Final = Family(
    name="detente_held_requests",
    kind="gauge",
    meaning="Requests and answers that wait for an operator's word.",
)
INTERRUPTED: Final = Family(
    name="detente_requests_interrupted",
    kind="counter",
    meaning="Requests that a worker's death ended.",
)
ORPHANS: Final = Family(
    name="detente_orphans", kind="counter", meaning="Settlements without an intent: always 0."
)
BACKLOG: Final = Family(
    name="detente_journal_backlog_bytes",
    kind="gauge",
    meaning="Bytes of journals on disk, which the ledger has not cleared up yet.",
)
FINDINGS: Final = Family(
    name="detente_guardrail_findings",
    kind="counter",
    meaning="What policies on content, and platforms by themselves (no policy), found and did;"
    " what did not run counts once a request.",
    labels=("policy", "category", "treatment", "stage"),
)
RESTARTS: Final = Family(
    name="detente_worker_restarts",
    kind="counter",
    meaning="New lives of a worker that had died.",
    labels=("worker",),
)
ASKS: Final = Family(
    name="detente_lease_round_trips",
    kind="counter",
    meaning="Times that workers asked for slices of budgets and limits.",
)
RESERVED: Final = Family(
    name="detente_reservations",
    kind="counter",
    meaning="Requests that a budget or limit applied to, and that were reserved.",
)
WAITED: Final = Family(
    name="detente_reservation_waits",
    kind="counter",
    meaning="Reservations that waited for a slice, or for others to settle.",
)
REFUSED: Final = Family(
    name="detente_refusals",
    kind="counter",
    meaning="Requests refused by a budget or limit, by code and kind of account.",
    labels=("code", "account"),
)
EXCESS_REQUESTS: Final = Family(
    name="detente_excess_requests",
    kind="counter",
    meaning="Requests that used more than was reserved for them.",
)
EXCESS_USD: Final = Family(
    name="detente_excess_usd",
    kind="counter",
    meaning="Money that requests cost beyond what was reserved for them.",
)
EXCESS_TOKENS: Final = Family(
    name="detente_excess_tokens",
    kind="counter",
    meaning="Tokens that requests used beyond what was reserved for them.",
)
STORE_UP: Final = Family(
    name="detente_store_up",
    kind="gauge",
    meaning="1 while the store answers, 0 while it does not.",
    labels=("store",),
)
OUTAGES: Final = Family(
    name="detente_store_outages",
    kind="counter",
    meaning="Outages of the store.",
    labels=("store",),
)
OUTAGE_S: Final = Family(
    name="detente_store_outage_seconds",
    kind="counter",
    meaning="Time without the store, the outage under way included.",
    labels=("store",),
)
LEASE_LEFT: Final = Family(
    name="detente_lease_left_seconds",
    kind="gauge",
    meaning="Time until this machine's leases end, unless they are renewed.",
    labels=("store",),
)
KEYS_VERSION: Final = Family(
    name="detente_keys_version",
    kind="gauge",
    meaning="The number of changes of the key store that the workers were told.",
)
BUDGET_LIMIT: Final = Family(
    name="detente_budget_limit_usd",
    kind="gauge",
    meaning="A budget's whole amount in the period that runs.",
    labels=("account",),
)
BUDGET_SPENT: Final = Family(
    name="detente_budget_spent_usd",
    kind="gauge",
    meaning="What was spent of a budget in the period that runs.",
    labels=("account",),
)
BUDGET_LEFT: Final = Family(
    name="detente_budget_left_usd",
    kind="gauge",
    meaning="What of a budget is neither spent nor leased.",
    labels=("account",),
)
ADMIN_REFUSED: Final = Family(
    name="detente_admin_refusals",
    kind="counter",
    meaning="Requests that the admin API refused: many `key_invalid` are somebody trying keys.",
    labels=("code",),
)
INFO: Final = Family(
    name="detente_info", kind="gauge", meaning="Always 1; says the version.", labels=("version",)
)

FAMILIES: Final = (
    *(REQUESTS, OPEN, HELD, INTERRUPTED, ORPHANS, BACKLOG, FINDINGS, RESTARTS),
    *(ASKS, RESERVED, WAITED, REFUSED, EXCESS_REQUESTS, EXCESS_USD, EXCESS_TOKENS),
    *(STORE_UP, OUTAGES, OUTAGE_S, LEASE_LEFT, KEYS_VERSION),
    *(BUDGET_LIMIT, BUDGET_SPENT, BUDGET_LEFT, ADMIN_REFUSED, INFO),
)


def exposed(figures: Figures, accounts: Collection[AccountShown]) -> bytes:
    """Everything in Prometheus's text format; `accounts` are told as far as there is room."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Exposed(figures, accounts))
    return generate_latest(registry)


class _Exposed(Collector):
    def __init__(self, figures: Figures, accounts: Collection[AccountShown]) -> None:
        self._figures = figures
        self._accounts = accounts

    def collect(self) -> Iterator[Metric]:
        for samples in (_counted, _leased, _stored):
            for family, found in samples(self._figures):
                yield _metric(family, found)
        for family, found in _budgets(self._accounts):
            yield _metric(family, found)
        yield _metric(INFO, [((__version__,), 1)])


def _metric(family: Family, samples: Iterable[Sample]) -> Metric:
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(family.name, family.meaning, labels=family.labels)
    for labels, number in samples:
        metric.add_metric(labels, number)
    return metric


def _counted(figures: Figures) -> Iterator[tuple[Family, list[Sample]]]:
    yield REQUESTS, [(labels, number) for labels, number in figures.requests.items()]
    yield OPEN, [((), figures.open)]
    yield HELD, [((), figures.held())]
    yield INTERRUPTED, [((), figures.interrupted)]
    yield ORPHANS, [((), figures.orphans)]
    yield BACKLOG, [((), figures.backlog_bytes())]
    yield FINDINGS, [(labels, number) for labels, number in figures.findings.items()]
    refused = figures.admin_refused.items()
    yield ADMIN_REFUSED, [((code,), number) for code, number in refused]
    yield RESTARTS, [((worker,), number) for worker, number in figures.restarts.items()]


def _leased(figures: Figures) -> Iterator[tuple[Family, list[Sample]]]:
    total = figures.leases()
    yield ASKS, [((), total.asks)]
    yield RESERVED, [((), total.reserved)]
    yield WAITED, [((), total.waited)]
    yield REFUSED, [(_code_and_kind(name), number) for name, number in total.refused.items()]
    yield EXCESS_REQUESTS, [((), total.excess_requests)]
    yield EXCESS_USD, [((), total.excess_pico_usd / PICO_USD)]
    yield EXCESS_TOKENS, [((), total.excess_tokens)]


def _code_and_kind(name: str) -> tuple[str, str]:
    code, _, kind = name.partition(" ")
    return code, kind


def _stored(figures: Figures) -> Iterator[tuple[Family, list[Sample]]]:
    stores = [(name, tell()) for name, tell in figures.stores.items()]
    yield STORE_UP, [((name,), int(store.up)) for name, store in stores]
    yield OUTAGES, _known((name, store.outages) for name, store in stores)
    yield OUTAGE_S, _known((name, store.outage_s) for name, store in stores)
    left = ((name, store.lease_left_s) for name, store in stores)
    yield LEASE_LEFT, [(labels, max(0.0, number)) for labels, number in _known(left)]
    version = figures.keys_version()
    yield KEYS_VERSION, [] if version is None else [((), version)]


def _known(numbers: Iterable[tuple[str, float | None]]) -> list[Sample]:
    return [((name,), number) for name, number in numbers if number is not None]


def _budgets(accounts: Iterable[AccountShown]) -> Iterator[tuple[Family, list[Sample]]]:
    money = [one for one in accounts if one.unit == "usd"]
    told = sorted(money, key=_fullness, reverse=True)[:ACCOUNTS_MAX]
    yield BUDGET_LIMIT, _known((one.account, _float(one.limit)) for one in told)
    yield BUDGET_SPENT, _known((one.account, _float(one.spent)) for one in told)
    yield BUDGET_LEFT, _known((one.account, _float(one.left)) for one in told)


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _fullness(account: AccountShown) -> Decimal:
    return account.spent / account.limit if account.limit else Decimal(1)
