"""What one worker knows of the key store, and whether that may still be relied on.

The control process tells a worker everything when it connects, then changes, and between them that
there were none (`key_desk`). So whoever heard of the store lately knows of every revocation. Under
`fail_closed` what was heard longer than a lease ago does not count; under `continue_on_lease` it
goes on to.

    stored = StoredKeys(peppers, configuration.store)
    stored.told(KeysTold(version=7, whole=True, keys=keys), now=loop.time())
"""

import math
import secrets
from typing import Final

from detente.canonical.failure import Fault
from detente.canonical.principal import Key, Project
from detente.configuration.store import Store
from detente.gateway.callers.pepper import peppers_of
from detente.gateway.link.messages import KeysTold
from detente.gateway.upstream.credentials import resolve_master_key
from detente.principals.hashing import PEPPER_BYTES
from detente.wiring import Setup

RETRY_MS: Final = 1_000
NOT_LOADED: Final = "the key store could not be read yet, so no key can be judged; try again"
PROJECT_NOT_LOADED: Final = (
    "the key store could not be read yet, so nobody knows what the project may use and spend; try "
    "again"
)
NOT_HEARD: Final = (
    "the key store was not heard of for too long, so the key may have been revoked; try again, "
    "or see the gateway's log"
)


class KeysUnreached(Fault):
    """Nobody can say now whether a key counts; that is not the caller's fault."""

    def __init__(self, message: str) -> None:
        super().__init__("store_unavailable", message, retry_after_ms=RETRY_MS)


class Told:
    """What was told and changed: names of projects and keys, or everything (`whole`)."""

    __slots__ = ("keys", "projects", "whole")

    def __init__(self, *, whole: bool, projects: frozenset[str], keys: frozenset[str]) -> None:
        self.whole = whole
        self.projects = projects
        self.keys = keys


NOTHING: Final = Told(whole=False, projects=frozenset(), keys=frozenset())


class StoredKeys:
    """See the module; times are monotonic seconds. `loaded` is whether anything was ever told,
    `outage` whether the store does not answer the control process now."""

    def __init__(self, peppers: tuple[bytes, ...], store: Store) -> None:
        self.peppers = peppers
        self.loaded = False
        self.outage = False
        self.stale = False
        self.version = -1
        self.projects: dict[str, Project] = {}
        self.keys: dict[str, Key] = {}
        self._pieces: list[KeysTold] = []
        self._heard_at = math.inf
        self._lease_s = math.inf
        self.obey(store)

    @classmethod
    def none(cls) -> "StoredKeys":
        """Of a gateway without a key store: nothing is stored, and that is known for good."""
        stored = cls((secrets.token_bytes(PEPPER_BYTES),), Store())
        stored.loaded = True
        return stored

    def obey(self, store: Store) -> None:
        """Take the settings of `[store]` that are now in force."""
        closed = store.on_outage == "fail_closed"
        self._lease_s = store.lease_ms / 1000 if closed else math.inf

    def told(self, message: KeysTold, now: float) -> Told:
        """Takes in what was told, once all pieces of it are there; answers what that changes."""
        if message.whole:
            self._pieces.clear()  # of what a link that broke has left unsaid
        self._pieces.append(message)
        if message.more:
            return NOTHING
        pieces, self._pieces = self._pieces, []
        whole = pieces[0].whole or not self.loaded
        self.loaded = True
        self.version = message.version
        self.outage = False
        self._heard_at = now - message.age_ms / 1000
        self.look(now)
        for piece in pieces:
            self._take(piece)
        gone = (name for piece in pieces for name in piece.projects_gone)
        projects = (project.name for piece in pieces for project in piece.projects)
        return Told(
            whole=whole,
            projects=frozenset((*gone, *projects)),
            keys=frozenset(key.name for piece in pieces for key in piece.keys),
        )

    def _take(self, piece: KeysTold) -> None:
        if piece.whole:
            self.projects.clear()
            self.keys.clear()
        for name in piece.projects_gone:
            self.projects.pop(name, None)
        self.projects.update((project.name, project) for project in piece.projects)
        self.keys.update((key.name, key) for key in piece.keys)

    def look(self, now: float) -> None:
        """Time has passed: whether what is known still counts. Called every few milliseconds."""
        self.stale = now - self._heard_at > self._lease_s


def stored_keys(setup: Setup) -> StoredKeys:
    """Of a worker that begins, which has not been told anything. Raises `LocatedErrors` and
    `SecretFileUnusable` where master key or pepper cannot be read."""
    peppers = peppers_of(setup.state, resolve_master_key(setup))
    return StoredKeys(peppers, setup.configuration.store)
