"""The promises that hold on a day, with their words and where a reader can check them.

A covenant decides no request, so that nobody would meet it but here.

>>> standing(agreements, (), at=now, known_at=now)[0].party
'microsoft'
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clauses.covenant import Covenant
from detente.agreements.life import lives
from detente.agreements.moment import in_words
from detente.agreements.scope import words
from detente.canonical.decision import ClauseId
from detente.canonical.question import Event


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """One covenant. `since` and `until` are dates in words, None where there is none; `doubtful`
    are the dates of which only a range is known and on which it depends whether it holds."""

    clause: ClauseId
    party: str
    text: str
    since: str | None
    until: str | None
    quote: str | None
    source: str | None
    doubtful: tuple[str, ...] = ()


def standing(
    agreements: AgreementSet, events: Iterable[Event], *, at: datetime, known_at: datetime
) -> tuple[Promise, ...]:
    """The covenants that hold at `at`, or may, by what was known at `known_at`; by id."""
    happened = {
        event.name for event in events if event.occurred_at <= at and event.recorded_at <= known_at
    }
    sources = {agreement.id: agreement.source for agreement in agreements.agreements}
    all_lives = lives(agreements)
    found: list[Promise] = []
    for clause in agreements.clauses:
        if not isinstance(clause, Covenant) or not happened.isdisjoint(words(clause.ends_on)):
            continue
        doubtful = all_lives[clause.id].at(at, known_at, None)
        if doubtful is None:
            continue
        found.append(
            Promise(
                clause=clause.id,
                party=clause.party,
                text=clause.text,
                since=None if clause.from_ is None else in_words(clause.from_),
                until=None if clause.until is None else in_words(clause.until),
                quote=clause.quote,
                source=clause.source or sources.get(clause.agreement),
                doubtful=tuple(sorted(doubtful)),
            )
        )
    return tuple(found)
