"""The control process's side of the key store: workers are told of every change within a second.

It asks the store for its version `POLL_S` apart, reads it where that has changed, and tells every
worker what is new; where nothing is, that is told too, for workers must know how fresh their
knowledge is (`stored_keys`). Whoever connects is told everything first. Changes that are made at
this machine are told before they are answered. What is much is told in pieces, so that no message
grows with the store.

Not here: what may be changed (`key_book`).

    desk = KeyDesk(principals, broadcast=links.broadcast, timeout_ms=1_000, say=say)
    links.greet(desk.greet)
    await desk.watch(stopping)
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from detente.canonical.principal import Key, Project
from detente.gateway.link.messages import Hello, KeysTold, KeysUnknown, LinkMessage
from detente.stores.interface import Principals, Stored, StoreUnavailable

POLL_S: Final = 0.25
"""What another machine revoked is in force here within a second, with room for a slow answer."""
PIECE_BYTES_MAX: Final = 1024 * 1024
"""Of keys and projects in one message, which a worker reads in a few milliseconds; a larger one
travels alone."""

Named = TypeVar("Named", Key, Project)
_encode = msgspec.json.Encoder().encode


class KeyDesk:
    """See the module. `broadcast` tells every worker that is connected, `say` the log."""

    def __init__(
        self,
        principals: Principals,
        *,
        broadcast: Callable[[LinkMessage], None],
        say: Callable[[str], None],
        timeout_ms: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._asked_at = now()
        self._principals = principals
        self._broadcast = broadcast
        self._say = say
        self._timeout_s = timeout_ms / 1000
        self._known: Stored | None = None
        self._outage = False
        self._reading = asyncio.Lock()

    @property
    def version(self) -> int | None:
        """The version of what is known, None while nothing is."""
        return None if self._known is None else self._known.version

    @property
    def outage(self) -> bool:
        """Whether the store did not answer when it was asked last."""
        return self._outage

    def greet(self, hello: Hello, tell: Callable[[LinkMessage], bool]) -> None:
        """A worker has connected: tell it everything."""
        del hello
        if self._known is not None:
            age_ms = int((self._now() - self._asked_at) * 1000)
            for piece in _pieces(msgspec.structs.replace(_all(self._known), age_ms=age_ms)):
                tell(piece)
        if self._outage:
            tell(KeysUnknown(outage=True))

    async def watch(self, stopping: asyncio.Event) -> None:
        """Keeps everybody told until `stopping` is set."""
        while not stopping.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await stopping.wait()

    async def look(self) -> bool:
        """Asks the store once, and tells what is new; whether the store answered."""
        async with self._reading:
            asked_at = self._now()
            try:
                async with asyncio.timeout(self._timeout_s):
                    told = await self._news()
            except (StoreUnavailable, TimeoutError) as error:
                self._lost(str(error) or "it does not answer in time")
                return False
            self._asked_at = asked_at
            for piece in _pieces(told):
                self._broadcast(piece)
        if self._outage:
            self._outage = False
            self._say("the key store answers again")
        return True

    async def _news(self) -> KeysTold:
        """What has changed since it was looked at last, and from now on is known."""
        known = self._known
        version = await self._principals.version()
        if known is not None and version == known.version:
            return KeysTold(version=version, whole=False)
        self._known = stored = await self._principals.load()
        return _all(stored) if known is None else _changes(known, stored)

    def _lost(self, reason: str) -> None:
        if not self._outage:
            self._outage = True
            self._say(f"the key store cannot be read ({reason}); trying again")
            self._broadcast(KeysUnknown(outage=True))


def _all(stored: Stored) -> KeysTold:
    return KeysTold(version=stored.version, whole=True, projects=stored.projects, keys=stored.keys)


def _changes(before: Stored, after: Stored) -> KeysTold:
    """What tells somebody who knows `before` what there is now."""
    if {key.name for key in before.keys} - {key.name for key in after.keys}:
        return _all(after)  # keys never go: another store stands in this one's place
    return KeysTold(
        version=after.version,
        whole=False,
        projects=_new(before.projects, after.projects),
        keys=_new(before.keys, after.keys),
        projects_gone=tuple(
            {project.name for project in before.projects}
            - {project.name for project in after.projects}
        ),
    )


def _new(before: tuple[Named, ...], after: tuple[Named, ...]) -> tuple[Named, ...]:
    known = {one.name: one for one in before}
    return tuple(one for one in after if known.get(one.name) != one)


def _pieces(told: KeysTold) -> Iterator[KeysTold]:
    """The same in messages of a bounded size; said at once, so that nothing comes between them."""
    batches = list(_batches((*told.projects, *told.keys)))
    for place, batch in enumerate(batches):
        yield msgspec.structs.replace(
            told,
            whole=told.whole and place == 0,
            projects=tuple(one for one in batch if isinstance(one, Project)),
            keys=tuple(one for one in batch if isinstance(one, Key)),
            projects_gone=told.projects_gone if place == 0 else (),
            more=place < len(batches) - 1,
        )


def _batches(rows: Iterable[Project | Key]) -> Iterator[list[Project | Key]]:
    """At least one; of as many bytes as a piece may have, or of a single row."""
    batch: list[Project | Key] = []
    size_bytes = 0
    for row in rows:
        row_bytes = len(_encode(row))
        if batch and size_bytes + row_bytes > PIECE_BYTES_MAX:
            yield batch
            batch, size_bytes = [], 0
        batch.append(row)
        size_bytes += row_bytes
    yield batch
