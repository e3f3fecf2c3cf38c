"""E03: on some date since its release, nobody may use a model anywhere.

Its release, or where nobody supplied that, its first listing. Nobody: whatever project and
labels a caller has, and whatever answer an offer was given. What is unknown is not shut. Where it
is shut in one course of events only, that course is named.

>>> [finding.model for finding in models_without_deployment(survey)]
['openai/gpt-4']
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from detente.agreements.checking.crossings import possible
from detente.agreements.checking.domain import (
    Caller,
    Course,
    Period,
    callers,
    courses,
    merged,
)
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Ground, Spot, Survey
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.compiled import compile_agreements
from detente.agreements.moment import earliest
from detente.agreements.sweep import Swept


def models_without_deployment(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each model that is shut, in the fewest events after which it is."""
    for ground in survey.grounds:
        shut: dict[Course, list[Period]] = {}
        since = _out_since(ground)
        for period in ground.periods:
            if since is None or (period.from_ is not None and since <= period.from_):
                for course in _shut_after(ground, period):
                    shut.setdefault(course, []).append(period)
        if shut:
            course = min(shut, key=lambda events: (len(events), events))
            yield _finding(survey, ground, course, shut[course])


def _shut_after(ground: Ground, period: Period) -> Iterator[Course]:
    """The courses of events after which the model is shut in `period`."""
    clauses = [entry.clause for entry, _ in ground.live(period)]
    for course in courses(_closing(clauses)):
        if not _is_open(ground, clauses, period, course):
            yield course


def _is_open(ground: Ground, clauses: list[Clause], period: Period, course: Course) -> bool:
    return any(
        not_denied(
            ground.swept(Spot(interface=interface, period=period, caller=caller, course=course))
        )
        for caller in callers(_favouring(clauses), ground.model)
        for interface in ground.interfaces
    )


def not_denied(swept: Swept) -> int:
    """The deployments that are allowed, or unknown."""
    mask = swept.open_to & possible(swept.permitted) & possible(swept.available)
    for standing in swept.standing:
        mask &= ~standing.rejects.yes
    return mask


def _closing(clauses: list[Clause]) -> list[Clause]:
    """The clauses whose events may close something.

    An event that ends a prohibition, or a wait, only ever opens, unless what the prohibition bars
    is a first refusal's holder.
    """
    if any(isinstance(clause, FirstRefusal) for clause in clauses):
        return clauses
    return [
        clause
        for clause in clauses
        if clause.role != "prohibition"
        or clause.except_of is not None
        or isinstance(clause, Threshold)
    ]


def _favouring(clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses by which a label may open something.

    A prohibition's own labels only ever close, unless what it bars is a first refusal's holder.
    """
    found = list(clauses)
    if any(isinstance(clause, FirstRefusal) for clause in found):
        return found
    return [
        clause
        for clause in found
        if clause.role != "prohibition"
        or clause.except_of is not None
        or isinstance(clause, Exclusive)
    ]


def _out_since(ground: Ground) -> datetime | None:
    """The model's release, else its first listing; None where either may be any time ago."""
    if ground.model.released is not None:
        return ground.model.released
    listings = [e.clause for e in ground.deciding if e.clause.role == "listing"]
    starts = [c.from_ for c in listings if c.from_ is not None]
    if not starts or len(starts) < len(listings):
        return None
    return min(map(earliest, starts))


def _finding(survey: Survey, ground: Ground, course: Course, shut: list[Period]) -> CheckFinding:
    interfaces = ground.interfaces or ("stateless_api",)
    plainest = Spot(
        interface="stateless_api" if "stateless_api" in interfaces else interfaces[0],
        period=shut[0],
        caller=Caller(),
        course=course,
    )
    witness = ground.question(plainest)
    clauses = compile_agreements(ground.world, ground.agreements).decide(witness).clauses
    after = f" after `{', '.join(course)}`" if course else ""
    return CheckFinding(
        code="E03",
        message=(
            f"model `{ground.model.name}` has no legal deployment{after}; configure one that the "
            f"agreements allow, or grant and list one"
        ),
        clauses=clauses,
        place=survey.agreements.places.get(clauses[0]) if clauses else None,
        model=ground.model.name,
        configured=("models", ground.model.name),
        periods=merged(shut),
        witness=witness,
    )
