"""What volume saves: tiers of `price` and `discount` clauses over a calendar month.

Requests are charged by the tier that begins at 0 (`rates`); who has a month's use works out here
what the whole of it costs, graduated: each tier prices only what lies beyond its `over`. Counts
no use itself.

>>> volume_cost_usd(clause, 3_000_000)
Decimal('5.50')
"""

from collections.abc import Sequence
from decimal import Decimal

from detente.agreements.clauses.discount import Discount
from detente.agreements.clauses.price import Price
from detente.agreements.rates import first_amount, per_million_usd
from detente.canonical.price import PER_MILLION


def volume_cost_usd(clause: Price, tokens: int) -> Decimal | None:
    """What `tokens` of the clause's meter in one calendar month cost, in US dollars.

    None where the agreement fixes no rate for its currency. Exact and not rounded.
    """
    tiers = sorted((tier.over, tier.amount) for tier in clause.tiers)
    if not tiers:
        amount = first_amount(clause)
        tiers = [] if amount is None else [(Decimal(0), amount)]
    total = Decimal(0)
    for part, amount in _parts(tiers, Decimal(tokens)):
        price = per_million_usd(clause, amount)
        if price is None:
            return None
        total += part * price / PER_MILLION
    return total


def volume_saving_usd(clause: Price, tokens: int) -> Decimal | None:
    """What the month costs less than `tokens` at the tier that begins at 0, in US dollars."""
    cost, amount = volume_cost_usd(clause, tokens), first_amount(clause)
    first = None if amount is None else per_million_usd(clause, amount)
    if cost is None or first is None:
        return None
    return tokens * first / PER_MILLION - cost


def volume_discount_usd(clause: Discount, spent_usd: Decimal) -> Decimal:
    """What a discount takes off the `spent_usd` of a calendar month, all tiers together.

    `spent_usd` is what was spent in scope before this discount.
    """
    tiers = sorted((tier.over, tier.percent) for tier in clause.tiers)
    if not tiers and clause.percent is not None:
        tiers = [(Decimal(0), clause.percent)]
    return sum((part * percent / 100 for part, percent in _parts(tiers, spent_usd)), Decimal(0))


def _parts(
    tiers: Sequence[tuple[Decimal, Decimal]], total: Decimal
) -> list[tuple[Decimal, Decimal]]:
    """How much of `total` lies in each tier, with the tier's own figure."""
    ends = [over for over, _ in tiers[1:]]
    return [
        (min(total, end) - over, figure)
        for (over, figure), end in zip(tiers, [*ends, total], strict=True)
        if total > over
    ]
