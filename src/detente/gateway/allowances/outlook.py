"""What requests to some deployments may cost at most, whoever asks: worked out once for all.

Not here: whose accounts count it (`terms`), and how much one request needs (`reservation`).

>>> outlook_of(plan, plane, now_us).flat
Rates(input_pico=2500000, output_pico=10000000, ...)
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from detente.accounts.bound import NO_HABITS, ModelHabits, habits_of
from detente.accounts.rates import CacheWrites, Priced, Rates, worst_rates
from detente.canonical.model import Deployment
from detente.gateway.routing import FOREVER_US, instant, microseconds
from detente.ledger.pricing import PriceBook

if TYPE_CHECKING:
    from detente.gateway.plane import Plane
    from detente.gateway.routing import Plan

RateClass = tuple[CacheWrites, bool]
"""What of a request decides which meters count: cached for how long, and whether sound is in it."""
OUTLOOKS_MAX: Final = 4_096
"""Orders of deployments that are kept at hand; the configuration and the agreements bound how many
there are."""


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What requests to some deployments may cost at most, whoever asks, from `since_us`
    until `until_us` (microseconds since the epoch): between two changes of a price.

    `priced` are the rows of every deployment's prices, and `rates` the dearest of them by what a
    request asks, each worked out when it is first needed; `flat` are those where that makes no
    difference, else None. `output_tokens_max` is the most that any of the deployments can write,
    `context_tokens` the most that one can read; None where unknown.
    """

    since_us: int = 0
    until_us: int = 0
    priced: tuple[tuple[str, Priced], ...] = ()
    rates: dict[RateClass, Rates | None] = {}
    flat: Rates | None = None
    output_tokens_max: int | None = None
    context_tokens: int | None = None
    habits: ModelHabits = NO_HABITS


def outlook_of(plan: "Plan", plane: "Plane", now_us: int) -> Outlook:
    """What the plan's requests may cost, whoever asks: worked out once for all callers."""
    order = (plan.model, plan.dialect, *[step.endpoint.deployment.id for step in plan.steps])
    outlook = plane.outlooks.get(order)
    if outlook is None or not outlook.since_us <= now_us < outlook.until_us:
        if len(plane.outlooks) >= OUTLOOKS_MAX:
            plane.outlooks.clear()
        outlook = plane.outlooks[order] = _made(plan, plane, instant(now_us))
    return outlook


def _made(plan: "Plan", plane: "Plane", at: datetime) -> Outlook:
    deployments = {step.endpoint.deployment.id: step.endpoint.deployment for step in plan.steps}
    books = (plane.cost_prices, plane.charge_prices)
    changes = _changes(books, deployments.values())
    now_us = microseconds(at)
    priced = tuple((name, _priced(books, one, at)) for name, one in deployments.items())
    able = [step.endpoint.target.capabilities for step in plan.steps]
    return Outlook(
        since_us=max((us for us in changes if us <= now_us), default=0),
        until_us=min((us for us in changes if us > now_us), default=FOREVER_US),
        priced=priced,
        flat=_flat([rows for _, rows in priced]),
        output_tokens_max=_largest([one.output_tokens_max for one in able]),
        context_tokens=_largest([one.context_tokens for one in able]),
        habits=_habits([plan.model, *deployments]),
    )


def _flat(priced: list[Priced]) -> Rates | None:
    """The rates that hold whatever a request asks; None where that makes a difference, as most
    prices for a prompt that is to be cached do."""
    plain = worst_rates(priced)
    return plain if plain == worst_rates(priced, cache_writes="1h", audio=True) else None


def _priced(books: tuple[PriceBook, PriceBook], deployment: Deployment, at: datetime) -> Priced:
    costs, charges = books
    return costs.tariffs_at(deployment, at), charges.tariffs_at(deployment, at)


def _changes(books: Iterable[PriceBook], deployments: Collection[Deployment]) -> list[int]:
    """When a price of any of them begins or ends, in microseconds since the epoch."""
    rows = [row for book in books for one in deployments for row in book.rows_of(one)]
    bounds = [bound for row in rows for bound in (row.from_, row.until)]
    return [microseconds(bound) for bound in bounds if bound is not None]


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
