"""Which accounts apply to the requests of a plan, and what they may cost at most: worked out once.

Not here: what one request needs of them (`reservation`).

>>> terms_of(plan, caller, plane, purse, now_us).money
(<MoneyPocket of project:shop/usd/month@2026-11>,)
"""

from typing import TYPE_CHECKING, Final

from detente.accounts.rates import Rates, missing_price, worst_rates
from detente.accounts.rules import account_of
from detente.canonical.allowance import Limit
from detente.dialects import spec_of
from detente.gateway.allowances.denials import price_unknown
from detente.gateway.allowances.holds import Terms
from detente.gateway.allowances.outlook import RateClass, outlook_of
from detente.gateway.routing import instant, microseconds

if TYPE_CHECKING:
    from detente.gateway.allowances.purse import Purse
    from detente.gateway.callers.principals import Caller
    from detente.gateway.plane import Plane
    from detente.gateway.routing import Plan

HELD_US: Final = 60_000_000
"""Terms are made anew after a minute at the latest: a pocket that nobody used for two is forgotten
(`purse.FORGOTTEN_LOOKS`)."""


def terms_of(plan: "Plan", caller: "Caller", plane: "Plane", purse: "Purse", now_us: int) -> Terms:
    """The terms of `plan` at `now_us`, microseconds since the epoch."""
    at = instant(now_us)
    billed = spec_of(plan.dialect).billed
    accounts = [
        account_of(rule, at)
        for rule in caller.rules
        if rule.speaks_of(plan.model) and (billed or _counts_requests(rule.limit))
    ]
    outlook = outlook_of(plan, plane, now_us)
    ends_us = [microseconds(one.ends_at) for one in accounts if one.ends_at is not None]
    return Terms(
        min(now_us + HELD_US, outlook.until_us, *ends_us),
        tuple(purse.pocket(account) for account in accounts if account.rule.hard),
        tuple(account for account in accounts if not account.rule.hard),
        outlook=outlook,
    )


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


def _counts_requests(limit: Limit | None) -> bool:
    """Whether a rule counts what costs nothing, too: requests, not money or tokens."""
    return limit is not None and limit.measure != "tokens"
