"""When a clause is live, as windows worked out once: the compiled form of rule 1.

A clause has one window in which it is live for certain and a wider one in which it may be, for
each state of knowledge. Events that end a clause are looked at when the question comes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.moment import Moment, earliest, latest
from detente.canonical.decision import ClauseId

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class Turn(msgspec.Struct, frozen=True):
    """A date at which a clause begins or ends: first and last possible instant, its name."""

    first: datetime
    last: datetime
    name: str


class Ending(msgspec.Struct, frozen=True):
    """A turn that ends a clause, once it was recorded; `by` is the clause that amends it."""

    recorded_at: datetime
    turn: Turn
    by: ClauseId | None = None


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """All dates of one clause."""

    recorded_at: datetime
    start: Turn
    endings: tuple[Ending, ...]

    def at(self, t: datetime, k: datetime, left_out: ClauseId | None) -> frozenset[str] | None:
        """None where the clause is not live, else what is missing to be sure; empty is sure."""
        if self.recorded_at > k or t < self.start.first:
            return None
        facts = {self.start.name} if t < self.start.last else set[str]()
        for ending in self.endings:
            if ending.recorded_at > k or (left_out is not None and ending.by == left_out):
                continue
            if t >= ending.turn.last:
                if ending.turn.first != _END:
                    return None
                # None at all: even the last instant that there is lies before it.
            elif t >= ending.turn.first:
                facts.add(ending.turn.name)
        return frozenset(facts)


def lives(agreements: AgreementSet) -> Mapping[ClauseId, Life]:
    """The life of every clause of the set."""
    return {
        clause.id: Life(
            recorded_at=_recorded(clause),
            start=_turn(clause.from_, f"start of {clause.id}", _BEGINNING),
            endings=(
                Ending(_BEGINNING, _turn(clause.until, f"end of {clause.id}", _END)),
                *(
                    Ending(a.recorded_at, _turn(a.from_, f"start of {a.id}", _END))
                    for a in agreements.successors_of(clause.agreement)
                ),
                *(
                    Ending(_recorded(c), _turn(c.from_, f"start of {c.id}", _BEGINNING), c.id)
                    for c in agreements.amenders_of(clause.id)
                ),
            ),
        )
        for clause in agreements.clauses
    }


def _turn(moment: Moment | None, name: str, otherwise: datetime) -> Turn:
    if moment is None:
        return Turn(otherwise, otherwise, name)
    return Turn(earliest(moment), latest(moment), name)


def _recorded(clause: Clause) -> datetime:
    return clause.recorded_at or _END
