"""Counts requests by fate, block by block; one ruling for a class and an epoch.

Pure: blocks come as values. What depends on other requests (capacity) is `ordered`'s.

>>> counting = Counting(fates, reader.decision)
>>> counting.take(traffic, since_us=0, until_us=2**62)
>>> counting.comparison().differences
0
"""

from datetime import datetime
from typing import Final

import msgspec

from detente.canonical.tariff import Tariff
from detente.canonical.usage import TOKEN_CLASSES, Usage
from detente.ledger.entries import time_of, us_of
from detente.ledger.store.blocks import asked
from detente.ledger.store.replaying import Ended, Traffic
from detente.replay.comparison import Comparison, Fate, Tally
from detente.replay.fates import Fates, Ruling
from detente.replay.recorded import NO_USAGE, DecisionOf, Recorded, meetings, recorded_of

CLASSES_HELD_MAX: Final = 50_000
"""Classes kept, some 2 KB each: clients can vary labels of a request at will."""

_decode_usage: Final = msgspec.msgpack.Decoder(Usage).decode


class _Class:
    """A class, its rulings by epoch, and the one that was used last with its tally."""

    __slots__ = ("recorded", "ruling", "rulings", "tally")

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.rulings: list[tuple[Ruling, Tally]] = []
        self.ruling: Ruling | None = None
        self.tally = Tally()


class Counting:
    """Counts of requests that do not depend on each other."""

    def __init__(self, fates: Fates, decision_of: DecisionOf, *, with_tokens: bool = False) -> None:
        self.fates: dict[Fate, Tally] = {}
        self.undecided = 0
        self._since_us: int | None = None
        self._until_us: int | None = None
        self._fates = fates
        self._shift_us = fates.shift_us
        self._with_tokens = with_tokens
        self._decision_of = decision_of
        self._classes: dict[tuple[object, ...], _Class | None] = {}

    def take(self, traffic: Traffic, *, since_us: int, until_us: int) -> None:
        """Counts those requests of a block that started in the half-open time."""
        find, classes, shift_us = self._find, self._classes, self._shift_us
        with_tokens = self._with_tokens
        starts = traffic.started_us
        inside = since_us <= min(starts) and max(starts) < until_us
        for started_us, shared, ended in zip(starts, traffic.shared, traffic.ended, strict=True):
            if not inside and not since_us <= started_us < until_us:
                continue
            attempts, outcome = ended.attempts, ended.outcome
            if outcome == "answered" and len(attempts) == 1:
                key = (shared, ended.deployment, ended.decision)
            else:
                key = key_of(shared, ended)
            try:
                class_ = classes[key]
            except KeyError:
                class_ = find(key, shared, ended)
            if class_ is None:
                self.undecided += 1
                continue
            ruling = class_.ruling
            if ruling is None or not ruling.since_us <= started_us + shift_us < ruling.until_us:
                ruling = self._rule(class_, started_us)
            settle(class_.tally, ruling, ended)
            if with_tokens:
                add_tokens(class_.tally, ended)
        self._note(starts if inside else [us for us in starts if since_us <= us < until_us])

    def comparison(self) -> Comparison:
        """What was counted so far."""
        first, last = self._since_us, self._until_us
        return Comparison(
            mode="by class",
            fates=self.fates,
            undecided=self.undecided,
            since=None if first is None else time_of(first),
            until=None if last is None else time_of(last),
        )

    def _note(self, starts: list[int]) -> None:
        if starts:
            first, last = min(starts), max(starts)
            self._since_us = first if self._since_us is None else min(first, self._since_us)
            self._until_us = last if self._until_us is None else max(last, self._until_us)

    def _find(self, key: tuple[object, ...], shared: bytes, ended: Ended) -> _Class | None:
        recorded = recorded_of(asked(shared), ended, self._decision_of)
        if len(self._classes) >= CLASSES_HELD_MAX:
            self._classes.clear()
        class_ = self._classes[key] = None if recorded is None else _Class(recorded)
        return class_

    def _rule(self, class_: _Class, started_us: int) -> Ruling:
        """The ruling for a request that started then."""
        recorded = class_.recorded
        at_us = us_of(recorded.question.at) if recorded.rehearsed else started_us
        at_us += self._shift_us
        found = next(
            (pair for pair in class_.rulings if pair[0].since_us <= at_us < pair[0].until_us), None
        )
        if found is None:
            at, known_at = times_of(recorded, started_us)
            ruling = self._fates.ruling(recorded, at=at, known_at=known_at)
            found = ruling, self.fates.setdefault(ruling.fate, Tally())
            class_.rulings.append(found)
        ruling, class_.tally = found
        class_.ruling = None if recorded.rehearsed else ruling
        return ruling


def key_of(shared: bytes, ended: Ended) -> tuple[object, ...]:
    """What tells classes apart where more happened than one answer."""
    return (
        shared,
        ended.deployment,
        ended.decision,
        ended.outcome,
        bytes(ended.usage) == NO_USAGE,
        meetings(ended.attempts),
    )


def times_of(recorded: Recorded, started_us: int) -> tuple[datetime, datetime]:
    """When a request of the class happened, and by what knowledge it was decided."""
    question = recorded.question
    if recorded.rehearsed:
        return question.at, question.known_at
    at = time_of(started_us)
    return at, at


def settle(tally: Tally, ruling: Ruling, ended: Ended) -> int | None:
    """Adds one request to the counts of its fate; what it would have cost, None where unknown."""
    tally.requests += 1
    if ended.outcome == "answered":
        tally.answered += 1
    if ruling.drilled is not None:
        return _settle_drilled(tally, ruling, ruling.drilled, ended)
    before = ended.cost_pico_usd
    if before is not None:
        tally.cost_before_pico_usd += before
    if ended.attempts:
        first_byte_ms = ended.attempts[-1].first_byte_ms
        if first_byte_ms is not None:
            tally.first_byte_ms += first_byte_ms
            tally.timed += 1
    if not ruling.keeps_cost and not (ruling.stays and ended.price in ruling.same_prices):
        return _reprice(tally, ruling, ended)
    if before is not None:
        tally.cost_after_pico_usd += before
    elif bytes(ended.usage) != NO_USAGE:
        tally.unpriced_before += 1
        tally.unpriced_after += 1
    return before


def _settle_drilled(
    tally: Tally, ruling: Ruling, tariffs: tuple[Tariff, ...], ended: Ended
) -> int | None:
    """Adds what a request costs that a drill kept from where it would have gone, there and now.

    Its use is that of whoever answered instead; where nobody did, nobody knows it.
    """
    usage = usage_of(ended)
    if usage is None:
        tally.unmetered += ruling.fate.after is not None
        return None
    before = cost_pico_usd(tariffs, usage)
    after = cost_pico_usd(ruling.tariffs, usage)
    if before is None:
        tally.unpriced_before += 1
    else:
        tally.cost_before_pico_usd += before
    if ruling.fate.after is None:
        return None
    if after is None:
        tally.unpriced_after += 1
    else:
        tally.cost_after_pico_usd += after
    if ruling.stays and after != before:
        tally.repriced += 1
    return after


def _reprice(tally: Tally, ruling: Ruling, ended: Ended) -> int | None:
    """Adds what a request costs by other rows, or at another deployment."""
    raw = bytes(ended.usage)
    if raw == NO_USAGE:
        if ruling.fate.before is None and ruling.fate.after is not None:
            tally.unmetered += 1
        return None
    before = ended.cost_pico_usd
    if before is None:
        tally.unpriced_before += 1
    if ruling.fate.after is None:
        return None
    after = cost_pico_usd(ruling.tariffs, _decode_usage(raw))
    if after is None:
        tally.unpriced_after += 1
    else:
        tally.cost_after_pico_usd += after
    if ruling.stays and after != before:
        tally.repriced += 1
    return after


def usage_of(ended: Ended) -> Usage | None:
    """What a request used, as recorded."""
    raw = bytes(ended.usage)
    return None if raw == NO_USAGE else _decode_usage(raw)


def add_tokens(tally: Tally, ended: Ended) -> None:
    """Adds what a request used."""
    usage = usage_of(ended)
    if usage is not None:
        tally.input_tokens += usage.input_tokens
        tally.output_tokens += usage.output_tokens
        for name in TOKEN_CLASSES:
            tokens = getattr(usage, name)
            if tokens:
                tally.meters[name] += tokens


def cost_pico_usd(tariffs: tuple[Tariff, ...], usage: Usage) -> int | None:
    """What `usage` costs by the first row that counts for it; None where it is unknown."""
    for tariff in tariffs:
        price = tariff.price
        if not price.depends_on_usage or price.counts_for(usage):
            return tariff.cost_pico_usd(usage)
    return None
