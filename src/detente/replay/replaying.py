"""Replays a ledger under other terms: in this process, or in as many as there are processors.

>>> replay(path, before=terms_of(now), after=terms_of(other)).differences
40000
"""

import multiprocessing
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import msgspec

from detente.agreements.clauses.commit import Commit
from detente.canonical.decision import ClauseId
from detente.canonical.failure import OurBug
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.replaying import Ended, Span, TrafficReader
from detente.replay.comparison import Comparison, joined
from detente.replay.counting import Counting
from detente.replay.fates import EVER_US, NEVER_US, Fates
from detente.replay.ordered import Ordered
from detente.replay.paces import Paces
from detente.replay.pools import PoolLoad, pools_of
from detente.replay.terms import Terms

Progress = Callable[[int, int], None]
"""Is told how many of how many blocks were read."""
Pipe: TypeAlias = "Connection[Any, Any]"
"""One end of a pipe, which carries whatever was pickled."""
CHUNK_BLOCKS: Final = 64
"""Blocks that one process takes at a time, between two words of progress: some 8,000 requests."""
BLOCKS_ALONE_MAX: Final = 600
"""Up to here (some 75,000 requests) another process takes longer to start than it saves."""
PROCESSES_MAX: Final = 16
SILENCE_S_MAX: Final = 120.0
"""How long processes may read a chunk; a hundred times what a slow disk takes."""


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
    path: Path, order: Order, *, processes: int | None = None, progress: Progress | None = None
) -> Comparison:
    """The traffic that the ledger at `path` has recorded, under other terms.

    As many `processes` as there are processors, where the ledger is large. Raises
    `LedgerUnusable` where there is no ledger or a record of it cannot be read.
    """
    with closing(TrafficReader.open(path)) as reader:
        spans = reader.spans(order.since_us, order.until_us)
        count = 1 if len(spans) <= BLOCKS_ALONE_MAX else len(os.sched_getaffinity(0))
        count = max(1, min(processes or count, PROCESSES_MAX, len(spans)))
        chunks = [spans[at : at + CHUNK_BLOCKS] for at in range(0, len(spans), CHUNK_BLOCKS)]
        told = progress or _nobody
        if order.in_time_order:
            return _in_order(reader, spans, order, told)
        if count == 1:
            done = 0
            counting = _counting(order, reader)
            for chunk in chunks:
                _count(counting, reader, chunk, order)
                done += len(chunk)
                told(done, len(spans))
            return counting.comparison()
    parts: list[Comparison] = []
    done = 0
    for word in _words(path, order, [chunks[at::count] for at in range(count)]):
        if isinstance(word, int):
            done += word
            told(done, len(spans))
        else:
            parts.append(word)
    return joined(parts)


def _in_order(reader: TrafficReader, spans: list[Span], order: Order, told: Progress) -> Comparison:
    """Replays all requests as they started; holds those of blocks that overlap."""
    ordered = Ordered(
        _fates(order),
        PoolLoad(pools_of(order.before, order.after)),
        Paces(order.after, order.taken) if order.simulates_commitments else None,
        reader.decision,
        with_tokens=order.with_tokens,
    )
    spans = sorted(spans, key=lambda span: (span.earliest_us, span.block))
    pending: list[tuple[int, int, int, bytes, Ended]] = []
    for place, span in enumerate(spans):
        traffic = reader.block(span.block)
        columns = zip(traffic.started_us, traffic.shared, traffic.ended, strict=True)
        pending += [
            (started_us, span.block, row, shared, ended)
            for row, (started_us, shared, ended) in enumerate(columns)
            if order.since_us <= started_us < order.until_us
        ]
        pending.sort()
        until_us = spans[place + 1].earliest_us if place + 1 < len(spans) else NEVER_US
        ready = bisect_left(pending, (until_us,))
        for started_us, _, _, shared, ended in pending[:ready]:
            ordered.take(started_us, shared, ended)
        del pending[:ready]
        if place % CHUNK_BLOCKS == 0:
            told(place, len(spans))
    told(len(spans), len(spans))
    return ordered.comparison()


def _commitments(terms: Terms) -> tuple[Commit, ...]:
    return tuple(clause for clause in terms.agreements.clauses if isinstance(clause, Commit))


def first_start_us(path: Path, since_us: int = EVER_US, until_us: int = NEVER_US) -> int | None:
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


def _words(path: Path, order: Order, shares: list[list[list[Span]]]) -> Iterator[int | Comparison]:
    """What processes say, one a share: blocks that were read, and at last their counts."""
    context = multiprocessing.get_context("spawn")
    running: dict[Any, BaseProcess] = {}  # the library's two names for an end of a pipe differ
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(theirs, path, order, share), daemon=True)
            process.start()
            theirs.close()
            running[ours] = process
        while running:
            ready = [c for c in running if c in wait(list(running), timeout=SILENCE_S_MAX)]
            if not ready:
                raise OurBug("internal_error", "a process that replays stands still; try again")
            for connection in ready:
                word = _received(connection)
                if isinstance(word, str):
                    raise LedgerUnusable(word)
                yield word
                if isinstance(word, Comparison):
                    running.pop(connection).join()
                    connection.close()
    finally:
        for connection, process in running.items():
            process.kill()
            process.join()
            connection.close()


def _received(connection: Pipe) -> int | str | Comparison:
    try:
        word = cast(object, connection.recv())
    except EOFError:
        raise OurBug(
            "internal_error", "a process that replays has died; try again with more memory"
        ) from None
    assert isinstance(word, int | str | Comparison)
    return word


def _work(connection: Pipe, path: Path, order: Order, share: list[list[Span]]) -> None:
    """One process: reads its share, tells what it has read, and at last what it has counted."""
    try:
        with closing(TrafficReader.open(path)) as reader:
            counting = _counting(order, reader)
            for chunk in share:
                _count(counting, reader, chunk, order)
                connection.send(len(chunk))
            connection.send(counting.comparison())
    except LedgerUnusable as unusable:
        connection.send(str(unusable))
    except (BrokenPipeError, KeyboardInterrupt):
        return  # whoever asked has gone away


def _count(counting: Counting, reader: TrafficReader, chunk: list[Span], order: Order) -> None:
    for span in chunk:
        traffic = reader.block(span.block)
        counting.take(traffic, since_us=order.since_us, until_us=order.until_us)


def _counting(order: Order, reader: TrafficReader) -> Counting:
    return Counting(_fates(order), reader.decision, with_tokens=order.with_tokens)


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
