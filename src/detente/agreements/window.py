"""The time in which a clause holds for certain, as terms of money need it: one span, half-open.

A date that is only known as a range counts from its latest start to its earliest end, so that
nothing is reckoned by a clause that may not hold. What a question finds live is rule 1, and
`reference`'s.

>>> windows_of(agreements, ())["azure-2026/macc"]
Window(start=datetime(2026, 1, 1), until=datetime(2027, 1, 1))
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.life import lives
from detente.agreements.scope import words
from detente.canonical.decision import ClauseId
from detente.canonical.question import Event

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """`start ≤ t < until`, None where there is no bound; empty where `start` is not before."""

    start: datetime | None
    until: datetime | None

    @property
    def is_empty(self) -> bool:
        """Whether it holds no instant."""
        return self.start is not None and self.until is not None and self.until <= self.start

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in it."""
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)


def windows_of(agreements: AgreementSet, events: Iterable[Event]) -> Mapping[ClauseId, Window]:
    """The window of every clause: its dates, what supersedes or amends it, the events that end it.

    Looks at everything that is known now, whenever it was recorded: a price that was agreed late
    and for the past is what the past cost.
    """
    happened: dict[str, datetime] = {}
    for event in events:
        happened[event.name] = min(event.occurred_at, happened.get(event.name, _END))
    found: dict[ClauseId, Window] = {}
    all_lives = lives(agreements)
    for clause in agreements.clauses:
        life = all_lives[clause.id]
        ends = [ending.turn.first for ending in life.endings]
        ends += [happened[name] for name in words(clause.ends_on) if name in happened]
        until = min(ends)
        start = life.start.last
        found[clause.id] = Window(
            start=None if start == _BEGINNING else start, until=None if until == _END else until
        )
    return found
