"""Dated prices, and what a usage costs under one.

A price is what one meter costs in a period; a meter that has no price is **unknown**, never
free. Arithmetic is exact (`Decimal`) and rounded once, at settlement.
"""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from detente.canonical.usage import TOKEN_CLASSES, Usage

PER_MILLION: Final = Decimal(1_000_000)
PICO_DIGITS: Final = 12
LEDGER_QUANTUM_USD: Final = Decimal("0.000000000001")
"""Costs are rounded once, to a picodollar: far below a token of the cheapest model."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment's tokens cost in `from_ ≤ t < until`, in US dollars a million tokens.

    `meters` maps a token class of `Usage` to its price. `source` says where a reader can
    check it (page and date); `id` names the row in the ledger.
    """

    id: str
    model: str
    provider: str
    meters: dict[str, Decimal]
    source: str
    from_: datetime | None = None
    until: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether the row is in force at `at` (half-open)."""
        return (self.from_ is None or self.from_ <= at) and (self.until is None or at < self.until)


def cost_usd(price: Price | None, usage: Usage) -> Decimal | None:
    """The cost of `usage` in US dollars, or None where any part of it is unknown.

    >>> p = Price(id="x", model="m", provider="p", source="example",
    ...           meters={"uncached_input_tokens": Decimal(2)})
    >>> cost_usd(p, Usage(uncached_input_tokens=500_000))
    Decimal('1.000000000000')
    >>> cost_usd(p, Usage(visible_output_tokens=1)) is None
    True
    """
    if price is None:
        return None
    total = Decimal(0)
    for name in TOKEN_CLASSES:
        tokens = getattr(usage, name)
        if not tokens:
            continue
        rate = price.meters.get(name)
        if rate is None:
            return None
        total += rate * tokens
    return (total / PER_MILLION).quantize(LEDGER_QUANTUM_USD, ROUND_HALF_EVEN)
