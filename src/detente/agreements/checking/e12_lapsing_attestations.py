"""E12: a document expires while a demand for it is still in force.

A deployment that could show it at some time of the demand's term later cannot, while it is still
granted and listed. What it shows is configured, or offered by an `attest` clause. A demand that
was never met is E10's.

>>> [finding.code for finding in lapsing_attestations(survey)]
['E12']
"""

from collections.abc import Iterator

import msgspec

from detente.agreements.checking.places import Places, caller_in, interfaces_in
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.usable import Usable
from detente.agreements.checking.windows import BEGINNING, END, Window, joined, outside, windows
from detente.agreements.checking.witness import ANYBODY, question_about
from detente.agreements.clauses.attest import Attest
from detente.agreements.moment import in_words
from detente.canonical.model import Deployment


class _Showing(msgspec.Struct, frozen=True, kw_only=True):
    """Why a deployment can show a document, and how long: an offer, None where configured."""

    offer: Attest | None
    span: Window


class _Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that no longer shows what is demanded, when, and by what it had."""

    deployment: Deployment
    window: Window
    had: _Showing
    alone: bool


def lapsing_attestations(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a demand and what lapses: a clause, or a configured attestation."""
    search = _Search(survey)
    for clause in survey.agreements.clauses:
        if isinstance(clause, Attest) and not clause.offered:
            yield from search.about(clause)


class _Search:
    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.places = Places(survey.world)
        self.usable = Usable(self.places, survey.agreements)
        self.live = windows(survey.agreements)
        self.offers = [
            (clause, {d.id for d in self.places.of(clause.scope)})
            for clause in survey.agreements.clauses
            if isinstance(clause, Attest) and clause.offered
        ]

    def about(self, demand: Attest) -> Iterator[CheckFinding]:
        """The findings about one demand."""
        told: set[str] = set()
        for deployment in self.places.of(demand.scope):
            for lapse in self._lapses(demand, deployment):
                cause = lapse.had.offer.id if lapse.had.offer is not None else deployment.id
                if cause not in told:
                    told.add(cause)
                    yield self._finding(demand, lapse)

    def _lapses(self, demand: Attest, d: Deployment) -> Iterator[_Lapse]:
        shows = self._showing(demand, d)
        met = joined(showing.span.meet(self.live[demand.id]) for showing in shows)
        if not met:
            return
        excused = self._excused(demand, d)
        term = Window(since=met[0].since, until=self.live[demand.id].until)
        for gap in outside(term, [*met, *excused]):
            wanted = joined(gap.meet(window) for window in self.usable.windows(d))
            had = max((s for s in shows if s.span.until <= gap.since), key=lambda s: s.span.until)
            if wanted:
                alone = not any(
                    wanted[0].since in showing.span
                    for other in self.places.by_model[d.model]
                    for showing in self._showing(demand, other)
                )
                yield _Lapse(deployment=d, window=wanted[0], had=had, alone=alone)

    def _showing(self, demand: Attest, d: Deployment) -> list[_Showing]:
        found = [
            _Showing(offer=None, span=Window(since=BEGINNING, until=a.expires or END))
            for a in d.attestations
            if a.name == demand.document
        ]
        for offer, where in self.offers:
            speaks = offer.document == demand.document and d.id in where
            if speaks and caller_in(demand.scope, offer.scope) is not None:
                lasting = Window(since=BEGINNING, until=offer.expires or END)
                found.append(_Showing(offer=offer, span=self.live[offer.id].meet(lasting)))
        return found

    def _excused(self, demand: Attest, d: Deployment) -> list[Window]:
        """When an exception may let `d` do without."""
        return [
            self.live[exception.id]
            for exception in self.survey.agreements.exceptions_to(demand.id)
            if d in self.places.of(exception.scope)
        ]

    def _finding(self, demand: Attest, lapse: _Lapse) -> CheckFinding:
        d, offer, since = lapse.deployment, lapse.had.offer, lapse.window.since
        by = "its own attestation" if offer is None else f"`{offer.id}`"
        left = f"; no deployment of `{d.model}` is left" if lapse.alone else ""
        return CheckFinding(
            code="E12",
            message=(
                f"`{demand.id}` demands `{demand.document}`, which `{d.id}` can show by {by} only "
                f"until {in_words(since)}{left}; renew the document or end the demand with it"
            ),
            clauses=(demand.id,) if offer is None else (demand.id, offer.id),
            place=self.survey.agreements.places.get(demand.id),
            model=d.model,
            periods=(lapse.window.period,),
            witness=question_about(
                d,
                at=since,
                known_at=self.survey.known_at,
                caller=caller_in(demand.scope) or ANYBODY,
                interface=interfaces_in(demand.scope, d)[0],
            ),
        )
