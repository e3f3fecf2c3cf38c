"""`threshold`: once the event is declared and verified, later models are closed to a party.

Or opened to it. An event counts where those who have to declare and verify it have done so
(`detente events`). `affects` is which models: those released after the event, or all.

>>> Threshold(id="a/agi", event="agi", party="host:microsoft", verified_by="panel")
"""

from collections.abc import Sequence
from typing import Literal

from detente.agreements.clause import Case, Prohibition
from detente.agreements.grid import NONE, Grid, bits
from detente.agreements.moment import in_words
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Holders, Word, Words, holder_mistakes, words
from detente.agreements.truth import Truth, any_of, missing, not_
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Event, Question


class Threshold(Prohibition, frozen=True, kw_only=True, tag="threshold"):
    """Closes models to `party` after `event`, or keeps them closed until then.

    With `effect = "closes"` the party's deployments are rejected once the event counts; with
    `"opens"` they are rejected until then. Of models released before the event, `affects =
    "released_after"` changes nothing: closed they stay, or open. One released at the event's
    own instant counts as later.
    """

    event: Word
    party: Holders
    declared_by: Words | None = None
    verified_by: Words | None = None
    affects: Literal["released_after", "all"] = "released_after"
    effect: Literal["closes", "opens"] = "closes"

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether `deployment` is the party's, and the model is closed to it."""
        if deployment not in case.held_by(self.party):
            return False
        reached = any_of(*(self._reaches(case.model, e) for e in self._counting(case.question)))
        return reached if self.effect == "closes" else not_(reached)

    def _counting(self, question: Question) -> Sequence[Event]:
        """The events that happened and are known, said by those who have to say so."""
        return [
            event
            for event in question.events
            if event.name == self.event
            and event.occurred_at <= question.at
            and event.recorded_at <= question.known_at
            and _said(event.declared_by, self.declared_by)
            and _said(event.verified_by, self.verified_by)
        ]

    def _reaches(self, model: Model, event: Event) -> Truth:
        if self.affects == "all":
            return True
        if model.released is None:
            return missing(f"release date of {model.name}")
        return event.occurred_at <= model.released

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled."""
        party = plan.held(self.party) & asked.serving
        instants = [
            event.occurred_at
            for event in asked.happened
            if event.name == self.event
            and (event.declared_by in {None, *words(self.declared_by)} or not self.declared_by)
            and (event.verified_by in {None, *words(self.verified_by)} or not self.verified_by)
        ]
        closes = self.effect == "closes"
        released = plan.model.released
        if not instants:
            return NONE if closes else Grid(party)
        if self.affects == "all":
            return Grid(party) if closes else NONE
        if released is None:
            fact = frozenset((f"release date of {plan.model.name}",))
            return Grid(0, dict.fromkeys(bits(party), fact))
        return Grid(party) if (min(instants) <= released) is closes else NONE

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("party", self.party)

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        counting = self._counting(question)
        party = " or ".join(f"`{holder}`" for holder in words(self.party))
        if self.effect == "opens" and not counting:
            why = f"`{self.event}` is {self._declared()}"
            return f"`{self.id}` keeps `{model.name}` closed to {party} until {why}"
        when = min(event.occurred_at for event in counting)
        which = {
            ("closes", "all"): "closed all models",
            ("closes", "released_after"): "closed models released since then",
            ("opens", "released_after"): "opened only models released since then",
        }[self.effect, self.affects]
        return (
            f"`{self.id}`: `{self.event}` on {in_words(when)} {which} to {party},"
            f" who has `{deployment.id}`"
        )

    def releases(self, deployment: Deployment, model: Model) -> tuple[str, ...]:
        """The event itself where it opens, and those that end it."""
        others = super().releases(deployment, model)
        # A model that is out already stays closed where the event opens later ones only.
        opens = self.effect == "opens" and (self.affects == "all" or model.released is None)
        return (f"after `{self.event}` is {self._declared()}", *others) if opens else others

    def _declared(self) -> str:
        by = " or ".join(words(self.verified_by))
        return "declared and verified" + (f" by {by}" if by else "")


def _said(who: str | None, wanted: Words | None) -> bool:
    """Whether the right one said so; what is merely supposed counts for every clause."""
    return wanted is None or who is None or who in words(wanted)
