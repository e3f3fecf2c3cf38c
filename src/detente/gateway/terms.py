"""Which accounts apply to the requests of a plan, and what they may cost at most: worked out once.

Not here: what one request needs of them (`reservation`).

>>> terms_of(plan, caller, plane, purse, now_us).money
(<MoneyPocket of project:shop/usd/month@2026-11>,)
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from detente.accounts.bound import ModelHabits, habits_of
from detente.accounts.rates import Priced, Rates, missing_price, worst_rates
from detente.accounts.rules import Account, account_of
from detente.canonical.allowance import Limit
from detente.canonical.model import Deployment
from detente.dialects import spec_of
from detente.gateway.denials import price_unknown
from detente.gateway.holds import RateClass, Terms
from detente.gateway.routing import microseconds
from detente.ledger.pricing import PriceBook

if TYPE_CHECKING:
    from detente.gateway.plane import Plane
    from detente.gateway.principals import Caller
    from detente.gateway.purse import Purse
    from detente.gateway.routing import Plan

HELD_US: Final = 60_000_000
"""Terms are made anew after a minute at the latest: a pocket that nobody used for two is forgotten
(`purse.FORGOTTEN_LOOKS`)."""


def terms_of(plan: "Plan", caller: "Caller", plane: "Plane", purse: "Purse", now_us: int) -> Terms:
    """The terms of `plan` at `now_us`, microseconds since the epoch."""
    at = datetime.fromtimestamp(now_us / 1_000_000, UTC)
    billed = spec_of(plan.dialect).billed
    accounts = [
        account_of(rule, at)
        for rule in caller.rules
        if rule.speaks_of(plan.model) and (billed or _counts_requests(rule.limit))
    ]
    deployments = {step.endpoint.deployment.id: step.endpoint.deployment for step in plan.steps}
    books = (plane.cost_prices, plane.charge_prices)
    until = _first(_ends(accounts), _changes(books, deployments.values(), at))
    held_us = now_us + HELD_US
    terms = Terms(
        held_us if until is None else min(held_us, microseconds(until)),
        tuple(purse.pocket(account) for account in accounts if account.rule.hard),
        tuple(account.id for account in accounts if not account.rule.hard),
    )
    terms.priced = tuple(
        (name, _priced(books, deployment, at)) for name, deployment in deployments.items()
    )
    if terms.money:
        terms.flat = _flat([priced for _, priced in terms.priced])
    able = [step.endpoint.target.capabilities for step in plan.steps]
    terms.output_tokens_max = _largest([one.output_tokens_max for one in able])
    terms.context_tokens = _largest([one.context_tokens for one in able])
    terms.habits = _habits([plan.model, *deployments])
    return terms


def rates_of(terms: Terms, asks: RateClass) -> Rates:
    """The dearest rates for a request that asks so; raises `ClientFault` `price_unknown`."""
    if asks not in terms.rates:
        cache_writes, audio = asks
        priced = [priced for _, priced in terms.priced]
        terms.rates[asks] = worst_rates(priced, cache_writes=cache_writes, audio=audio)
    rates = terms.rates[asks]
    if rates is None:
        reasons = (missing_price(name, priced) for name, priced in terms.priced)
        raise price_unknown(next((said for said in reasons if said), "no price of it is known"))
    return rates


def _flat(priced: list[Priced]) -> Rates | None:
    """The rates that hold whatever a request asks; None where that makes a difference, as most
    prices for a prompt that is to be cached do."""
    plain = worst_rates(priced)
    return plain if plain == worst_rates(priced, cache_writes="1h", audio=True) else None


def _counts_requests(limit: Limit | None) -> bool:
    """Whether a rule counts what costs nothing, too: requests, not money or tokens."""
    return limit is not None and limit.measure != "tokens"


def _priced(books: tuple[PriceBook, PriceBook], deployment: Deployment, at: datetime) -> Priced:
    costs, charges = books
    return costs.tariffs_at(deployment, at), charges.tariffs_at(deployment, at)


def _ends(accounts: Iterable[Account]) -> list[datetime]:
    return [account.ends_at for account in accounts if account.ends_at is not None]


def _changes(
    books: Iterable[PriceBook], deployments: Iterable[Deployment], at: datetime
) -> list[datetime]:
    """When a price of any of them begins or ends, later than `at`."""
    rows = [row for one in deployments for book in books for row in book.rows_of(one)]
    bounds = [bound for row in rows for bound in (row.from_, row.until)]
    return [bound for bound in bounds if bound is not None and bound > at]


def _first(*groups: list[datetime]) -> datetime | None:
    return min((moment for group in groups for moment in group), default=None)


def _largest(values: list[int | None]) -> int | None:
    """The largest, None where one is not known."""
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _habits(names: list[str]) -> ModelHabits:
    """What any of the deployments may add by itself."""
    habits = [habits_of(name) for name in names]
    return ModelHabits(
        added_tokens=max(one.added_tokens for one in habits),
        certain=all(one.certain for one in habits),
    )
