"""`capacity`: provisioned throughput, used first, and where its overflow may go.

What is in scope was paid for, used or not, and comes before anything that is paid by use. Once
a deployment in scope has refused this very request, others may take it only where `spill_to` and
`spill_zone` allow it.

>>> Capacity(id="azure/ptu", size=100, unit="ptu", spill_zone="eu")
"""

from typing import Literal

from detente.agreements.clause import Prohibition
from detente.agreements.money import Amount
from detente.agreements.scope import Word, Words, holder_mistakes

Unit = Literal[
    "requests_per_minute",
    "tokens_per_minute",
    "input_tokens_per_minute",
    "output_tokens_per_minute",
    "ptu",
]
"""What is provisioned. `ptu` are Azure's units, Bedrock's model units or Google's GSUs: what one
can carry differs by model, so `tokens_per_minute_per_unit` says it."""


class Capacity(Prohibition, frozen=True, kw_only=True, tag="capacity"):
    """Puts what is in scope first, and keeps its overflow where it may go.

    `spill_to` names holders; left out, overflow may go anywhere that other clauses allow, and
    the empty list means nowhere. `spill_zone` are processing zones (patterns).
    """

    size: Amount
    unit: Unit
    tokens_per_minute_per_unit: Amount | None = None
    spill_to: tuple[Word, ...] | None = None
    spill_zone: Words | None = None

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("spill_to", self.spill_to or ())
