"""`attest`: a document that a deployment has to be able to show (`soc2`, `baa`, `fedramp_high`).

As a demand it rejects deployments that cannot show it, or only one that has expired. As an
offer (`offered = true`) it says, while it is live and until `expires`, that deployments in scope
can. A document that nobody put on record is not there.

>>> Attest(id="house/baa", document="baa")
"""

from datetime import datetime

from detente.agreements.clause import Case, Clause
from detente.agreements.demand import Demand
from detente.agreements.grid import Grid
from detente.agreements.moment import At, in_words
from detente.agreements.plan import Plan
from detente.agreements.scope import Word
from detente.agreements.truth import Truth
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question


class Attest(Demand, frozen=True, kw_only=True, tag="attest"):
    """Demands, or offers, a document that has not expired."""

    document: Word
    expires: At | None = None

    @property
    def points(self) -> tuple[str, ...]:
        """The document."""
        return (self.document,)

    def shows(self, case: Case, d: Deployment, point: str) -> Truth:
        """Whether `d` has it on record, and it has not expired."""
        at = case.question.at
        return any(
            a.name == point and (a.expires is None or at < a.expires) for a in d.attestations
        )

    def is_met_by(self, offer: Clause, point: str, at: datetime) -> bool:
        """Whether the document is offered, and has not expired."""
        if not isinstance(offer, Attest) or offer.document != point:
            return False
        return offer.expires is None or at < offer.expires

    def facts(self, plan: Plan, at: datetime) -> tuple[Grid, ...]:
        """`shows` over all deployments."""
        yes = 0
        for index, deployment in enumerate(plan.deployments):
            ends = [a.expires for a in deployment.attestations if a.name == self.document]
            if None in ends or any(end > at for end in ends if end is not None):
                yes |= 1 << index
        return (Grid(yes),)

    def accepts(self, offer: Clause, index: int, at: datetime) -> bool:
        """`is_met_by`, compiled."""
        del index
        if not (isinstance(offer, Attest) and offer.document == self.document):
            return False
        return not (offer.expires is not None and offer.expires <= at)

    def instants(self, model: Model, listings: tuple[Clause, ...]) -> tuple[datetime, ...]:
        """Its own dates, and its document's end."""
        own = () if self.expires is None else (self.expires,)
        return (*super().instants(model, listings), *own)

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A demand that expires is a demand with an end."""
        if self.expires is not None and not self.offered:
            return (("expires", "a demand has no `expires`; end it with `until`"),)
        return ()

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model
        ends = [a.expires for a in deployment.attestations if a.name == self.document]
        gone = [end for end in ends if end is not None and end <= question.at]
        if gone:
            why = f"that of `{deployment.id}` expired on {in_words(max(gone))}"
        else:
            why = f"`{deployment.id}` has none on record"
        return f"`{self.id}` demands the document `{self.document}`; {why}"

    def releases(self, deployment: Deployment, model: Model) -> tuple[str, ...]:
        """The document, and the events that end it."""
        others = super().releases(deployment, model)
        return (f"once `{deployment.id}` can show `{self.document}`", *others)
