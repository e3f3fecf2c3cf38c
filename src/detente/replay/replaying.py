"""Replays a ledger under other terms: in this process, or in as many as there are processors.

>>> replay(path, before=terms_of(now), after=terms_of(other)).differences
40000
"""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec

from detente.agreements.clauses.commit import Commit
from detente.canonical.decision import ClauseId
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.replaying import Span, TrafficReader
from detente.replay.comparison import Comparison, joined
from detente.replay.counting import Counting
from detente.replay.fates import EVER_US, NEVER_US, Fates
from detente.replay.intervals import Interval, intervals
from detente.replay.ordered import Left, Ordered
from detente.replay.paces import Paces
from detente.replay.pools import PoolLoad, pools_of
from detente.replay.processes import Ring, words
from detente.replay.terms import Terms

Progress = Callable[[int, int], None]
"""Is told how many of how many blocks were read."""
Chunk = tuple[Span, ...]
CHUNK_BLOCKS: Final = 64
"""Blocks that one process takes at a time, between two words of progress: some 8,000 requests."""
INTERVAL_BLOCKS: Final = 8
"""Blocks that one process holds at a time in the order of time: a thousand requests stay in a
processor's cache, ten thousand do not, and take half as long again."""
BLOCKS_ALONE_MAX: Final = 600
"""Up to here (some 75,000 requests) another process takes longer to start than it saves."""
PROCESSES_MAX: Final = 16


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay, and under what.

    `before` are the terms that the traffic ran under, as far as they are still known. Requests
    that started in `since_us ≤ t < until_us` count, and are decided and priced as if they had
    started `shift_us` later. Where agreements, events or offers differ between `before` and
    `after`, or time does, they are decided by all that is known today, unless `as_known_then`.
    `cuts` are the instants at which counts have to be kept apart, `taken` what of commitments was
    taken before the first request, in the period that holds then.
    """

    before: Terms
    after: Terms
    since_us: int = EVER_US
    until_us: int = NEVER_US
    shift_us: int = 0
    as_known_then: bool = False
    cuts: tuple[datetime, ...] = ()
    with_tokens: bool = False
    taken: dict[ClauseId, Decimal] = {}

    @property
    def simulates_commitments(self) -> bool:
        """Whether other commitments than those of before order the requests."""
        return _commitments(self.before) != _commitments(self.after)

    @property
    def in_time_order(self) -> bool:
        """Whether what becomes of a request depends on those before it."""
        if self.before == self.after and not self.shift_us:
            return False
        return self.simulates_commitments or bool(pools_of(self.before, self.after))


def replay(
    path: LedgerPlace,
    order: Order,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """The traffic that the ledger at `path` has recorded, under other terms.

    As many `processes` as there are processors, where the ledger is large. Raises
    `LedgerUnusable` where there is no ledger or a record of it cannot be read.
    """
    told = progress or _nobody
    with closing(TrafficReader.open(path)) as reader:
        spans = reader.spans(order.since_us, order.until_us)
        several = 1 if len(spans) <= BLOCKS_ALONE_MAX else len(os.sched_getaffinity(0))
        several = max(1, min(processes or several, PROCESSES_MAX, len(spans)))
        chunks = [tuple(spans[at : at + CHUNK_BLOCKS]) for at in range(0, len(spans), CHUNK_BLOCKS)]
        parts = intervals(spans, order.since_us, order.until_us, blocks=INTERVAL_BLOCKS)
        if several == 1:
            done = _counter(told, len(spans))
            if order.in_time_order:
                return _in_order(reader, order, parts, done)
            return _by_class(reader, order, chunks, done)
    if order.in_time_order:
        said = words(
            partial(_share_in_order, path, order),
            [tuple(enumerate(parts))[at::several] for at in range(several)],
        )
    else:
        said = words(
            partial(_share_by_class, path, order), [chunks[at::several] for at in range(several)]
        )
    counted: list[Comparison] = []
    done = _counter(told, len(spans))
    for word in said:
        if isinstance(word, int):
            done(word)
        else:
            counted.append(word)
    return joined(counted)


def _counter(told: Progress, total: int) -> Callable[[int], None]:
    """Tells how many of `total` are done, whenever some more are."""
    done = 0

    def more(blocks: int) -> None:
        nonlocal done
        done += blocks
        told(done, total)

    return more


def _by_class(
    reader: TrafficReader, order: Order, chunks: Sequence[Chunk], done: Callable[[int], None]
) -> Comparison:
    counting = Counting(_fates(order), reader.decision, with_tokens=order.with_tokens)
    for chunk in chunks:
        for span in chunk:
            traffic = reader.block(span.block)
            counting.take(traffic, since_us=order.since_us, until_us=order.until_us)
        done(len(chunk))
    return counting.comparison()


def _share_by_class(
    path: LedgerPlace,
    order: Order,
    chunks: Sequence[Chunk],
    done: Callable[[int], None],
    ring: Ring[Left],
) -> Comparison:
    """One process's share; what the others count leaves it alone."""
    del ring
    with closing(TrafficReader.open(path)) as reader:
        return _by_class(reader, order, chunks, done)


def _in_order(
    reader: TrafficReader,
    order: Order,
    parts: Sequence[Interval],
    done: Callable[[int], None],
) -> Comparison:
    ordered = _ordered(order, reader)
    for part in parts:
        _collect(ordered, reader, part)
        ordered.take_held()
        done(part.begins)
    return ordered.comparison()


def _share_in_order(
    path: LedgerPlace,
    order: Order,
    parts: Sequence[tuple[int, Interval]],
    done: Callable[[int], None],
    ring: Ring[Left],
) -> Comparison:
    """One process's share: it reads ahead while the others take what comes before."""
    with closing(TrafficReader.open(path)) as reader:
        ordered = _ordered(order, reader)
        for number, part in parts:
            _collect(ordered, reader, part)
            if number > 0:
                ordered.go_on(ring.receive())
            ordered.take_held()
            ring.leave(ordered.left)
            done(part.begins)
        return ordered.comparison()


def _collect(ordered: Ordered, reader: TrafficReader, part: Interval) -> None:
    for span in part.spans:
        traffic = reader.block(span.block)
        ordered.collect(traffic, span.block, since_us=part.since_us, until_us=part.until_us)


def _commitments(terms: Terms) -> tuple[Commit, ...]:
    return tuple(clause for clause in terms.agreements.clauses if isinstance(clause, Commit))


def first_start_us(
    path: LedgerPlace, since_us: int = EVER_US, until_us: int = NEVER_US
) -> int | None:
    """When the first request of that time started, None where there is none."""
    with closing(TrafficReader.open(path)) as reader:
        spans = sorted(reader.spans(since_us, until_us), key=lambda span: span.earliest_us)
        first: int | None = None
        for span in spans:
            if first is not None and span.earliest_us >= first:
                break
            starts = [us for us in reader.block(span.block).started_us if since_us <= us < until_us]
            first = min(starts if first is None else [first, *starts], default=None)
        return first


def _ordered(order: Order, reader: TrafficReader) -> Ordered:
    return Ordered(
        _fates(order),
        PoolLoad(pools_of(order.before, order.after)),
        Paces(order.after, order.taken) if order.simulates_commitments else None,
        reader.decision,
        with_tokens=order.with_tokens,
    )


def _fates(order: Order) -> Fates:
    return Fates(
        order.before,
        order.after,
        as_known_then=order.as_known_then,
        shift_us=order.shift_us,
        cuts=order.cuts,
    )


def _nobody(done: int, total: int) -> None:
    del done, total
