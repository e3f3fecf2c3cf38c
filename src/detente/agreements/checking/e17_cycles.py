"""E17: agreements that supersede, or clauses that amend or except, each other in a circle.

Each would yield to the next, and the last to the first: nothing written says who prevails. A
clause that amends one of the agreement that supersedes its own is such a circle too. One finding
a circle; where several share a link, one finding for all that they join.

>>> [finding.clauses for finding in cycles(survey)]
[('a/x', 'b/y')]
"""

from collections.abc import Iterator, Mapping

from detente.agreements.agreement import AgreementSet
from detente.agreements.checking.domain import Period
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.moment import earliest


def cycles(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each circle of agreements, and each of clauses."""
    agreements = survey.agreements
    yielding = {a.id: a.supersedes for a in agreements.agreements}
    for circle in circles(yielding):
        told = _told(circle, yielding)
        yield CheckFinding(
            code="E17",
            message=f"agreements supersede each other in a circle ({told}); leave out one link",
            clauses=tuple(c.id for c in agreements.clauses if c.agreement in circle),
            place=agreements.places.get(circle[0]),
            periods=(_since(survey, circle),),
            fact=told,
        )
    over = _over(agreements)
    for circle in circles(over):
        told = _told(circle, over)
        yield CheckFinding(
            code="E17",
            message=(
                f"clauses amend, supersede or except each other in a circle ({told}); leave out "
                f"one link"
            ),
            clauses=circle,
            place=agreements.places.get(circle[0]),
            periods=(_since(survey, circle),),
            fact=told,
        )


def _over(agreements: AgreementSet) -> dict[str, tuple[str, ...]]:
    """What each clause is written over.

    By `supersedes`, only what an amendment joins: the circles of whole agreements are told.
    """
    over: dict[str, tuple[str, ...]] = {}
    amended: dict[str, set[str]] = {}
    for clause in agreements.clauses:
        named = tuple(other for other in (clause.amends, clause.except_of) if other is not None)
        if named:
            over[clause.id] = named
        if clause.amends is not None:
            amended.setdefault(clause.amends, set()).add(clause.id)
    for agreement in agreements.agreements:
        replaced = set(agreement.supersedes) - {agreement.id}
        for target, amending in amended.items():
            if target.partition("/")[0] == agreement.id:
                later = (c for c in sorted(amending) if c.partition("/")[0] in replaced)
                over[target] = tuple(dict.fromkeys((*over.get(target, ()), *later)))
    return over


def circles(over: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The sets of names that are each over all others of their set, through however many."""
    reached = {name: _reached(over, name) for name in over}
    told: set[str] = set()
    for name in sorted(over):
        if name in reached[name] and name not in told:
            circle = sorted(n for n in reached[name] if name in reached.get(n, ()))
            told.update(circle)
            yield tuple(circle)


def _reached(over: Mapping[str, tuple[str, ...]], name: str) -> frozenset[str]:
    """All that `name` is over, directly or through others."""
    found: set[str] = set()
    ahead = list(over[name])
    while ahead:
        other = ahead.pop()
        if other not in found:
            found.add(other)
            ahead.extend(over.get(other, ()))
    return frozenset(found)


def _told(circle: tuple[str, ...], over: Mapping[str, tuple[str, ...]]) -> str:
    """A shortest way round, from the first back to it."""
    ways: list[tuple[str, ...]] = [(circle[0],)]
    seen = set[str]()
    for way in ways:
        for other in over.get(way[-1], ()):
            if other == circle[0]:
                return " over ".join(f"`{name}`" for name in (*way, other))
            if other in circle and other not in seen:
                seen.add(other)
                ways.append((*way, other))
    raise AssertionError(f"{circle} is no circle")


def _since(survey: Survey, circle: tuple[str, ...]) -> Period:
    """From when on the first of them may hold."""
    starts = [
        item.from_
        for item in (*survey.agreements.agreements, *survey.agreements.clauses)
        if item.id in circle
    ]
    dates = [earliest(start) for start in starts if start is not None]
    return Period(from_=min(dates) if len(dates) == len(starts) else None)
