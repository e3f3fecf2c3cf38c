"""Dated prices, and what a usage costs under one.

A price is what one meter costs in a period; a meter that has no price is **unknown**, never
free. A price may hold only under conditions: a prompt's length, a service tier, a zone; where it
cannot be told whether one is met, the price does not hold. Arithmetic is exact (`Decimal`) and
rounded once, at settlement.

>>> long = Price(id="x", model="m", provider="p", source="s", meters={}, input_tokens_over=200_000)
>>> long.counts_for(Usage(uncached_input_tokens=200_000))
False
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from detente.canonical.usage import TOKEN_CLASSES, Usage

PER_MILLION: Final = Decimal(1_000_000)
PICO_DIGITS: Final = 12
LEDGER_QUANTUM_USD: Final = Decimal("0.000000000001")
"""Costs are rounded once, to a picodollar: far below a token of the cheapest model."""
STANDARD: Final = "standard"
"""The tier of a request that asks for no other, in a price's condition."""

METERS: Final[Mapping[str, str]] = {
    "input": "uncached_input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write_5m": "cache_write_5m_tokens",
    "cache_write_30m": "cache_write_30m_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "cache_write_12h": "cache_write_12h_tokens",
    "output": "visible_output_tokens",
    "reasoning": "reasoning_output_tokens",
    "audio_input": "audio_input_tokens",
    "audio_output": "audio_output_tokens",
}
"""The words of files and clauses for the token classes of `Usage`."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment's tokens cost in `from_ ≤ t < until`, in US dollars a million tokens.

    `meters` maps a token class of `Usage` to its price. `source` says where a reader can
    check it (page and date); `id` names the row in the ledger.

    Conditions: `input_tokens_over` is the number of input tokens that a prompt must exceed (all
    its tokens then cost this); `tier` is the service tier that the answer names, `standard` where
    it names none, None for any; `zone` is a pattern for the deployment's processing zone, `!` for
    any other that is known, None for any. `deployment` is the id of the only deployment that the
    row speaks of, None for any.
    """

    id: str
    model: str
    provider: str
    meters: dict[str, Decimal]
    source: str
    from_: datetime | None = None
    until: datetime | None = None
    input_tokens_over: int = 0
    tier: str | None = None
    zone: str | None = None
    deployment: str | None = None

    @property
    def depends_on_usage(self) -> bool:
        """Whether only an answer tells if the row counts."""
        return bool(self.input_tokens_over) or self.tier is not None

    def counts_for(self, usage: Usage) -> bool:
        """Whether the row counts for an answer with that usage."""
        if self.input_tokens_over and usage.input_tokens <= self.input_tokens_over:
            return False
        return self.tier is None or self.tier == (usage.tier or STANDARD)

    def speaks_of(self, deployment: str) -> bool:
        """Whether the deployment of that id is not left out; its model and place apart."""
        return self.deployment is None or self.deployment == deployment

    def holds_in(self, zone: str | None) -> bool:
        """Whether the row counts where prompts are processed in `zone`, None where unknown."""
        if self.zone is None:
            return True
        if zone is None:
            return False
        if self.zone.startswith("!"):
            return not fnmatchcase(zone, self.zone[1:])
        return fnmatchcase(zone, self.zone)

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
