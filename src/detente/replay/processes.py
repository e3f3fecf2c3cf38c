"""Has several processes replay at once: each takes its share, and they pass on in a ring what one
leaves to the next.

Knows nothing of replays but that their counts come at last.

>>> for word in words(work, shares):
...     print(word)
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from detente.canonical.failure import OurBug
from detente.ledger.failures import LedgerUnusable
from detente.replay.comparison import Comparison

SILENCE_S_MAX: Final = 120.0
"""How long processes may read a share's next part; a hundred times what a slow disk takes."""

Pipe: TypeAlias = "Connection[Any, Any]"
"""One end of a pipe, which carries whatever was pickled."""
Left = TypeVar("Left")
Share = TypeVar("Share")


class Ring(Generic[Left]):
    """Where a process gets what the one before has left, and leaves what the next needs."""

    def __init__(self, before: Pipe, after: Pipe) -> None:
        self._before = before
        self._after = after

    def receive(self) -> Left:
        """What the process before has left; raises `EOFError` where that is gone, or silent."""
        if not self._before.poll(SILENCE_S_MAX):
            raise EOFError
        return cast(Left, self._before.recv())

    def leave(self, left: Left) -> None:
        """Leaves something to the next; waits for nobody, also where nobody needs it any more."""
        with suppress(BrokenPipeError):
            self._after.send(left)


Work = Callable[[Share, Callable[[int], None], Ring[Left]], Comparison]
"""What a process does with its share: it tells of parts that it has read, and what it counted."""


def words(work: Work[Share, Left], shares: Sequence[Share]) -> Iterator[int | Comparison]:
    """What processes say, one a share: parts that were read, and at last their counts.

    Raises `LedgerUnusable` as they do, and `OurBug` where one stands still or has died.
    """
    context = multiprocessing.get_context("spawn")
    links = [context.Pipe(duplex=False) for _ in shares]
    running: dict[Any, BaseProcess] = {}  # the library's two names for an end of a pipe differ
    try:
        for place, share in enumerate(shares):
            ours, theirs = context.Pipe(duplex=False)
            before, after = links[place - 1][0], links[place][1]
            process = context.Process(
                target=_run, args=(theirs, before, after, work, share), daemon=True
            )
            process.start()
            theirs.close()
            running[ours] = process
        for ends in links:
            for end in ends:
                end.close()
        while running:
            yield from _said(running)
    finally:
        for connection, process in running.items():
            process.kill()
            process.join()
            connection.close()


def _said(running: dict[Any, BaseProcess]) -> Iterator[int | Comparison]:
    """What is said next; whoever has said all leaves `running`."""
    ready = wait(list(running), timeout=SILENCE_S_MAX)
    if not ready:
        raise OurBug("internal_error", "a process that replays stands still; try again")
    for connection in [c for c in running if c in ready]:
        word = _received(connection)
        if word is None:
            raise _reason(running, connection)
        if isinstance(word, str):
            raise LedgerUnusable(word)
        yield word
        if isinstance(word, Comparison):
            running.pop(connection).join()
            connection.close()


def _reason(running: dict[Any, BaseProcess], dead: Pipe) -> Exception:
    """Why one has died: what another said of the ledger before, on whom it waited."""
    for connection in running:
        while connection is not dead and connection.poll():
            word = _received(connection)
            if isinstance(word, str):
                return LedgerUnusable(word)
            if word is None:
                break
    return OurBug("internal_error", "a process that replays has died; try again with more memory")


def _received(connection: Pipe) -> int | str | Comparison | None:
    """The next word of a process; None where it has died."""
    try:
        word = cast(object, connection.recv())
    except EOFError:
        return None
    assert isinstance(word, int | str | Comparison)
    return word


def _run(
    connection: Pipe, before: Pipe, after: Pipe, work: Work[Share, Left], share: Share
) -> None:
    """One process."""
    try:
        counted = work(share, connection.send, Ring[Left](before, after))
        connection.send(counted)
    except LedgerUnusable as unusable:
        connection.send(str(unusable))
    except (BrokenPipeError, EOFError, KeyboardInterrupt):
        return  # whoever asked, or one of the others, has gone away
