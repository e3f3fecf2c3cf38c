"""E04: a deployment that only an ended grant permitted, and that something still relies on.

Under `default = "deny"` alone. What relies on it: a listing that goes on, provisioned capacity,
and a commitment or a preference of which nothing else in scope is granted any more. A grant that
goes on for callers who cannot be those of the ended one does not help them, nor does one that is
written as an exception: it lets somebody off, and carries nobody's use.

>>> [finding.code for finding in expired_grants(survey)]
['E04']
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from detente.agreements.checking.places import Places, belongs, caller_in, interfaces_in
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.usable import Usable
from detente.agreements.checking.windows import END, Window, windows
from detente.agreements.checking.witness import ANYBODY, question_about
from detente.agreements.clause import Clause
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.moment import in_words
from detente.agreements.scope import Scope
from detente.canonical.model import Deployment


def expired_grants(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a grant that has ended, with all that still relies on what it permitted."""
    if survey.world.default == "permit":
        return
    search = _Search(survey)
    for clause in survey.agreements.clauses:
        if isinstance(clause, Grant):
            yield from search.about(clause)


class _Search:
    """What is looked up again and again: places, and when everything is in force."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.places = Places(survey.world)
        self.usable = Usable(self.places, survey.agreements)
        self.live = windows(survey.agreements)
        self.reliant = [
            c for c in survey.agreements.clauses if isinstance(c, Capacity | Commit | Prefer)
        ]

    def about(self, grant: Grant) -> Iterator[CheckFinding]:
        """The finding about one grant, if there is one."""
        ended = self.usable.live[grant.id].until
        if ended == END or not self.usable.live[grant.id]:
            return
        lost = [d for d in self.places.of(grant.scope) if not self._goes_on(grant, d, ended)]
        relying: dict[str, tuple[Clause, Deployment]] = {}
        for deployment in lost:
            for clause in self._relying(grant, deployment, ended):
                relying.setdefault(clause.id, (clause, deployment))
        if relying:
            yield self._finding(grant, ended, sorted(relying.values(), key=lambda r: r[0].id))

    def _goes_on(self, grant: Grant, d: Deployment, ended: datetime) -> bool:
        """Whether another grant permits `d` after that, to somebody whom `grant` spoke of."""
        return any(
            self.usable.live[other.id].until > ended
            and other.except_of is None
            and caller_in(grant.scope, other.scope) is not None
            and set(interfaces_in(grant.scope, d)) & set(interfaces_in(other.scope, d))
            for other in self.usable.grants.get(d.id, ())
        )

    def _relying(self, grant: Grant, d: Deployment, ended: datetime) -> Iterator[Clause]:
        for listing in self.usable.listings.get(d.id, ()):
            if self._relies(listing, listing.scope, grant, d, ended):
                yield listing
        for clause in self.reliant:
            scope = clause.takes if isinstance(clause, Commit) else clause.scope
            if d not in self.places.of(scope) or not self._relies(clause, scope, grant, d, ended):
                continue
            if isinstance(clause, Capacity) or self._has_nothing_else(clause, scope, d, ended):
                yield clause

    def _relies(
        self, clause: Clause, scope: Scope, grant: Grant, d: Deployment, ended: datetime
    ) -> bool:
        """Whether the clause is in force after that, and speaks of what the grant spoke of."""
        return (
            bool(self.live[clause.id].meet(Window(since=ended)))
            and bool(set(interfaces_in(grant.scope, d)) & set(interfaces_in(scope, d)))
            and caller_in(grant.scope, scope) is not None
        )

    def _has_nothing_else(
        self, clause: Capacity | Commit | Prefer, scope: Scope, d: Deployment, ended: datetime
    ) -> bool:
        """Whether nothing that the clause counts on, or prefers as it does `d`, is granted then."""
        others = self.places.of(scope)
        if isinstance(clause, Prefer):
            holders = tuple(holder for holder in clause.order if belongs(d, holder))
            others = tuple(o for o in others if belongs(o, holders))
            if not holders:
                return False
        return not any(
            self.usable.live[grant.id].until > ended
            for other in others
            for grant in self.usable.grants.get(other.id, ())
        )

    def _finding(
        self, grant: Grant, ended: datetime, relying: Sequence[tuple[Clause, Deployment]]
    ) -> CheckFinding:
        clause, deployment = relying[0]
        after = self.live[clause.id].meet(Window(since=ended))
        others = len(relying) - 1
        more = f" (and {others} more)" if others else ""
        return CheckFinding(
            code="E04",
            message=(
                f"grant `{grant.id}` ended on {in_words(ended)}, and nothing else permits "
                f"`{deployment.id}`, on which {clause.type} `{clause.id}`{more} still relies; "
                f"extend the grant or end what relies on it"
            ),
            clauses=(grant.id, *(clause.id for clause, _ in relying)),
            place=self.survey.agreements.places.get(grant.id),
            model=deployment.model,
            periods=(after.period,),
            witness=question_about(
                deployment,
                at=after.since,
                known_at=self.survey.known_at,
                caller=caller_in(grant.scope, enrolments=_programmes(grant)) or ANYBODY,
                interface=interfaces_in(grant.scope, deployment)[0],
            ),
        )


def _programmes(grant: Grant) -> tuple[str, ...]:
    return () if grant.enrolment is None else (grant.enrolment,)
