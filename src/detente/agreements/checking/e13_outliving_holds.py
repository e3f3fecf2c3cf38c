"""E13: a follower's wait ends after the last date on which it may use the model.

The wait counts as the clause says: from a date, the leader's first listing, or the release. What
the follower may use is what its listings and grants say. Where the anchor is not known, or an
exception may help, nothing is said.

>>> [finding.code for finding in outliving_holds(survey)]
['E13']
"""

from collections.abc import Iterator
from datetime import datetime

from detente.agreements.checking.places import Places, belongs, caller_in, interfaces_in
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.usable import Usable
from detente.agreements.checking.windows import END, Window, outside, windows
from detente.agreements.checking.witness import ANYBODY, question_about
from detente.agreements.clause import Clause
from detente.agreements.clauses.hold import Hold
from detente.agreements.moment import Moment, after_days, earliest, in_words
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment, Model


def outliving_holds(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a hold and model, with the first of the follower's deployments."""
    search = _Search(survey)
    for clause in survey.agreements.clauses:
        if isinstance(clause, Hold):
            yield from search.about(clause)


class _Search:
    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.places = Places(survey.world)
        self.usable = Usable(self.places, survey.agreements)
        self.live = windows(survey.agreements)
        self.used: dict[str, tuple[Window, ...]] = {}

    def about(self, hold: Hold) -> Iterator[CheckFinding]:
        """The findings about one hold."""
        told: set[str] = set()
        for deployment in self.places.of(hold.scope):
            if deployment.model in told or not belongs(deployment, hold.follower):
                continue
            finding = self._outlived(hold, deployment)
            if finding is not None:
                told.add(deployment.model)
                yield finding

    def _outlived(self, hold: Hold, d: Deployment) -> CheckFinding | None:
        use = self._use(d)
        if not use or use[-1].until == END:
            return None
        over = self._over(hold, self.places.models[d.model])
        term = self.live[hold.id]
        if over is None:
            return None
        blocked = term.meet(Window(until=over))
        held = [window.meet(blocked) for window in use if window.meet(blocked)]
        free = [part for window in use for part in outside(window, [blocked])]
        if not held or any(part.until > blocked.since for part in free):
            return None
        if any(self._helps(exception.id, held) for exception in self._exceptions(hold, d)):
            return None
        return self._finding(hold, d, over, held)

    def _use(self, d: Deployment) -> tuple[Window, ...]:
        """When the deployment may be used; many holds may speak of one."""
        if d.id not in self.used:
            self.used[d.id] = self.usable.windows(d)
        return self.used[d.id]

    def _over(self, hold: Hold, model: Model) -> datetime | None:
        """When the wait is over, at the earliest; None where that is not known."""
        anchors: list[Moment] = []
        if hold.anchor_date is not None:
            anchors = [hold.anchor_date]
        elif hold.anchor == "listing":
            starts = [listing.from_ for listing in self._leading(hold, model)]
            if None in starts:
                return None
            anchors = [start for start in starts if start is not None]
        if not anchors and model.released is not None:
            anchors = [model.released]
        return min((earliest(after_days(a, hold.lag_days)) for a in anchors), default=None)

    def _leading(self, hold: Hold, model: Model) -> list[Clause]:
        theirs = [d for d in self.places.by_model[model.name] if belongs(d, hold.leader)]
        return [listing for d in theirs for listing in self.usable.listings.get(d.id, ())]

    def _exceptions(self, hold: Hold, d: Deployment) -> list[Clause]:
        return [
            exception
            for exception in self.survey.agreements.exceptions_to(hold.id)
            if d in self.places.of(exception.scope)
        ]

    def _helps(self, exception: ClauseId, held: list[Window]) -> bool:
        return any(self.live[exception].meet(window) for window in held)

    def _finding(
        self, hold: Hold, d: Deployment, over: datetime, held: list[Window]
    ) -> CheckFinding:
        last = held[-1].until
        ending = [
            clause.id
            for given in (self.usable.grants, self.usable.listings)
            for clause in given.get(d.id, ())
            if self.usable.live[clause.id].until == last
        ]
        return CheckFinding(
            code="E13",
            message=(
                f"hold `{hold.id}` keeps `{d.id}` waiting until {in_words(over)}, but it may be "
                f"used only until {in_words(last)}; shorten the wait or prolong the use"
            ),
            clauses=(hold.id, *sorted(ending)),
            place=self.survey.agreements.places.get(hold.id),
            model=d.model,
            periods=tuple(window.period for window in held),
            witness=question_about(
                d,
                at=held[-1].period.at,
                known_at=self.survey.known_at,
                caller=caller_in(hold.scope) or ANYBODY,
                interface=interfaces_in(hold.scope, d)[0],
            ),
        )
