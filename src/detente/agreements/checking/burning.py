"""The most that forecast use can take of a commitment, bounded by what is provisioned.

Never less than what can be taken: where several forecasts share a capacity, each is counted as if
it had it alone. None where a price that is needed is unknown. Which deployments are permitted is
for the caller to say.

>>> taken([forecast], options, measure="money")
Decimal('1200')
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Measure
from detente.agreements.matching import fits
from detente.canonical.forecast import Forecast
from detente.canonical.model import Deployment
from detente.canonical.price import Price, cost_usd
from detente.canonical.usage import Usage

MONTH: Final = timedelta(days=365.25 / 12)
MINUTES_A_MONTH: Final = Decimal(43_830)
"""365.25 / 12 days."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a forecast's use may go: what a month of all of it takes of the commitment,
    and which part of it fits there."""

    deployment: str
    monthly: Decimal
    part: Decimal


def months(since: datetime, until: datetime) -> Decimal:
    """How many months of 365.25 / 12 days lie between."""
    return Decimal((until - since) / MONTH)


def most(options: Iterable[Option]) -> Decimal:
    """The most that a month of one forecast's use can take, the dearest places first."""
    left, total = Decimal(1), Decimal(0)
    for option in sorted(options, key=lambda option: (-option.monthly, option.deployment)):
        part = min(left, option.part)
        total += part * option.monthly
        left -= part
    return total


def monthly_measure(
    measure: Measure,
    forecast: Forecast,
    deployment: Deployment,
    prices: Sequence[Price],
    *,
    at: datetime,
) -> Decimal | None:
    """What a month of that use at `deployment` counts: dollars, tokens or requests."""
    match measure:
        case "requests":
            return Decimal(forecast.requests_per_month)
        case "tokens":
            return Decimal(forecast.input_tokens_per_month + forecast.output_tokens_per_month)
        case "money":
            return _monthly_usd(forecast, deployment, prices, at)


def part_that_fits(
    forecast: Forecast, deployment: Deployment, capacities: Iterable[Capacity]
) -> Decimal:
    """How much of a month's use, from 0 to 1, what is provisioned or configured there can take."""
    provisioned = [_part(forecast, c.unit, _per_minute(c)) for c in capacities]
    known = [part for part in provisioned if part is not None]
    # Two orders for one deployment add up; one of which nobody knows the size bounds nothing.
    parts = [sum(known, Decimal(0))] if known and len(known) == len(provisioned) else []
    if (own := deployment.capacity) is not None:
        for unit, size in (
            ("requests_per_minute", own.requests_per_minute),
            ("tokens_per_minute", own.tokens_per_minute),
        ):
            part = _part(forecast, unit, None if size is None else Decimal(size))
            if part is not None:
                parts.append(part)
    return min((Decimal(1), *parts))


def _monthly_usd(
    forecast: Forecast, deployment: Deployment, prices: Sequence[Price], at: datetime
) -> Decimal | None:
    usage = Usage(
        uncached_input_tokens=forecast.input_tokens_per_month,
        visible_output_tokens=forecast.output_tokens_per_month,
    )
    requests = max(1, forecast.requests_per_month)
    typical = Usage(uncached_input_tokens=forecast.input_tokens_per_month // requests)
    for price in prices:
        if (
            names(price, deployment)
            and price.holds_at(at)
            and (price.counts_for(typical) if forecast.requests_per_month else _is_plain(price))
        ):
            return cost_usd(price, usage)
    return None


def names(price: Price, deployment: Deployment) -> bool:
    """Whether a price row speaks of the deployment, at any time and for any use."""
    return (
        price.deployment in (None, deployment.id)
        and fits(deployment.model, price.model)
        and fits(deployment.provider, price.provider)
        and price.holds_in(deployment.processing_zone)
    )


def _is_plain(price: Price) -> bool:
    """Whether a row holds for short prompts in the usual tier: who forecasts tokens alone."""
    return price.counts_for(Usage())


def _per_minute(capacity: Capacity) -> Decimal | None:
    if capacity.unit != "ptu":
        return capacity.size
    each = capacity.tokens_per_minute_per_unit
    return None if each is None else each * capacity.size


def _part(forecast: Forecast, unit: str, per_minute: Decimal | None) -> Decimal | None:
    """How much of the month's use fits into so much a minute; None where that is not known."""
    if per_minute is None:
        return None
    demand = {
        "requests_per_minute": forecast.requests_per_month,
        "input_tokens_per_minute": forecast.input_tokens_per_month,
        "output_tokens_per_minute": forecast.output_tokens_per_month,
    }.get(unit, forecast.input_tokens_per_month + forecast.output_tokens_per_month)
    return per_minute * MINUTES_A_MONTH / demand if demand else Decimal(1)
