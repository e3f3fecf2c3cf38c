"""The audit list: who changed what by the admin API, and how it ended. Never a secret.

An append-only file of JSON lines in the state folder, `audit.jsonl`. A line is written, through to
the disk, *before* a change is tried, and another with its status after; so a change that a crash
cut short is there, without a status. A file and no table of the ledger, since the ledger may be on
another machine, and have an outage exactly when somebody changes things. Bounded: at
`FILE_BYTES_MAX` the file becomes `audit.1.jsonl` and replaces the one before.

>>> audit.end(audit.begin(asker, "reload", "/admin/v1/reload", {}), 200)
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.principal import Role
from detente.gateway.admin.access import Asker
from detente.ledger.store.files import write_whole

FILE_NAME: Final = "audit.jsonl"
EARLIER_NAME: Final = "audit.1.jsonl"
FILE_BYTES_MAX: Final = 8 * 1024 * 1024
"""Some 30,000 changes; with the earlier file, twice that."""
PATH_CHARACTERS_MAX: Final = 300


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change, from the oldest line to the newest.

    `said` is what the command said that may be kept; `status` the HTTP status that it was answered
    with, None where it is under way, or nobody knows.
    """

    id: str
    at: datetime
    name: str
    role: Role
    operation: str
    path: str
    project: str | None = None
    said: dict[str, msgspec.Raw] = {}
    status: int | None = None


class _Begun(Change, frozen=True, kw_only=True, tag="begun", omit_defaults=True):
    pass


class _Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    id: str
    status: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Begun | _Ended).decode


class Audit:
    """The list in the folder `state`; `wall` is the time in UTC, `new_id` a fresh name."""

    def __init__(
        self, state: Path, *, wall: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._path = state / FILE_NAME
        self._earlier = state / EARLIER_NAME
        self._wall = wall
        self._new_id = new_id

    def begin(self, asker: Asker, operation: str, path: str, said: Mapping[str, object]) -> str:
        """Writes down that a change is about to be tried; the id that ends it. Raises `OSError`."""
        begun = _Begun(
            id=self._new_id(),
            at=self._wall(),
            name=asker.name,
            role=asker.role,
            project=asker.project,
            operation=operation,
            path=shown(path),
            said={name: msgspec.Raw(_encode(value)) for name, value in said.items()},
        )
        self._append(begun)
        return begun.id

    def end(self, id_: str, status: int) -> None:
        """Writes down how it ended. Raises `OSError`."""
        self._append(_Ended(id=id_, status=status))

    def latest(self, limit: int) -> tuple[Change, ...]:
        """The last changes, the newest first; a line that cannot be read is passed over."""
        found: dict[str, Change] = {}
        for path in (self._earlier, self._path):
            for line in _lines(path):
                match _read(line):
                    case _Begun() as begun:
                        found[begun.id] = begun
                    case _Ended(id=id_, status=status) if id_ in found:
                        found[id_] = msgspec.structs.replace(found[id_], status=status)
                    case _:
                        pass
        newest = list(found.values())[-limit:]
        return tuple(Change(**msgspec.structs.asdict(change)) for change in reversed(newest))

    def _append(self, line: _Begun | _Ended) -> None:
        descriptor = os.open(
            self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, mode=0o600
        )
        try:
            begins = b"\n" if _is_torn(descriptor) else b""
            write_whole(descriptor, begins + _encode(line) + b"\n")
            os.fsync(descriptor)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if size >= FILE_BYTES_MAX:
            self._path.replace(self._earlier)


def _is_torn(descriptor: int) -> bool:
    """Whether the last line was cut short: what is appended to it would be lost with it."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def shown(path: str) -> str:
    """A path as it may stand in a line: ASCII, nothing that moves a terminal, not endless."""
    return ascii(path[:PATH_CHARACTERS_MAX])[1:-1]


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _read(line: bytes) -> _Begun | _Ended | None:
    try:
        return _decode(line)
    except (ValueError, RecursionError):  # cut short by a full disk or a power loss
        return None
