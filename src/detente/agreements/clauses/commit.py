"""`commit`: money or volume that has to be taken in a period.

Rejects nothing. What it can be taken with (`eligible`, else its scope) is preferred while less
was taken than the linear pace asks for, the commitment that ends first before others. Balances
come from the ledger: `detente report commitments`.

>>> Commit(id="azure-2026/macc", amount=Decimal(1_000_000), period="year")
"""

from typing import Literal

from detente.agreements.clause import Clause, Role
from detente.agreements.money import USD, Amount, Currency, Period
from detente.agreements.scope import Scope
from detente.canonical.model import Deployment
from detente.canonical.question import Question

Measure = Literal["money", "tokens", "requests"]
Shortfall = Literal["invoiced", "carried_over", "forgiven"]


class Commit(Clause, frozen=True, kw_only=True, tag="commit"):
    """Demands that `amount` be taken in each `period`.

    `measure` is what is counted: the provider's bill, tokens in and out, or requests. A
    `currency` other than US dollars needs `usd_per_unit`, as the agreement fixes it. `eligible`
    is what counts towards it, where that is not what the clause's scope says. `shortfall` is
    what becomes of what was not taken. `already_taken` counts in the first period only: what was
    taken elsewhere, or before the ledger began.
    """

    amount: Amount
    measure: Measure = "money"
    currency: Currency = USD
    usd_per_unit: Amount | None = None
    period: Period = "term"
    eligible: Scope | None = None
    shortfall: Shortfall = "invoiced"
    already_taken: Amount | None = None

    @property
    def role(self) -> Role:
        """It orders."""
        return "commitment"

    @property
    def takes(self) -> Scope:
        """What counts towards it."""
        return self.scope if self.eligible is None else self.eligible

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it is about, and what counts towards it."""
        return (self.scope, self.takes)

    def admission(self, deployment: Deployment, question: Question) -> str:
        """What it makes of use."""
        del question
        return f"what `{deployment.id}` takes counts towards `{self.id}`"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A commitment without a start or, for its whole term, without an end has no pace."""
        found: list[tuple[str, str]] = []
        if self.amount == 0:
            found.append(("amount", "a commitment to nothing; leave the clause out"))
        return tuple(found)
