"""`hold`: a follower gets it a number of days after the leader (staged release).

Counts from the leader's earliest listing known by now, else from the model's release, else the
date is missing; `anchor = "release"` skips the listings, `anchor_date` names a date instead.
The recorded event `escape` ends the wait.

>>> Hold(id="a/lag", leader="kind:openai", follower="kind:azure", lag_days=7)
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from detente.agreements.clause import Case, Clause, Prohibition
from detente.agreements.grid import Grid, bits
from detente.agreements.moment import Moment, after_days, earliest, latest, reached
from detente.agreements.plan import Asked, ListingStart, Plan
from detente.agreements.scope import Holders, Words, holder_mistakes, words
from detente.agreements.truth import Truth, all_of, any_of, missing, not_
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question

Days = Annotated[int, Meta(ge=0, le=36_525)]


class Hold(Prohibition, frozen=True, kw_only=True, tag="hold"):
    """Blocks `follower` while *t* < anchor + `lag_days`."""

    leader: Holders
    follower: Holders
    lag_days: Days
    anchor: Literal["listing", "release"] = "listing"
    anchor_date: Moment | None = None
    escape: Words | None = None

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether `deployment` is the follower's and the wait is not over."""
        if deployment not in case.held_by(self.follower) or case.happened(self.escape):
            return False
        return not_(self._over(case))

    def _over(self, case: Case) -> Truth:
        """Rule 8, first to last: the leader's listings, the model's release, or missing."""
        at = case.question.at
        if self.anchor_date is not None:
            fact = f"anchor of {self.id}"
            return reached(after_days(self.anchor_date, self.lag_days), at, fact)
        starts = case.listings_of(self.leader) if self.anchor == "listing" else ()
        listed = any_of(*(speaks for _, speaks in starts))
        over = any_of(*(all_of(speaks, self._reached(start, at)) for start, speaks in starts))
        return any_of(over, all_of(not_(listed), self._released(case.model, at)))

    def _reached(self, listing: Clause, at: datetime) -> Truth:
        if listing.from_ is None:
            return True
        return reached(after_days(listing.from_, self.lag_days), at, f"start of {listing.id}")

    def _released(self, model: Model, at: datetime) -> Truth:
        if model.released is None:
            return missing(f"release date of {model.name}")
        return reached(after_days(model.released, self.lag_days), at, "release date")

    def opens(self, case: Case, deployment: Deployment) -> datetime | None:
        """When the wait will be over, if that is known."""
        del deployment
        anchors: list[Moment] = [self.anchor_date] if self.anchor_date is not None else []
        if self.anchor == "listing" and not anchors:
            listings = case.listings_of(self.leader)
            anchors = [c.from_ for c, speaks in listings if speaks is not False and c.from_]
        return self._over_at(anchors, case.model)

    def opened(self, plan: Plan, asked: Asked, bit: int) -> datetime | None:
        """`opens`, compiled."""
        del bit
        if self.anchor_date is not None:
            return self._over_at([self.anchor_date], plan.model)
        starts = [
            listing.start
            for listing, _, _ in self._leading(plan, asked)
            if listing.start is not None
        ]
        return self._over_at(starts, plan.model)

    def _over_at(self, anchors: list[Moment], model: Model) -> datetime | None:
        if not anchors and model.released:
            anchors = [model.released]
        return min((latest(after_days(a, self.lag_days)) for a in anchors), default=None)

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects`, compiled: the wait as a window, closed before `sure`, over from `sure`."""
        waiting = plan.held(self.follower)
        if not waiting or not asked.events.isdisjoint(words(self.escape)):
            return Grid()
        facts = self._doubt(plan, asked)
        if facts is None:
            return Grid()
        if not facts:
            return Grid(waiting)
        return Grid(0, dict.fromkeys(bits(waiting), facts))

    def _doubt(self, plan: Plan, asked: Asked) -> frozenset[str] | None:
        """None: the wait is over; empty: it is not; else the facts that would tell."""
        if self.anchor_date is not None:
            return self._window(self.anchor_date, asked.at, f"anchor of {self.id}")
        facts, definite, unsure = frozenset[str](), False, frozenset[str]()
        for listing, sure, why in self._leading(plan, asked):
            start = listing.start
            doubt = (
                None
                if start is None
                else self._window(start, asked.at, f"start of {listing.clause}")
            )
            definite = definite or sure
            unsure |= why
            if sure and doubt is None:
                return None
            if doubt is None or doubt:
                facts |= why | (doubt or frozenset())
        if definite:
            return facts
        return self._by_release(plan.model, asked.at, facts, unsure)

    def _by_release(
        self, model: Model, at: datetime, facts: frozenset[str], unsure: frozenset[str]
    ) -> frozenset[str] | None:
        if model.released is None:
            return facts | unsure | {f"release date of {model.name}"}
        if self._window(model.released, at, "") is not None:
            return facts
        return facts | unsure if unsure else None

    def _leading(self, plan: Plan, asked: Asked) -> list[tuple[ListingStart, bool, frozenset[str]]]:
        """The listings that may speak of the leader; whether they do; else what would tell."""
        if self.anchor != "listing":
            return []
        leading = plan.held(self.leader) & asked.serving
        found: list[tuple[ListingStart, bool, frozenset[str]]] = []
        for listing in asked.listings:
            if listing.where.yes & leading:
                found.append((listing, True, frozenset()))
                continue
            whys = [why for bit, why in listing.where.open.items() if bit & leading]
            if whys:
                found.append((listing, False, frozenset[str]().union(*whys)))
        return found

    def _window(self, anchor: Moment, at: datetime, fact: str) -> frozenset[str] | None:
        shifted = after_days(anchor, self.lag_days)
        if latest(shifted) <= at:
            return None
        return frozenset((fact,)) if earliest(shifted) <= at else frozenset()

    def instants(self, model: Model, listings: tuple[Clause, ...]) -> tuple[datetime, ...]:
        """Its own dates, and those at which a wait can be over."""
        anchors = list({listing.from_ for listing in listings if listing.from_})
        if self.anchor_date is not None:
            anchors = [self.anchor_date]
        if model.released is not None:
            anchors.append(model.released)
        shifted = [after_days(anchor, self.lag_days) for anchor in anchors]
        return (
            *super().instants(model, listings),
            *(instant for moment in shifted for instant in (earliest(moment), latest(moment))),
        )

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return (
            *holder_mistakes("leader", self.leader),
            *holder_mistakes("follower", self.follower),
        )

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model, question
        leaders = " or ".join(f"`{leader}`" for leader in words(self.leader))
        return (
            f"`{self.id}` holds `{deployment.id}` back until {self.lag_days} days after {leaders}"
        )

    def releases(self, deployment: Deployment, model: Model) -> tuple[str, ...]:
        """The escape, and the events that end it."""
        escapes = (f"after the event `{event}` is recorded" for event in words(self.escape))
        return (*escapes, *super().releases(deployment, model))
