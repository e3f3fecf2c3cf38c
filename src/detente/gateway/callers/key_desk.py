"""The control process's side of the key store: workers are told of every change within a second.

It asks the store for its version `POLL_S` apart, reads what has changed since the one it knows, and
tells every worker; where nothing has, that is told too, for workers must know how fresh their
knowledge is (`stored_keys`). Everything is read at the start, and after an outage: what answers
then may be another store, restored from a copy.

Whoever connects is told everything first. Changes that are made at this machine are told before
they are answered. What is much is told in pieces, so that no message grows with the store.

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
from detente.stores.interface import LOAD_S, Principals, Stored, StoreUnavailable

POLL_S: Final = 0.25
"""What another machine revoked is in force here within a second, with room for a slow answer."""
CHANGES_MAX: Final = 1_000
"""So many are read within the usual time; where there were more, everything is read."""
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
        self._version: int | None = None
        self._projects: dict[str, Project] = {}
        self._keys: dict[str, Key] = {}
        self._outage = False
        self._reading = asyncio.Lock()

    @property
    def version(self) -> int | None:
        """The version of what is known, None while nothing is."""
        return self._version

    @property
    def outage(self) -> bool:
        """Whether the store did not answer when it was asked last."""
        return self._outage

    def stored(self) -> Stored:
        """All that is known; raises `StoreUnavailable` where the store was not read yet."""
        if self._version is None:
            raise StoreUnavailable("the key store could not be read yet")
        return Stored(
            version=self._version,
            projects=tuple(self._projects.values()),
            keys=tuple(self._keys.values()),
            project_names=tuple(self._projects),
        )

    def greet(self, hello: Hello, tell: Callable[[LinkMessage], bool]) -> None:
        """A worker has connected: tell it everything."""
        del hello
        if self._version is not None:
            age_ms = int((self._now() - self._asked_at) * 1000)
            for piece in _pieces(msgspec.structs.replace(_all(self.stored()), age_ms=age_ms)):
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
        async with asyncio.timeout(self._timeout_s):
            version = await self._principals.version()
        known = self._version
        if known is None or self._outage or not 0 <= version - known <= CHANGES_MAX:
            async with asyncio.timeout(LOAD_S):
                return self._all_learnt(await self._principals.load())
        if version == known:
            return KeysTold(version=version, whole=False)
        async with asyncio.timeout(self._timeout_s):
            return self._changes_learnt(await self._principals.load(known))

    def _all_learnt(self, stored: Stored) -> KeysTold:
        """What tells whoever knew what was known before."""
        is_first, projects, keys = self._version is None, self._projects, self._keys
        self._version = stored.version
        self._projects = {project.name: project for project in stored.projects}
        self._keys = {key.name: key for key in stored.keys}
        if is_first or keys.keys() - self._keys.keys():
            return _all(stored)  # keys never go: another store stands in this one's place
        return KeysTold(
            version=stored.version,
            whole=False,
            projects=_new(projects, stored.projects),
            keys=_new(keys, stored.keys),
            projects_gone=tuple(projects.keys() - self._projects.keys()),
        )

    def _changes_learnt(self, changed: Stored) -> KeysTold:
        self._version = changed.version
        self._keys.update((key.name, key) for key in changed.keys)
        self._projects.update((project.name, project) for project in changed.projects)
        gone = tuple(self._projects.keys() - set(changed.project_names))
        for name in gone:
            del self._projects[name]
        return KeysTold(
            version=changed.version,
            whole=False,
            projects=changed.projects,
            keys=changed.keys,
            projects_gone=gone,
        )

    def _lost(self, reason: str) -> None:
        if not self._outage:
            self._outage = True
            self._say(f"the key store cannot be read ({reason}); trying again")
            self._broadcast(KeysUnknown(outage=True))


def _all(stored: Stored) -> KeysTold:
    return KeysTold(version=stored.version, whole=True, projects=stored.projects, keys=stored.keys)


def _new(known: dict[str, Named], rows: tuple[Named, ...]) -> tuple[Named, ...]:
    return tuple(row for row in rows if known.get(row.name) != row)


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
