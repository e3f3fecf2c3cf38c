"""`price`: what a meter costs under an agreement, and since when.

Decides no request. Stands before the prices of the configuration and of the catalog
(`agreements.rates`), for deployments in scope; a price is a deployment's, so its scope names no
caller.

>>> Price(id="azure-2026/gpt-5", meter="input", amount=Decimal("1.25"))
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

import msgspec

from detente.agreements.clause import Clause, Role
from detente.agreements.money import USD, Amount, Currency
from detente.agreements.scope import Scope

Meter = Literal[
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_30m",
    "cache_write_1h",
    "cache_write_12h",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
]
"""As `[[prices]]` of the configuration names them."""
PriceUnit = Literal["million_tokens", "thousand_tokens", "token"]
UNITS_PER_MILLION: Final[Mapping[PriceUnit, Decimal]] = {
    "million_tokens": Decimal(1),
    "thousand_tokens": Decimal(1_000),
    "token": Decimal(1_000_000),
}
DEAREST_USD: Final = Decimal(1_000_000)
"""A million tokens never cost more: what does was meant in another unit, and no ledger holds it."""


class PriceTier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A volume price: what tokens cost beyond `over` tokens of the meter in a calendar month."""

    over: Amount
    amount: Amount


class Price(Clause, frozen=True, kw_only=True, tag="price"):
    """States what `unit` of `meter` costs.

    Either `amount`, or `tiers`, of which the first begins at 0. A request is charged the price
    of the tier that begins at 0; what volume saves is worked out over the month, in reports and
    replays. A `currency` other than US dollars needs `usd_per_unit`, as the agreement fixes it.
    """

    meter: Meter
    amount: Amount | None = None
    unit: PriceUnit = "million_tokens"
    currency: Currency = USD
    usd_per_unit: Amount | None = None
    tiers: tuple[PriceTier, ...] = ()

    @property
    def role(self) -> Role:
        """It decides nothing."""
        return "term"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Neither a price nor tiers, or both; tiers out of order; a scope that names callers."""
        return (
            *self._too_dear(),
            *tier_mistakes("amount", self.amount, tuple(t.over for t in self.tiers)),
            *caller_mistakes(self.scope),
        )

    def _too_dear(self) -> tuple[tuple[str, str], ...]:
        rate = self.usd_per_unit or (Decimal(1) if self.currency == USD else Decimal(0))
        per_unit = max((a for a in (self.amount, *(t.amount for t in self.tiers)) if a), default=0)
        if per_unit * UNITS_PER_MILLION[self.unit] * rate <= DEAREST_USD:
            return ()
        return (("unit", f"more than a dollar a token; is `{self.unit}` what is priced?"),)


def tier_mistakes(
    key: str, single: Amount | None, overs: tuple[Amount, ...]
) -> tuple[tuple[str, str], ...]:
    """What is wrong with a figure (`key`) and the tiers that may stand in its place."""
    if (single is None) == (not overs):
        return ((key, f"give either `{key}` or `tiers`"),)
    if overs and overs[0] != 0:
        return (("tiers", "the first tier has to begin at 0; give it `over = 0`"),)
    if any(later <= earlier for earlier, later in pairwise(overs)):
        return (("tiers", "each tier has to begin after the one before; put them in order"),)
    return ()


def caller_mistakes(scope: Scope) -> tuple[tuple[str, str], ...]:
    """What a scope may not say of a price: it is a deployment's, whoever calls and for whatever."""
    return tuple(
        ("scope", f"a price is a deployment's, and `{key}` is a request's; leave it out")
        for key in ("interface", "project", "labels")
        if getattr(scope, key) is not None
    )
