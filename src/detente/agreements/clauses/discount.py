"""`discount`: so many per cent less than a price that holds without it.

Decides no request. Applies to the prices of the agreements, the configuration and the catalog,
for deployments in scope. Several discounts of one price are taken one after the other.

>>> Discount(id="aws-2026/bedrock", percent=Decimal(12))
"""

import msgspec

from detente.agreements.clause import Clause, Role
from detente.agreements.clauses.price import Meter, caller_mistakes, tier_mistakes
from detente.agreements.money import Amount, Percent


class DiscountTier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A volume discount: per cent off what is spent beyond `over` dollars in a calendar month."""

    over: Amount
    percent: Percent


class Discount(Clause, frozen=True, kw_only=True, tag="discount"):
    """Takes `percent` off the prices in scope, of all meters or of `meters`.

    Either `percent`, or `tiers`, of which the first begins at 0; as for prices, a request is
    charged by that one, and what volume saves is worked out over the month.
    """

    percent: Percent | None = None
    meters: tuple[Meter, ...] = ()
    tiers: tuple[DiscountTier, ...] = ()

    @property
    def role(self) -> Role:
        """It decides nothing."""
        return "term"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Neither a rate nor tiers, or both; tiers out of order; a scope that names callers."""
        return (
            *tier_mistakes("percent", self.percent, tuple(t.over for t in self.tiers)),
            *caller_mistakes(self.scope),
        )
