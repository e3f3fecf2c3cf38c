"""`retention`: what platforms may keep of prompts and answers.

As a demand it rejects deployments that keep more than `mode`, and those of models whose
publisher demands that more is kept; where nobody supplied what is kept, it is unknown. As an
offer (`offered = true`) it says, while it is live, that deployments in scope keep no more.

>>> Retention(id="house/zero", mode="none")
"""

from datetime import datetime

from detente.agreements.clause import Case, Clause
from detente.agreements.demand import Demand
from detente.agreements.grid import Grid
from detente.agreements.plan import Asked, Plan
from detente.agreements.truth import Truth, any_of, missing
from detente.canonical.model import RETENTION_MODES, Deployment, Model, RetentionMode
from detente.canonical.question import Question


class Retention(Demand, frozen=True, kw_only=True, tag="retention"):
    """Demands, or offers, that no more is kept than `mode`."""

    mode: RetentionMode

    @property
    def points(self) -> tuple[str, ...]:
        """What is kept."""
        return ("retention",)

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether it keeps too much, or must: what a publisher demands, no offer lifts."""
        mandated = self._too_much(case.model.retention_required)
        return any_of(mandated, super().rejects(case, deployment))

    def _too_much(self, kept: RetentionMode | None) -> bool:
        return kept is not None and RETENTION_MODES.index(kept) > RETENTION_MODES.index(self.mode)

    def shows(self, case: Case, d: Deployment, point: str) -> Truth:
        """Whether it keeps no more, as configured."""
        del case, point
        return not self._too_much(d.retention) if d.retention else missing(f"retention of {d.id}")

    def is_met_by(self, offer: Clause, point: str, at: datetime) -> bool:
        """Whether no more is offered to be kept."""
        del point, at
        return isinstance(offer, Retention) and not self._too_much(offer.mode)

    def opens(self, case: Case, deployment: Deployment) -> datetime | None:
        """When offers will meet it; never where the publisher demands more."""
        if self._too_much(case.model.retention_required):
            return None
        return super().opens(case, deployment)

    @property
    def _allowed(self) -> tuple[RetentionMode, ...]:
        """The modes that keep no more."""
        return RETENTION_MODES[: RETENTION_MODES.index(self.mode) + 1]

    def prepare(self, plan: Plan) -> tuple[Grid, ...]:
        """What deployments keep, as configured."""
        yes, unknown = 0, dict[int, frozenset[str]]()
        for index, deployment in enumerate(plan.deployments):
            if deployment.retention is None:
                unknown[1 << index] = frozenset((f"retention of {deployment.id}",))
            elif deployment.retention in self._allowed:
                yes |= 1 << index
        return (Grid(yes, unknown),)

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled."""
        required = plan.model.retention_required
        if required is not None and required not in self._allowed:
            return Grid(plan.all)
        return super().rejected(plan, asked)

    def accepts(self, offer: Clause, index: int, at: datetime) -> bool:
        """`is_met_by`, compiled."""
        del index, at
        return isinstance(offer, Retention) and offer.mode in self._allowed

    def opened(self, plan: Plan, asked: Asked, bit: int) -> datetime | None:
        """`opens`, compiled."""
        required = plan.model.retention_required
        if required is not None and required not in self._allowed:
            return None
        return super().opened(plan, asked, bit)

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del question
        if self._too_much(model.retention_required):
            why = f"`{model.name}` may only be served where `{model.retention_required}` is"
        elif deployment.retention is not None:
            why = f"`{deployment.id}` keeps `{deployment.retention}`"
        else:
            why = f"what `{deployment.id}` offers keeps more"
        return f"`{self.id}` demands that no more than `{self.mode}` is kept; {why}"

    def releases(self, deployment: Deployment, model: Model) -> tuple[str, ...]:
        """An offer, and the events that end it."""
        others = super().releases(deployment, model)
        if self._too_much(model.retention_required):
            return others
        return (f"once `{deployment.id}` offers to keep no more than `{self.mode}`", *others)
