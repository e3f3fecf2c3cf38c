"""`revenue_share`: a share of revenue that one party owes another.

Decides no request. Accrues from the ledger: `detente report revenue-share`.

>>> RevenueShare(id="a/share", payer="openai", payee="microsoft", rate=Decimal(20))
"""

from typing import Literal

from detente.agreements.clause import Clause, Role
from detente.agreements.money import USD, Amount, Currency, Percent, Period
from detente.agreements.scope import Word

Base = Literal["charge", "cost"]
"""`charge` is what projects are billed (a reseller's revenue), `cost` what providers bill."""


class RevenueShare(Clause, frozen=True, kw_only=True, tag="revenue_share"):
    """States that `payer` owes `payee` `rate` per cent of what is in scope.

    `cap` bounds what is owed in `cap_basis`: the clause's whole term, or each year, quarter or
    month of it, counted from its start. A `currency` other than US dollars needs `usd_per_unit`.
    """

    payer: Word
    payee: Word
    rate: Percent
    base: Base = "charge"
    cap: Amount | None = None
    cap_basis: Period | None = None
    currency: Currency = USD
    usd_per_unit: Amount | None = None

    @property
    def role(self) -> Role:
        """It decides nothing."""
        return "term"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A party that owes itself."""
        if self.payer == self.payee:
            return (("payee", f"`{self.payee}` cannot owe itself; name another party"),)
        return ()
