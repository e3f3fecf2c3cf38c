"""Pairs of clauses that meet at a deployment: all the time at which they do, and a question.

Rejects early what never meets (other places, other dates, callers that nobody can be), and asks
of the rest only the two clauses and their exceptions. Which pairs, and what it is to meet, a
check says for itself.

>>> crossings = Crossings()
>>> crossings.across(ground, [first], [(second, 0b1)], meet)
>>> [crossing.clauses for crossing in crossings.found()]
[('a/api', 'b/api')]
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from detente.agreements.checking.domain import Caller, Period, bare, callers_of, carved_out, merged
from detente.agreements.checking.report import CheckFinding, Code
from detente.agreements.checking.survey import Ground, Span, Spot, Survey
from detente.agreements.grid import Grid
from detente.agreements.model_plan import Entry
from detente.agreements.sweep import Standing, Swept
from detente.canonical.decision import ClauseId
from detente.canonical.question import Question

Pair = tuple[Entry, Entry]
Callers = tuple[Caller, ...]
Meet = Callable[[Swept, Pair], int]
"""The deployments at which two clauses meet, of what was swept."""


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
        self._callers: dict[tuple[object, object], Callers] = {}

    def across(
        self,
        ground: Ground,
        firsts: Iterable[Entry],
        seconds: Sequence[tuple[Entry, int]],
        meet: Meet,
    ) -> None:
        """Note where one of `firsts` and one of `seconds` meet in `ground`.

        `seconds` come with the deployments at which they can meet anything. What any of them says
        must not depend on the date, but for when it is live.
        """
        groups: dict[object, list[tuple[Entry, Span]]] = {}
        for first in firsts:
            span = ground.spans.of(first)
            groups.setdefault(span.asks, []).append((first, span))
        for second, where in seconds:
            own = ground.spans.of(second)
            for asks, group in groups.items():
                callers = self._callers_of(asks, own.asks, group[0][0], second)
                if not callers:
                    continue
                for first, span in group:
                    meeting = span.first < own.until and own.first < span.until
                    if meeting and where & possible(first.reach.where):
                        self._look(ground, (first, second), callers, meet)

    def _look(self, ground: Ground, pair: Pair, callers: Callers, meet: Meet) -> None:
        ids = (pair[0].clause.id, pair[1].clause.id)
        if any(id in ground.plan.excepted_by for id in ids):
            self.note(ground, ids, _spots(ground, pair, callers, meet))
        elif ids not in self._found:
            # With no exception between them, they meet on the same dates in every model.
            self.note(ground, ids, _alone(ground, pair, callers, meet))

    def _callers_of(self, a: object, b: object, first: Entry, second: Entry) -> Callers:
        """The plainest callers of whom both speak, looked up by what they ask of callers."""
        found = self._callers.get((a, b))
        if found is None:
            found = self._callers[a, b] = tuple(callers_of((first.clause, second.clause)))
        return found

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


def _alone(ground: Ground, pair: Pair, callers: Callers, meet: Meet) -> Iterator[Spot]:
    """The first spot of two clauses that nothing else can suspend: all their time is alike."""
    period = ground.shared(*pair)
    if period is None:
        return
    for interface in ground.interfaces:
        if all(_serves(ground, entry, interface) for entry in pair):
            for caller in callers:
                spot = Spot(interface=interface, period=period, caller=caller)
                if meet(ground.swept(spot, *pair), pair):
                    yield spot
                    return


def _spots(ground: Ground, pair: Pair, callers: Callers, meet: Meet) -> Iterator[Spot]:
    clauses = tuple(entry.clause for entry in pair)
    near = ground.only(ground.with_exceptions(*(clause.id for clause in clauses)))
    helping = [e.clause for e in near.deciding if e.clause not in clauses]
    courses = bare(clauses, helping)
    callers = (*callers, *carved_out(callers, helping, ground.model))
    for interface in near.interfaces:
        if not all(_serves(ground, entry, interface) for entry in pair):
            continue
        for period in near.periods_of(*pair):
            spots = (
                Spot(interface=interface, period=period, caller=caller, course=course)
                for course in courses
                for caller in callers
            )
            yield from (spot for spot in spots if meet(near.swept(spot), pair))


def _serves(ground: Ground, entry: Entry, interface: str) -> bool:
    named = entry.reach.interfaces is None or interface in entry.reach.interfaces
    serving = ground.plan.plan.by_interface.get(interface, 0)
    return named and bool(possible(entry.reach.where) & serving)


def _plainness(found: tuple[Ground, Spot]) -> tuple[datetime, int, int]:
    _, spot = found
    return (spot.period.at, len(spot.course), len(spot.caller.labels))
