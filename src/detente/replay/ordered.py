"""Counts requests one after the other, as they started: where one leaves another no room.

Capacity that is provisioned is spent minute by minute, commitments are taken as the replay goes;
both change where the next request goes. Slower than `counting`, which shares no order.

>>> ordered = Ordered(fates, pools, paces, reader.decision)
>>> ordered.take(started_us, shared, ended)
>>> ordered.comparison().mode
'in time order'
"""

from typing import Final

from detente.canonical.decision import ClauseId
from detente.ledger.entries import time_of, us_of
from detente.ledger.store.replaying import Ended, asked
from detente.ledger.uses import UseClass
from detente.replay.comparison import Comparison, Fate, Tally
from detente.replay.counting import add_tokens, key_of, settle, times_of, usage_of
from detente.replay.fates import Circumstances, Fates, Ruling
from detente.replay.paces import HOUR_US, Paces
from detente.replay.pools import PoolLoad, need_of
from detente.replay.recorded import DecisionOf, Recorded, recorded_of

CLASSES_HELD_MAX: Final = 50_000
RULINGS_HELD_MAX: Final = 200
"""Of one class: as many as there are epochs and combinations of what is full."""

Moment = tuple[tuple[str, ...], tuple[ClauseId, ...] | None]
"""What is full, and which commitments are behind."""


class _Class:
    """A class, with its rulings by moment, and the last of them."""

    __slots__ = ("behind", "full", "has_pools", "recorded", "ruling", "rulings", "tally")

    def __init__(self, recorded: Recorded, *, has_pools: bool) -> None:
        self.recorded = recorded
        self.has_pools = has_pools
        self.rulings: dict[Moment, list[tuple[Ruling, Tally]]] = {}
        self.full: tuple[str, ...] = ()
        self.behind: tuple[ClauseId, ...] | None = None
        self.ruling: Ruling | None = None
        self.tally = Tally()


class Ordered:
    """Counts of requests that come in the order of their starts.

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
        self._classes: dict[tuple[object, ...], _Class | None] = {}
        self._tallies: dict[Fate, Tally] = {}
        self._undecided = 0
        self._hour = -1
        self._behind: tuple[ClauseId, ...] | None = None
        self._first_us: int | None = None
        self._last_us: int | None = None

    def take(self, started_us: int, shared: bytes, ended: Ended) -> None:
        """Counts the next request."""
        if self._first_us is None:
            self._first_us = started_us
        self._last_us = started_us
        if ended.outcome == "answered" and len(ended.attempts) == 1:
            key = (shared, ended.deployment, ended.decision)
        else:
            key = key_of(shared, ended)
        try:
            class_ = self._classes[key]
        except KeyError:
            class_ = self._find(key, shared, ended)
        if class_ is None:
            self._undecided += 1
        elif class_.recorded.rehearsed:  # at another time, when nobody else came
            recorded = class_.recorded
            at_us = us_of(recorded.question.at) + self._fates.shift_us
            self._settle(class_, started_us, at_us, ended)
        elif class_.has_pools or self._paces is not None:
            self._take_room(class_, started_us, ended)
        else:
            self._settle(class_, started_us, started_us + self._fates.shift_us, ended)

    def _take_room(self, class_: _Class, started_us: int, ended: Ended) -> None:
        """Counts a request that takes room, or counts towards a commitment."""
        at_us = started_us + self._fates.shift_us
        paces, recorded = self._paces, class_.recorded
        if paces is not None and at_us // HOUR_US != self._hour:
            self._hour = at_us // HOUR_US
            self._behind = paces.behind(time_of(at_us))
        need, model = need_of(usage_of(ended)), recorded.question.model
        full: tuple[str, ...] = ()
        if class_.has_pools:
            full = self._load.full(at_us, need, model, recorded.held_by)
        ruling, cost = self._settle(class_, started_us, at_us, ended, full)
        served_by = ruling.fate.after
        if served_by is None:
            return
        if class_.has_pools:
            self._load.take(need, model, served_by)
        if paces is not None:
            tokens = need.input_tokens + need.output_tokens
            paces.take(_use_class(recorded, served_by), cost_pico_usd=cost, tokens=tokens)

    def _settle(
        self,
        class_: _Class,
        started_us: int,
        at_us: int,
        ended: Ended,
        full: tuple[str, ...] = (),
    ) -> tuple[Ruling, int | None]:
        """Counts a request under its ruling; what it costs, None where unknown."""
        ruling = class_.ruling
        if (
            ruling is None
            or not ruling.since_us <= at_us < ruling.until_us
            or class_.full != full
            or class_.behind is not self._behind
        ):
            ruling = self._rule(class_, started_us, at_us, full)
        cost = settle(class_.tally, ruling, ended)
        if self._with_tokens:
            add_tokens(class_.tally, ended)
        return ruling, cost

    def comparison(self) -> Comparison:
        """What was counted so far."""
        return Comparison(
            mode="in time order",
            fates=self._tallies,
            undecided=self._undecided,
            since=None if self._first_us is None else time_of(self._first_us),
            until=None if self._last_us is None else time_of(self._last_us),
        )

    def _find(self, key: tuple[object, ...], shared: bytes, ended: Ended) -> _Class | None:
        recorded = recorded_of(asked(shared), ended, self._decision_of)
        if len(self._classes) >= CLASSES_HELD_MAX:
            self._classes.clear()
        found = None
        if recorded is not None:
            found = _Class(recorded, has_pools=recorded.question.model in self._pooled)
        self._classes[key] = found
        return found

    def _rule(self, class_: _Class, started_us: int, at_us: int, full: tuple[str, ...]) -> Ruling:
        moment = (full, self._behind)
        held = class_.rulings.get(moment)
        if held is None:
            if len(class_.rulings) >= RULINGS_HELD_MAX:
                class_.rulings.clear()
            held = class_.rulings[moment] = []
        pair = next((p for p in held if p[0].since_us <= at_us < p[0].until_us), None)
        if pair is None:
            at, known_at = times_of(class_.recorded, started_us)
            now = Circumstances(full, self._emptied, self._behind)
            ruling = self._fates.ruling_in(now, class_.recorded, at=at, known_at=known_at)
            pair = ruling, self._tallies.setdefault(ruling.fate, Tally())
            held.append(pair)
        class_.full, class_.behind = full, self._behind
        class_.ruling, class_.tally = pair
        return pair[0]


def _use_class(recorded: Recorded, served_by: str) -> UseClass:
    question = recorded.question
    return UseClass(
        deployment=served_by,
        model=question.model,
        project=question.project,
        labels=question.labels,
        interface=question.interface,
    )
