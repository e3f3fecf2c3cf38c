"""What becomes of a class of recorded requests: under the terms of then, and under others.

Decides and looks up prices once for a class and an epoch; counting is `counting`'s.

>>> Fates(before, after).ruling(recorded, at=at, known_at=at).fate.after
'aws/claude-opus-4-7'
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from detente.canonical.decision import ClauseId
from detente.canonical.tariff import Tariff
from detente.ledger.entries import us_of
from detente.replay.comparison import Fate
from detente.replay.deciding import Decider
from detente.replay.recorded import Recorded
from detente.replay.terms import Terms
from detente.replay.walk import Path

EVER_US: Final = -(2**62)
NEVER_US: Final = 2**62


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of a class in an epoch, and what its requests cost there.

    `stays` is whether it stays where it was, `keeps_cost` whether no price has changed there
    either: it costs what it did. `tariffs` are the rows that may count where it would be served,
    of which the first that does counts; `same_prices` are the ids of those that stand in both
    terms. `drilled` are the rows of before where a drill kept requests from: what they would have
    cost there; None where there was no drill. `since_us ≤ at < until_us` is the epoch.
    """

    fate: Fate
    stays: bool
    keeps_cost: bool
    tariffs: tuple[Tariff, ...]
    same_prices: frozenset[str]
    drilled: tuple[Tariff, ...] | None
    since_us: int
    until_us: int


class Circumstances(msgspec.Struct, frozen=True):
    """What other requests make of the moment in which one comes.

    `full` are deployments without room, `emptied` those that have room, whatever they said of it
    then. `behind` are the commitments behind their pace, None where those of then are meant.
    """

    full: tuple[str, ...] = ()
    emptied: frozenset[str] = frozenset()
    behind: tuple[ClauseId, ...] | None = None


ALONE: Final = Circumstances()


class Fates:
    """Rules on classes of requests; whoever asks keeps the rulings."""

    def __init__(
        self,
        before: Terms,
        after: Terms,
        *,
        as_known_then: bool = False,
        shift_us: int = 0,
        cuts: Sequence[datetime] = (),
    ) -> None:
        self.shift_us = shift_us
        self._now = Decider(after)
        self._then = self._now if before == after else Decider(before)
        agree = as_known_then or (after.agrees_with(before) and not shift_us)
        self._known_from = None if agree else after.known_from()
        self._cuts_us = [us_of(cut) for cut in sorted(set(cuts))]

    def ruling(self, recorded: Recorded, *, at: datetime, known_at: datetime) -> Ruling:
        """What becomes of the class for requests at `at` that were decided by `known_at`.

        Both are times of the record; the ruling's epoch is one of the replay, which is later by
        the shift.
        """
        return self.ruling_in(ALONE, recorded, at=at, known_at=known_at)

    def ruling_in(
        self, moment: Circumstances, recorded: Recorded, *, at: datetime, known_at: datetime
    ) -> Ruling:
        """What becomes of the class where other requests leave it no room; see `ruling`."""
        shift = timedelta(microseconds=self.shift_us)
        moved, known = at + shift, known_at + shift
        if self._known_from is not None:
            known = max(known, self._known_from)
        path = self._now.path(_in(moment, recorded), at=moved, known_at=known, full=moment.full)
        since, until = _us(path.since, EVER_US), _us(path.until, NEVER_US)
        unlike = path.served_by != recorded.held_by
        if self._then is not self._now or self.shift_us:
            old = self._then.path(recorded, at=at, known_at=known_at)
            unlike = old.served_by != recorded.held_by
            since = max(since, _us(old.since, EVER_US) + self.shift_us)
            until = min(until, _us(old.until, NEVER_US) + self.shift_us)
        span, first, last = self._span(us_of(moved))
        model, stays = recorded.question.model, path.served_by == recorded.held_by
        tariffs = self._now.tariffs(model, path.served_by, moved)
        old_rows = self._then.rows(model, recorded.held_by) if stays else []
        rows_stay = stays and self._now.rows(model, path.served_by) == old_rows
        return Ruling(
            fate=self._fate(recorded, path, unlike=unlike, span=span),
            stays=stays,
            keeps_cost=rows_stay and not self.shift_us and not recorded.drilled,
            tariffs=tariffs,
            same_prices=frozenset(t.price.id for t in tariffs if t.price in old_rows),
            drilled=self._then.tariffs(model, recorded.held_by, at) if recorded.drilled else None,
            since_us=max(since, first),
            until_us=min(until, last),
        )

    def _span(self, at_us: int) -> tuple[int, int, int]:
        """How many cuts lie before, and between which two."""
        place = bisect_right(self._cuts_us, at_us)
        cuts = (EVER_US, *self._cuts_us, NEVER_US)
        return place, cuts[place], cuts[place + 1]

    def _fate(self, recorded: Recorded, path: Path, *, unlike: bool, span: int) -> Fate:
        question = recorded.question
        money = bool(self._cuts_us)
        gone = self._now.terms.gone
        return Fate(
            model=question.model,
            project=question.project,
            before=recorded.held_by,
            after=path.served_by,
            tried=tuple(recorded.failed),
            in_vain=path.in_vain,
            outcome=path.last.outcome,
            clauses_before=recorded.clauses,
            clauses_after=path.last.clauses,
            owed=_owed(recorded, path),
            gone=tuple(name for name in path.in_vain if name in gone),
            unlike=unlike,
            rehearsed=recorded.rehearsed,
            drilled=recorded.drilled,
            interface=question.interface if money else None,
            labels=question.labels if money else (),
            span=span,
        )


def _in(moment: Circumstances, recorded: Recorded) -> Recorded:
    """The class as it meets the moment."""
    if moment.behind is not None:
        snapshot = msgspec.structs.replace(recorded.snapshot, behind=moment.behind)
        recorded = msgspec.structs.replace(recorded, snapshot=snapshot)
    failed = {
        name: met
        for name, met in recorded.failed.items()
        if name not in moment.emptied or met.signal in (None, "unreachable")
    }
    return msgspec.structs.replace(recorded, failed=failed)


def _owed(recorded: Recorded, path: Path) -> tuple[str, ...]:
    """The first refusals whose holders were not asked, though others got the request."""
    offered = path.offered_first
    if recorded.held_by is None or recorded.held_by in offered:
        return ()
    missed = (clauses for name, clauses in offered.items() if name not in recorded.failed)
    return tuple(dict.fromkeys(clause for clauses in missed for clause in clauses))


def _us(at: datetime | None, otherwise: int) -> int:
    return otherwise if at is None else us_of(at)
