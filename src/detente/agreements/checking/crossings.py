"""Pairs of clauses that meet at a deployment: all the time at which they do, and a question.

Rejects early what never meets (other places, other dates, callers that nobody can be), and asks
of the rest only the two clauses and their exceptions. Which pairs, and what it is to meet, a
check says for itself.

>>> crossings = Crossings()
>>> crossings.look(ground, first, second, meet)
>>> [crossing.clauses for crossing in crossings.found()]
[('a/api', 'b/api')]
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from detente.agreements.checking.domain import Period, bare, callers_of, merged
from detente.agreements.checking.report import CheckFinding, Code
from detente.agreements.checking.survey import Ground, Spot, Survey
from detente.agreements.grid import Grid
from detente.agreements.model_plan import Entry
from detente.agreements.sweep import Standing, Swept
from detente.canonical.decision import ClauseId
from detente.canonical.question import Question

Meet = Callable[[Swept], int]
"""The deployments at which two clauses meet."""


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Clauses that meet: when, and the plainest question of the earliest that show it."""

    clauses: tuple[ClauseId, ...]
    periods: tuple[Period, ...]
    witness: Question

    def finding(self, code: Code, message: str, survey: Survey) -> CheckFinding:
        """The crossing as a finding at the first clause's place."""
        return CheckFinding(
            code=code,
            message=message,
            clauses=self.clauses,
            place=survey.agreements.places.get(self.clauses[0]),
            model=self.witness.model,
            periods=self.periods,
            witness=self.witness,
        )


class Crossings:
    """What was found so far, by the clauses that meet, over all models."""

    def __init__(self) -> None:
        self._found: dict[tuple[ClauseId, ...], list[tuple[Ground, Spot]]] = {}

    def look(self, ground: Ground, first: Entry, second: Entry, meet: Meet) -> None:
        """Note where the two meet in `ground`."""
        if not possible(first.reach.where) & possible(second.reach.where):
            return
        if not ground.overlap(first, second):
            return
        self.note(ground, (first.clause.id, second.clause.id), _spots(ground, first, second, meet))

    def note(self, ground: Ground, clauses: tuple[ClauseId, ...], spots: Iterable[Spot]) -> None:
        """Note that `clauses` meet at `spots`."""
        found = [(ground, spot) for spot in spots]
        if found:
            self._found.setdefault(clauses, []).extend(found)

    def found(self) -> Iterator[Crossing]:
        """All that was noted, in the order in which it first was."""
        for clauses, spots in self._found.items():
            ground, first = min(spots, key=_plainness)
            yield Crossing(
                clauses=clauses,
                periods=merged(spot.period for _, spot in spots),
                witness=ground.question(first),
            )


def possible(grid: Grid) -> int:
    """The deployments that are in, or may be."""
    mask = grid.yes
    for bit in grid.open:
        mask |= bit
    return mask


def standing(swept: Swept, clause: ClauseId) -> Standing | None:
    """What a prohibition says in `swept`, where it says anything."""
    return next((s for s in swept.standing if s.clause.id == clause), None)


def _spots(ground: Ground, first: Entry, second: Entry, meet: Meet) -> Iterator[Spot]:
    pair = (first.clause, second.clause)
    near = ground.only(ground.with_exceptions(*(clause.id for clause in pair)))
    courses = bare(pair, (e.clause for e in near.deciding if e.clause not in pair))
    callers = tuple(callers_of(pair))
    for interface in near.interfaces:
        if not all(_serves(ground, entry, interface) for entry in (first, second)):
            continue
        for period in near.periods_of(first, second):
            spots = (
                Spot(interface=interface, period=period, caller=caller, course=course)
                for course in courses
                for caller in callers
            )
            yield from (spot for spot in spots if meet(near.swept(spot)))


def _serves(ground: Ground, entry: Entry, interface: str) -> bool:
    named = entry.reach.interfaces is None or interface in entry.reach.interfaces
    serving = ground.plan.plan.by_interface.get(interface, 0)
    return named and bool(possible(entry.reach.where) & serving)


def _plainness(found: tuple[Ground, Spot]) -> tuple[datetime, int, int]:
    _, spot = found
    return (spot.period.at, len(spot.course), len(spot.caller.labels))
