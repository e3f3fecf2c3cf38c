"""What the demands on deployments have in common: `residency`, `retention`, `attest`.

A demand is met by a deployment's configured fact, or by a live offer: a clause of the same type
with `offered = true`. Rejects where a fact is known, or an offer is in force, and none meets it;
where nobody supplied the fact, it is missing. What is compared is each type's own.

>>> Residency(id="house/eu", process="eu").points
('process',)
"""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime

from detente.agreements.clause import Case, Clause, Prohibition, Role
from detente.agreements.grid import NONE, Grid, either, outside
from detente.agreements.moment import latest
from detente.agreements.plan import Asked, Plan
from detente.agreements.truth import Missing, Truth, any_of, not_
from detente.canonical.model import Deployment


class Demand(Prohibition, frozen=True, kw_only=True):
    """Demands something of deployments; with `offered`, promises it of those in scope."""

    offered: bool = False

    @property
    def role(self) -> Role:
        """It rejects, or supplies a fact."""
        return "offering" if self.offered else "prohibition"

    @property
    @abstractmethod
    def points(self) -> tuple[str, ...]:
        """What it speaks about, each of which has to be met."""

    @abstractmethod
    def shows(self, case: Case, d: Deployment, point: str) -> Truth:
        """Whether what is configured of `d` meets `point`."""

    @abstractmethod
    def is_met_by(self, offer: Clause, point: str, at: datetime) -> bool:
        """Whether `offer`, of the same type, promises at `at` what `point` demands."""

    def facts(self, plan: Plan, at: datetime) -> tuple[Grid, ...]:
        """`shows` over all deployments, one set for each of its points; at any time the same."""
        del at
        return plan.prepared[self.id]

    @abstractmethod
    def accepts(self, offer: Clause, index: int, at: datetime) -> bool:
        """`is_met_by`, compiled: for the point at `index`."""

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether any of its points is not met."""
        return any_of(*(not_(self._met(case, deployment, point)) for point in self.points))

    def _met(self, case: Case, d: Deployment, point: str) -> Truth:
        offers = case.offers_of(self.type, d)
        offered = any_of(
            *(live for o, live in offers if self.is_met_by(o, point, case.question.at))
        )
        fact = self.shows(case, d, point)
        says = any(live is True and point in points_of(offer) for offer, live in offers)
        # An offer in force supplies the fact that nobody configured.
        return any_of(offered, False if says and isinstance(fact, Missing) else fact)

    def opens(self, case: Case, deployment: Deployment) -> datetime | None:
        """When offers that are known already will meet it."""
        at = case.question.at
        dates: list[datetime] = []
        for point in self.points:
            if self._met(case, deployment, point) is True:
                continue
            starts = [
                latest(o.from_)
                for o in case.offers_known(self.type, deployment)
                if o.from_ and self.is_met_by(o, point, latest(o.from_))
            ]
            fitting = [start for start in starts if start > at]
            if not fitting:
                return None
            dates.append(min(fitting))
        return max(dates, default=None)

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled."""
        unmet = NONE
        for met in self._all_met(plan, asked):
            unmet = either(unmet, outside(met, plan.all))
        return unmet

    def _all_met(self, plan: Plan, asked: Asked) -> tuple[Grid, ...]:
        facts = self.facts(plan, asked.at)
        offers = asked.offered.get(self.type, ())
        if not offers:
            return facts
        return tuple(self._with_offers(i, fact, offers, asked) for i, fact in enumerate(facts))

    def _with_offers(
        self, index: int, fact: Grid, offers: Sequence[tuple[Clause, Grid]], asked: Asked
    ) -> Grid:
        supplied, offered = 0, NONE
        for offer, where in offers:
            if self.points[index] in points_of(offer):
                supplied |= where.yes
            if self.accepts(offer, index, asked.at):
                offered = either(offered, where)
        unknown = {bit: facts for bit, facts in fact.open.items() if not bit & supplied}
        return either(Grid(fact.yes, unknown), offered)

    def opened(self, plan: Plan, asked: Asked, bit: int) -> datetime | None:
        """`opens`, compiled."""
        coming = [
            (latest(clause.from_), clause)
            for clause, where in asked.coming
            if clause.type == self.type and clause.from_ is not None and where.yes & bit
        ]
        turn: datetime | None = None
        for index, met in enumerate(self._all_met(plan, asked)):
            if met.yes & bit:
                continue
            starts = (s for s, o in coming if s > asked.at and self.accepts(o, index, s))
            start = min(starts, default=None)
            if start is None:
                return None
            turn = start if turn is None else max(turn, start)
        return turn


def points_of(offer: Clause) -> tuple[str, ...]:
    """What an offer speaks about."""
    return offer.points if isinstance(offer, Demand) else ()
