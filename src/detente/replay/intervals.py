"""Cuts a ledger's blocks into intervals of time, so that each may be read on its own.

Every request starts in one interval; blocks whose requests reach into several are read for each.
Reads nothing itself.

>>> [interval.spans for interval in intervals(spans, since_us, until_us, blocks=64)]
"""

from collections.abc import Sequence

import msgspec

from detente.ledger.store.replaying import Span


class Interval(msgspec.Struct, frozen=True):
    """The requests that started in `since_us ≤ t < until_us`, and the blocks that may hold them.

    `begins` counts the blocks that no earlier interval has.
    """

    since_us: int
    until_us: int
    spans: tuple[Span, ...]
    begins: int


def intervals(
    spans: Sequence[Span], since_us: int, until_us: int, *, blocks: int
) -> list[Interval]:
    """The intervals in their order, each with as many new `blocks`, from `since_us` to `until_us`.

    Where many blocks reach beyond an interval it goes on until they are the fewer: so none is
    read twice on the average, and all in one where every block spans all time.
    """
    waiting = sorted(spans, key=lambda span: (span.earliest_us, span.block))
    found: list[Interval] = []
    held: list[Span] = []
    begins, start_us = 0, since_us
    for place, span in enumerate(waiting):
        held.append(span)
        begins += 1
        if begins < blocks or place + 1 == len(waiting):
            continue
        end_us = waiting[place + 1].earliest_us
        reaching = [one for one in held if one.latest_us >= end_us]
        if end_us <= start_us or len(reaching) > begins:
            continue
        found.append(Interval(start_us, end_us, tuple(held), begins))
        held, begins, start_us = reaching, 0, end_us
    if held:
        found.append(Interval(start_us, until_us, tuple(held), begins))
    return found
