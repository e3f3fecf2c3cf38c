"""`exclusive`: only the holder may carry what is in scope.

Rejects every other deployment, save what `carve_outs` lets out: `first_party` (the publisher's
own sale: the machines are its own, or the key's label `operator` names it), `open_weights` (the
model's licence), `us_government` (the key's label `us_government` is `true`). Labels in a
request's header count for none of them.
"""

from typing import ClassVar, Literal

from detente.agreements.clause import Case, Prohibition
from detente.agreements.grid import NONE, Grid
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Holders, holder_mistakes, words
from detente.agreements.truth import Truth, any_of, not_
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question

CarveOut = Literal["first_party", "open_weights", "us_government"]


class Exclusive(Prohibition, frozen=True, kw_only=True, tag="exclusive"):
    """Reserves what is in scope for `holder`."""

    rivals: ClassVar[bool] = True

    holder: Holders
    carve_outs: tuple[CarveOut, ...] = ()

    def covers(self, case: Case, deployment: Deployment) -> Truth:
        """Whether nothing carves `deployment` out."""
        return not_(any_of(*(_let_out(name, case, deployment) for name in self.carve_outs)))

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether `deployment` is somebody else's."""
        return deployment not in case.held_by(self.holder)

    def covered(self, plan: Plan, asked: Asked) -> Grid | None:
        """`covers`, compiled."""
        if not self.carve_outs:
            return None
        model, mask = plan.model, plan.all
        if "open_weights" in self.carve_outs and model.open_weights:
            return NONE
        if "us_government" in self.carve_outs and asked.labels.get("us_government") == "true":
            return NONE
        if "first_party" in self.carve_outs:
            if asked.labels.get("operator") == model.publisher:
                return NONE
            mask &= ~plan.by_host.get(model.publisher, 0)
        return Grid(mask)

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled."""
        del asked
        return Grid(plan.all & ~plan.held(self.holder))

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("holder", self.holder)

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model, question
        return (
            f"`{self.id}` reserves it for {_listed(self.holder)},"
            f" and `{deployment.id}` runs on `{deployment.host}`"
        )


def _let_out(name: CarveOut, case: Case, deployment: Deployment) -> Truth:
    labels = case.question.labels
    match name:
        case "first_party":
            publisher = case.model.publisher
            return deployment.host == publisher or ("operator", publisher) in labels
        case "open_weights":
            return case.model.open_weights
        case "us_government":
            return ("us_government", "true") in labels


def _listed(holders: Holders) -> str:
    return " or ".join(f"`{holder}`" for holder in words(holders))
