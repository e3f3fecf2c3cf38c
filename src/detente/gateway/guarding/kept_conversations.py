"""Sealed maps of stand-ins on disk, for conversations that a platform keeps.

A file for each map, in one folder that all workers share: written beside its place and renamed
there, so that a reader has the old one or the new one; no `fsync`, since a map that a loss of power
took is refused like one that never was. A file's name is a keyed digest, and what is in it is
sealed (`guardrails.kept_maps`): nobody reads from the folder who spoke, of what, or with whom.
Its time of change is when it expires, for whoever sweeps (`kept_sweep`).

An answer's own map is written once. The map of a platform's conversation object grows; workers take
turns by a lock. It begins empty with the first request that names the conversation, unless several
machines serve, of which no one sees all of it.

    kept = KeptConversations(folder, secret, ttl_s=86_400, now=time.time)
    kept.keep("shop", "response/1", {"⟨EMAIL_…⟩": "ann@contoso.com"})
    kept.recall("shop", ("response/1",))
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from detente.gateway.guarding.guardrail_secret import kept_key
from detente.guardrails.kept_history import is_growing, joined
from detente.guardrails.kept_maps import (
    MAP_BYTES_MAX,
    NONCE_BYTES,
    KeptMapError,
    opened_map,
    sealed_map,
)
from detente.ledger.store.files import write_whole
from detente.wiring import Setup

FOLDER_NAME: Final = "kept"
LOCK_NAME: Final = "lock"
ANSWER_SUFFIX: Final = ".answer"
GROWING_SUFFIX: Final = ".talk"
UNFINISHED_SUFFIX: Final = ".new"

READ_BYTES_MAX: Final = MAP_BYTES_MAX + 1_024
"""More than any sealed map has; what is longer is refused unread."""
LOCK_TRIES: Final = 100
LOCK_PAUSE_S: Final = 0.001
"""A tenth of a second in all: who has the lock writes one small file."""

_PERSON_NAME: Final = b"dt-kept-name"
_CURE: Final = "begin a new conversation, or send its history"
_NOT_KEPT: Final = (
    "nothing is kept here of what the request goes on with, so that stand-ins in it could not be "
    f"put back; {_CURE}"
)
_OVER: Final = f"the stand-ins of this conversation were kept for a time that is over; {_CURE}"
_SHARED: Final = (
    "`conversation` cannot be followed where several machines serve; go on with "
    "`previous_response_id`, or send the history"
)


class KeptConversations:
    """See the module. `ttl_s` is how long a map opens after it was last written, `now` the wall
    clock in seconds since 1970, `alone` whether no other machine serves the same clients."""

    def __init__(
        self,
        folder: Path,
        secret: bytes,
        *,
        ttl_s: float,
        now: Callable[[], float],
        alone: bool = True,
    ) -> None:
        self._folder = folder
        self._key = kept_key(secret)
        self._ttl_s = ttl_s
        self._now = now
        self._alone = alone

    def recall(self, project: str, names: Iterable[str]) -> dict[str, str]:
        """The originals of all these maps, by stand-in (`KeptHistory.ids`).

        Raises `KeptMapError` where one is not there, has expired, was changed, is another
        project's, or cannot be read.
        """
        found: dict[str, str] = {}
        for name in names:
            self._followed(name)
            found = joined(found, self._opened(project, name))
        return found

    def keep(self, project: str, name: str, originals: Mapping[str, str]) -> None:
        """Keep a map, also an empty one, so that it is known that nothing was in it.

        Raises `KeptMapError` where it cannot be written, is too large, or has expired meanwhile.
        """
        self._followed(name)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if not is_growing(name):
                self._write(project, name, originals)
                return
            with self._alone_here():
                self._write(project, name, joined(self._opened(project, name), originals))
        except OSError as error:
            reason = (error.strerror or "no reason told").lower()
            message = f"what is to be kept of this conversation cannot be written ({reason})"
            raise KeptMapError(f"{message}; see to the folder of kept maps") from None

    def _followed(self, name: str) -> None:
        if is_growing(name) and not self._alone:
            raise KeptMapError(_SHARED)

    def _opened(self, project: str, name: str) -> dict[str, str]:
        try:
            with self._path(project, name).open("rb", buffering=0) as file:
                sealed = file.read(READ_BYTES_MAX) or b""
        except FileNotFoundError:
            if is_growing(name):
                return {}
            raise KeptMapError(_NOT_KEPT) from None
        except OSError as error:
            reason = (error.strerror or "no reason told").lower()
            message = f"what is kept of this conversation cannot be read ({reason}); {_CURE}"
            raise KeptMapError(message) from None
        if not sealed and is_growing(name):  # what a sweep leaves of one that has expired
            raise KeptMapError(_OVER)
        return opened_map(
            sealed, key=self._key, project=project, conversation=name, now_s=self._now()
        )

    def _write(self, project: str, name: str, originals: Mapping[str, str]) -> None:
        expires_s = int(self._now() + self._ttl_s)
        sealed = sealed_map(
            originals,
            key=self._key,
            nonce=secrets.token_bytes(NONCE_BYTES),
            project=project,
            conversation=name,
            expires_s=expires_s,
        )
        path = self._path(project, name)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}{UNFINISHED_SUFFIX}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            write_whole(descriptor, sealed)
            os.utime(descriptor, (expires_s, expires_s))
            unfinished.rename(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    def _path(self, project: str, name: str) -> Path:
        said = msgspec.msgpack.encode((project, name))
        digest = hashlib.blake2b(said, digest_size=16, key=self._key, person=_PERSON_NAME)
        suffix = GROWING_SUFFIX if is_growing(name) else ANSWER_SUFFIX
        return self._folder / (digest.hexdigest() + suffix)

    @contextlib.contextmanager
    def _alone_here(self) -> Generator[None]:
        with lock_of(self._folder, tries=LOCK_TRIES) as held:
            if not held:
                raise KeptMapError("other requests of conversations take too long; try again")
            yield


def kept_conversations(setup: Setup, secret: bytes, now: Callable[[], float]) -> KeptConversations:
    """The store of a configuration; `secret` is `guardrail_secret`'s, `now` the wall clock."""
    return KeptConversations(
        kept_folder(setup),
        secret,
        ttl_s=setup.configuration.guardrails.kept_ttl_ms / 1_000,
        now=now,
        alone=setup.configuration.store.url is None,
    )


def kept_folder(setup: Setup) -> Path:
    """Where the sealed maps of a configuration are."""
    named = setup.configuration.guardrails.kept_folder
    return setup.state / FOLDER_NAME if named is None else setup.path.parent / named


@contextlib.contextmanager
def lock_of(folder: Path, *, tries: int) -> Generator[bool]:
    """Whether growing maps of `folder` are this process's own for now; raises `OSError`."""
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield any(_locked(descriptor, last=left == 0) for left in reversed(range(tries)))
    finally:
        os.close(descriptor)


def _locked(descriptor: int, *, last: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not last:
            time.sleep(LOCK_PAUSE_S)
        return False
    return True
