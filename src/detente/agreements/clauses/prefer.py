"""`prefer`: a soft order among what is allowed.

Rejects nothing. `order` names holders, best first; what it does not name comes after all that
it names. Where as many live preferences want one deployment before another as the other way
round, they cancel.

>>> Prefer(id="house/eu-first", order=("provider:bedrock-frankfurt", "host:microsoft"))
"""

from typing import Annotated

from msgspec import Meta

from detente.agreements.clause import Clause, Role
from detente.agreements.matching import belongs
from detente.agreements.scope import Word, holder_mistakes
from detente.canonical.model import Deployment
from detente.canonical.question import Question


class Prefer(Clause, frozen=True, kw_only=True, tag="prefer"):
    """Wishes for an order."""

    order: Annotated[tuple[Word, ...], Meta(min_length=1)]

    @property
    def role(self) -> Role:
        """It orders."""
        return "preference"

    def place_of(self, deployment: Deployment) -> int:
        """The place of `deployment` in its order, from 0; what it does not name comes last."""
        for place, holder in enumerate(self.order):
            if belongs(deployment, holder):
                return place
        return len(self.order)

    def admission(self, deployment: Deployment, question: Question) -> str:
        """What it wishes."""
        del question
        place = self.place_of(deployment)
        if place == len(self.order):
            return f"`{self.id}` prefers others to `{deployment.id}`"
        return f"`{self.id}` prefers `{deployment.id}` ({place + 1} of {len(self.order)})"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders, or stand twice."""
        twice = {holder for holder in self.order if self.order.count(holder) > 1}
        return (
            *holder_mistakes("order", self.order),
            *(("order", f"`{holder}` stands twice; leave one out") for holder in sorted(twice)),
        )
