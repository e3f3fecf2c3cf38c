"""Counts requests one after the other, as they started: where one leaves another no room.

Capacity that is provisioned is spent minute by minute, commitments are taken as the replay goes;
both change where the next request goes. What touches neither is counted at once, as `counting`
does; only the rest is held and taken in order.

>>> ordered = Ordered(fates, load, paces, reader.decision)
>>> ordered.collect(reader.block(7), 7, since_us=since_us, until_us=until_us)
>>> ordered.take_held()
>>> ordered.comparison().mode
'in time order'
"""

from typing import Final

import msgspec

from detente.canonical.decision import ClauseId
from detente.ledger.entries import time_of, us_of
from detente.ledger.store.blocks import asked
from detente.ledger.store.replaying import Ended, Traffic
from detente.ledger.uses import UseClass
from detente.replay.comparison import Comparison, Fate, Tally
from detente.replay.counting import add_tokens, key_of, settle, times_of, usage_of
from detente.replay.fates import Circumstances, Fates, Ruling
from detente.replay.paces import HOUR_US, Pace, Paces
from detente.replay.pools import Load, Need, PoolLoad, need_of
from detente.replay.recorded import DecisionOf, Recorded, recorded_of

CLASSES_HELD_MAX: Final = 50_000
RULINGS_HELD_MAX: Final = 200
"""Of one class: as many as there are epochs and combinations of what is full."""

Moment = tuple[tuple[str, ...], tuple[ClauseId, ...] | None]
"""What is full, and which commitments are behind."""
NOTHING: Final = Need()


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What those before leave to the next: what is taken, and what was behind in that `hour`."""

    load: Load
    pace: Pace | None
    hour: int
    behind: tuple[ClauseId, ...] | None


class _Held(msgspec.Struct, frozen=True):
    """A ruling, where it is counted, and the commitments that it counts towards, by place."""

    ruling: Ruling
    tally: Tally
    counts: tuple[int, ...]


class _Class:
    """A class, with its rulings by moment, and the last of them.

    `in_order` is whether it takes room, or counts towards a commitment; `weighs` whether by its
    tokens.
    """

    __slots__ = (
        "behind",
        "full",
        "has_pools",
        "held",
        "in_order",
        "recorded",
        "rulings",
        "since_us",
        "until_us",
        "weighs",
    )

    def __init__(self, recorded: Recorded, *, has_pools: bool, paced: bool, weighs: bool) -> None:
        self.recorded = recorded
        self.has_pools = has_pools
        self.in_order = (has_pools or paced) and not recorded.rehearsed
        self.weighs = weighs
        self.rulings: dict[Moment, list[_Held]] = {}
        self.full: tuple[str, ...] = ()
        self.behind: tuple[ClauseId, ...] | None = None
        self.held: _Held | None = None
        self.since_us = self.until_us = 0


_Pending = tuple[int, int, int, _Class, Ended, Need]


class Ordered:
    """Counts of requests that come interval by interval.

    `paces` is None where commitments are as they were: what was behind then is behind again.
    """

    def __init__(
        self,
        fates: Fates,
        load: PoolLoad,
        paces: Paces | None,
        decision_of: DecisionOf,
        *,
        with_tokens: bool = False,
    ) -> None:
        self._fates = fates
        self._shift_us = fates.shift_us
        self._load = load
        self._paces = paces
        self._decision_of = decision_of
        self._with_tokens = with_tokens
        self._emptied = frozenset(
            name
            for pool in load.pools
            if not pool.as_before
            for names in pool.deployments.values()
            for name in names
        )
        self._pooled = {model for pool in load.pools for model in pool.deployments}
        self._paced = frozenset[str]() if paces is None else paces.models
        self._weighed = (
            self._paced if paces is not None and paces.needs_tokens else frozenset[str]()
        )
        self._classes: dict[tuple[object, ...], _Class | None] = {}
        self._tallies: dict[Fate, Tally] = {}
        self._pending: list[_Pending] = []
        self._undecided = 0
        self._hour = -1
        self._behind: tuple[ClauseId, ...] | None = None
        self._first_us: int | None = None
        self._last_us: int | None = None

    def collect(self, traffic: Traffic, block: int, *, since_us: int, until_us: int) -> None:
        """Counts those requests of a block that no other touches, and holds the rest.

        Only those that started in the half-open time.
        """
        classes, find, hold = self._classes, self._find, self._pending.append
        starts = traffic.started_us
        rows = enumerate(zip(starts, traffic.shared, traffic.ended, strict=True))
        for row, (started_us, shared, ended) in rows:
            if not since_us <= started_us < until_us:
                continue
            if ended.outcome == "answered" and len(ended.attempts) == 1:
                key = (shared, ended.deployment, ended.decision)
            else:
                key = key_of(shared, ended)
            try:
                class_ = classes[key]
            except KeyError:
                class_ = find(key, shared, ended)
            if class_ is None:
                self._undecided += 1
            elif class_.in_order:
                need = need_of(usage_of(ended)) if class_.weighs else NOTHING
                hold((started_us, block, row, class_, ended, need))
            else:
                self._settle_alone(class_, started_us, ended)
        self._note([us for us in starts if since_us <= us < until_us])

    def take_held(self) -> None:
        """Takes those that are held, in the order of their starts."""
        pending, self._pending = self._pending, []
        pending.sort()
        for started_us, _, _, class_, ended, need in pending:
            self._take(class_, started_us, ended, need)

    @property
    def left(self) -> Left:
        """What those that were taken leave to the next."""
        return Left(
            load=self._load.load,
            pace=None if self._paces is None else self._paces.pace,
            hour=self._hour,
            behind=self._behind,
        )

    def go_on(self, left: Left) -> None:
        """Goes on from what others have left."""
        self._load.go_on(left.load)
        self._hour, self._behind = left.hour, left.behind
        if self._paces is not None and left.pace is not None:
            self._paces.go_on(left.pace)

    def _take(self, class_: _Class, started_us: int, ended: Ended, need: Need) -> None:
        """Counts the next request, which takes room or counts towards a commitment."""
        at_us = started_us + self._shift_us
        paces, has_pools = self._paces, class_.has_pools
        if paces is not None and at_us // HOUR_US != self._hour:
            self._hour = at_us // HOUR_US
            self._behind = paces.behind(time_of(at_us))
        full: tuple[str, ...] = ()
        if has_pools:
            recorded = class_.recorded
            full = self._load.full(at_us, need, recorded.question.model, recorded.held_by)
        held = class_.held
        if (
            held is None
            or not class_.since_us <= at_us < class_.until_us
            or class_.full != full
            or class_.behind != self._behind
        ):
            held = self._rule(class_, started_us, at_us, full, self._behind)
        ruling = held.ruling
        cost = settle(held.tally, ruling, ended)
        if self._with_tokens:
            add_tokens(held.tally, ended)
        served_by = ruling.fate.after
        if has_pools and served_by is not None:
            self._load.take(need, class_.recorded.question.model, served_by)
        if held.counts and paces is not None:
            tokens = need.input_tokens + need.output_tokens
            paces.add(held.counts, cost_pico_usd=cost, tokens=tokens)

    def _settle_alone(self, class_: _Class, started_us: int, ended: Ended) -> None:
        """Counts a request that no other touches: as if nobody else came."""
        recorded = class_.recorded
        at_us = us_of(recorded.question.at) if recorded.rehearsed else started_us
        at_us += self._shift_us
        held = class_.held
        if held is None or not class_.since_us <= at_us < class_.until_us:
            held = self._rule(class_, started_us, at_us, (), None)
        settle(held.tally, held.ruling, ended)
        if self._with_tokens:
            add_tokens(held.tally, ended)

    def comparison(self) -> Comparison:
        """What was counted so far."""
        return Comparison(
            mode="in time order",
            fates=self._tallies,
            undecided=self._undecided,
            since=None if self._first_us is None else time_of(self._first_us),
            until=None if self._last_us is None else time_of(self._last_us),
        )

    def _note(self, starts: list[int]) -> None:
        if starts:
            first, last = min(starts), max(starts)
            self._first_us = first if self._first_us is None else min(first, self._first_us)
            self._last_us = last if self._last_us is None else max(last, self._last_us)

    def _find(self, key: tuple[object, ...], shared: bytes, ended: Ended) -> _Class | None:
        recorded = recorded_of(asked(shared), ended, self._decision_of)
        if len(self._classes) >= CLASSES_HELD_MAX:
            self._classes.clear()
        found = None
        if recorded is not None:
            model = recorded.question.model
            found = _Class(
                recorded,
                has_pools=model in self._pooled,
                paced=model in self._paced,
                weighs=model in self._pooled or model in self._weighed,
            )
        self._classes[key] = found
        return found

    def _rule(
        self,
        class_: _Class,
        started_us: int,
        at_us: int,
        full: tuple[str, ...],
        behind: tuple[ClauseId, ...] | None,
    ) -> _Held:
        moment = (full, behind)
        rulings = class_.rulings.get(moment)
        if rulings is None:
            if len(class_.rulings) >= RULINGS_HELD_MAX:
                class_.rulings.clear()
            rulings = class_.rulings[moment] = []
        held = next((h for h in rulings if h.ruling.since_us <= at_us < h.ruling.until_us), None)
        if held is None:
            at, known_at = times_of(class_.recorded, started_us)
            now = Circumstances(full, self._emptied, behind)
            ruling = self._fates.ruling_in(now, class_.recorded, at=at, known_at=known_at)
            tally = self._tallies.setdefault(ruling.fate, Tally())
            held = _Held(ruling, tally, self._counts(class_.recorded, ruling))
            rulings.append(held)
        class_.full, class_.behind, class_.held = full, behind, held
        class_.since_us, class_.until_us = held.ruling.since_us, held.ruling.until_us
        return held

    def _counts(self, recorded: Recorded, ruling: Ruling) -> tuple[int, ...]:
        """The commitments that such requests count towards."""
        served_by, question = ruling.fate.after, recorded.question
        if self._paces is None or served_by is None:
            return ()
        of = UseClass(
            deployment=served_by,
            model=question.model,
            project=question.project,
            labels=question.labels,
            interface=question.interface,
        )
        return self._paces.counting(of)
