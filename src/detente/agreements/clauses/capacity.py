"""`capacity`: provisioned throughput, used first, and where its overflow may go.

What is in scope was paid for, used or not, and comes before anything that is paid by use. Once
a deployment in scope has refused this very request, others may take it only where `spill_to` and
`spill_zone` allow it.

>>> Capacity(id="azure/ptu", size=100, unit="ptu", spill_zone="eu")
"""

from typing import ClassVar, Literal

from detente.agreements.clause import Case, Prohibition
from detente.agreements.grid import Grid, both, either, outside
from detente.agreements.matching import belongs, fits, speaks_of_deployment
from detente.agreements.money import Amount
from detente.agreements.plan import Asked, Plan
from detente.agreements.reach import Places, pattern
from detente.agreements.scope import Word, Words, holder_mistakes, words
from detente.agreements.truth import Truth, all_of, any_of, missing, not_
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question

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

    beyond: ClassVar[bool] = True

    size: Amount
    unit: Unit
    tokens_per_minute_per_unit: Amount | None = None
    spill_to: tuple[Word, ...] | None = None
    spill_zone: Words | None = None

    def prepays(self, case: Case, deployment: Deployment) -> bool:
        """Whether `deployment` is in its scope for certain."""
        del case
        return speaks_of_deployment(self.scope, deployment) is True

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether it has overflown, and `deployment` may not take the overflow."""
        if self.spill_to is None and self.spill_zone is None:
            return False
        own = speaks_of_deployment(self.scope, deployment)
        overflown = any_of(*(speaks_of_deployment(self.scope, d) for d in case.refused()))
        return all_of(overflown, not_(own), not_(self._may_take(deployment)))

    def _may_take(self, d: Deployment) -> Truth:
        named = self.spill_to is None or any(belongs(d, holder) for holder in self.spill_to)
        near: Truth = True
        if self.spill_zone is not None:
            zone, zones = d.processing_zone, words(self.spill_zone)
            unknown = missing(f"processing zone of {d.id}")
            near = unknown if zone is None else any(fits(zone, wanted) for wanted in zones)
        return all_of(named, near)

    def prepare(self, plan: Plan) -> tuple[Grid, ...]:
        """What is in its scope, and what may take its overflow."""
        near = Grid(plan.all)
        if self.spill_zone is not None:
            yes, unknown, sought = 0, dict[int, frozenset[str]](), pattern(self.spill_zone)
            for index, d in enumerate(plan.deployments):
                if d.processing_zone is None:
                    unknown[1 << index] = frozenset((f"processing zone of {d.id}",))
                elif sought.fullmatch(d.processing_zone) is not None:
                    yes |= 1 << index
            near = Grid(yes, unknown)
        named = Grid(plan.all if self.spill_to is None else plan.held(self.spill_to))
        return (Places(plan).where(self.scope), both(named, near))

    def prepaid(self, plan: Plan, asked: Asked) -> int:
        """`prepays`, compiled."""
        del asked
        return plan.prepared[self.id][0].yes

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled."""
        if not asked.refusals or (self.spill_to is None and self.spill_zone is None):
            return Grid()
        own, takers = plan.prepared[self.id]
        gone = asked.refused & asked.serving
        if not gone & own.yes:
            doubts = [facts for bit, facts in own.open.items() if bit & gone]
            if not doubts:
                return Grid()
            overflown = plan.everywhere(frozenset[str]().union(*doubts))
        else:
            overflown = Grid(plan.all)
        return both(overflown, outside(either(own, takers), plan.all))

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("spill_to", self.spill_to or ())

    def admission(self, deployment: Deployment, question: Question) -> str:
        """Why it comes first."""
        del question
        return f"`{deployment.id}` is paid for by `{self.id}`, used or not"

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model, question
        to = "nowhere" if self.spill_to == () else f"only {self._whither()}"
        return f"`{self.id}` lets its overflow go {to}, not to `{deployment.id}`"

    def _whither(self) -> str:
        named = " or ".join(f"`{holder}`" for holder in self.spill_to or ())
        zones = " or ".join(f"`{zone}`" for zone in words(self.spill_zone))
        parts = (f"to {named}" if named else "", f"within {zones}" if zones else "")
        return " ".join(part for part in parts if part)
