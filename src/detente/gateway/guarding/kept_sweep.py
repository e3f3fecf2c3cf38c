"""Removes maps of conversations whose time is over, and the first to expire where there are too
many.

Runs in the control process, in a thread, so that a gateway that nobody asks forgets, too. Several
may sweep one folder at once. Between two sweeps more may be kept than `kept_max`: each map costs a
look at the text it stands for, which takes far longer than to write it.

    swept(folder, now_s=time.time(), kept_max=100_000)
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from detente.gateway.guarding.kept_conversations import (
    ANSWER_SUFFIX,
    GROWING_SUFFIX,
    LOCK_TRIES,
    UNFINISHED_SUFFIX,
    kept_folder,
    lock_of,
)
from detente.gateway.say import say
from detente.wiring import Setup

PAUSE_S: Final = 60.0
BYTES_EACH: Final = 8 * 1024
"""What a kept map may have on average: some two hundred stand-ins."""
UNFINISHED_S: Final = 600.0
"""A file that is still unfinished after that belongs to a process that died."""
KNOWN_S: Final = 400 * 86_400
"""How long an expired conversation is known as such, by an empty file: the platform still has it,
and it must not begin anew."""


class _File(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    path: str
    bytes: int
    expires_s: float


class KeptSweeping:
    """Sweeps the folder of a configuration now and then."""

    def __init__(self, setup: Callable[[], Setup]) -> None:
        self._setup = setup

    async def run(self, stopping: asyncio.Event) -> None:
        """Sweep until stopped. What cannot be removed is told, and tried again."""
        while not stopping.is_set():
            setup = self._setup()
            kept_max = setup.configuration.guardrails.kept_max
            try:
                await asyncio.to_thread(
                    swept, kept_folder(setup), now_s=time.time(), kept_max=kept_max
                )
            except OSError as error:
                say(f"kept maps cannot be swept: {(error.strerror or 'no reason told').lower()}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), PAUSE_S)


def swept(folder: Path, *, now_s: float, kept_max: int) -> int:
    """Remove what has expired, and what expires first of what is too much; how much that was.

    Raises `OSError` for a folder that cannot be read or changed; one that is not there is empty.
    """
    if not folder.is_dir():
        return 0
    found = sorted(_files(folder, now_s), key=lambda file: file.expires_s)
    kept = [file for file in found if file.bytes]
    count, size = len(kept), sum(file.bytes for file in kept)
    gone = 0
    for file in kept:
        if file.expires_s > now_s and count <= kept_max and size <= kept_max * BYTES_EACH:
            break
        if _forgotten(folder, file, now_s):
            count, size, gone = count - 1, size - file.bytes, gone + 1
    marks = [file for file in found if not file.bytes]
    too_many = len(marks) - kept_max
    for number, file in enumerate(marks):
        if number < too_many or file.expires_s + KNOWN_S <= now_s:
            gone += _removed(file.path)
    return gone


def _files(folder: Path, now_s: float) -> list[_File]:
    """All maps; what a process that died has left half is removed."""
    found: list[_File] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.endswith((ANSWER_SUFFIX, GROWING_SUFFIX, UNFINISHED_SUFFIX)):
                continue
            try:
                about = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if not entry.name.endswith(UNFINISHED_SUFFIX):
                found.append(_File(path=entry.path, bytes=about.st_size, expires_s=about.st_mtime))
            elif about.st_ctime + UNFINISHED_S < now_s:
                _removed(entry.path)
    return found


def _forgotten(folder: Path, file: _File, now_s: float) -> bool:
    """Remove a map; of one that grows an empty file stays, unless somebody has just written it."""
    if not file.path.endswith(GROWING_SUFFIX):
        return _removed(file.path)
    with lock_of(folder, tries=LOCK_TRIES) as held:
        if not held:
            return False
        try:
            descriptor = os.open(file.path, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # another sweep was here
            return False
        try:
            if os.fstat(descriptor).st_mtime != file.expires_s:
                return False
            os.truncate(descriptor, 0)
            os.utime(descriptor, (now_s, now_s))
        finally:
            os.close(descriptor)
    return True


def _removed(path: str) -> bool:
    try:
        Path(path).unlink()
    except FileNotFoundError:  # another sweep was here
        return False
    return True
