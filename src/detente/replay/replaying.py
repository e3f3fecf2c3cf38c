"""Replays a ledger under other terms: block by block, in this process.

>>> replay(reader, before=terms_of(now), after=terms_of(other)).differences
40000
"""

from collections.abc import Callable
from typing import Final

import msgspec

from detente.ledger.entries import time_of
from detente.ledger.store.replaying import TrafficReader
from detente.replay.comparison import Comparison
from detente.replay.counting import Counting
from detente.replay.fates import EVER_US, NEVER_US, Fates
from detente.replay.terms import Terms

Progress = Callable[[int, int], None]
"""Is told how many of how many blocks were read."""
BLOCKS_AT_ONCE: Final = 64
"""Blocks between two words of progress: some 8,000 requests."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests: those that started in `since_us ≤ t < until_us`."""

    since_us: int = EVER_US
    until_us: int = NEVER_US


EVER: Final = Window()


def replay(
    reader: TrafficReader,
    *,
    before: Terms,
    after: Terms,
    window: Window = EVER,
    as_known_then: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """The recorded traffic of `window` under the terms `after`.

    `before` are the terms that it ran under, as far as they are still known. Where agreements,
    events or offers differ between the two, requests are decided by all that is known of them
    today, unless `as_known_then`. Raises `LedgerUnusable` where a record cannot be read.
    """
    counting = Counting(Fates(before, after, as_known_then=as_known_then), reader.decision)
    spans = reader.spans(window.since_us, window.until_us)
    for done, span in enumerate(spans):
        traffic = reader.block(span.block)
        counting.take(traffic, since_us=window.since_us, until_us=window.until_us)
        if progress is not None and done % BLOCKS_AT_ONCE == 0:
            progress(done, len(spans))
    if progress is not None:
        progress(len(spans), len(spans))
    return Comparison(
        mode="by class",
        fates=counting.fates,
        undecided=counting.undecided,
        since=None if counting.since_us is None else time_of(counting.since_us),
        until=None if counting.until_us is None else time_of(counting.until_us),
    )
