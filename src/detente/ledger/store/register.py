"""The register's file: one entry at a time, under a lock, on the disk before anybody is told.

Knows nothing of what entries mean; who appends decides on that, from what was recorded before,
while the lock is held, so that two writers never see the same past. The lock is an `flock` of
the file itself, which a writer's death releases. A write that fails is taken back; one that a
crash cut off makes the file unreadable until the next append is told to mend it, and is then
set aside in a file of its own, not lost.

>>> append(path, lambda entries: RegisterEntry(action="event_declared", ...)).entry.previous
'0000000000000000000000000000000000000000000000000000000000000000'
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.register import RegisterEntry, line_of
from detente.configuration.located import LocatedError, LocatedErrors
from detente.ledger.failures import RegisterUnusable
from detente.ledger.register import head_of, read_register, whole_lines
from detente.ledger.store.files import write_whole

REGISTER_BYTES_MAX: Final = 16 * 1024 * 1024
"""Some 40,000 acts of people; every reload reads and checks them all."""
LOCK_WAIT_S: Final = 30.0
"""An append takes milliseconds; a queue of hundreds is through in this time."""
LOCK_PAUSE_S: Final = 0.002
OPENINGS_MAX: Final = 100
"""How often a file may be replaced while its lock is awaited; more is no accident."""
CUT_SUFFIX: Final = ".cut"
_CURES: Final[dict[int, str]] = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, or raise the quota",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f`)",
    errno.EACCES: "allow this user to write there, or name another file in `agreements.register`",
    errno.EPERM: "allow this user to write there, or name another file in `agreements.register`",
    errno.EROFS: "name a file elsewhere in `agreements.register`",
    errno.ENOENT: "create its folder",
    errno.EISDIR: "name a file in `agreements.register`",
}


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """What an append came to.

    `entry` is the new one, None where nothing was to be added; `line` its number, counted from
    1, else that of the last; `mended` the file with what a crash had cut off.
    """

    entry: RegisterEntry | None
    line: int
    mended: Path | None = None


def append(
    path: Path,
    propose: Callable[[tuple[RegisterEntry, ...]], RegisterEntry | None],
    *,
    mend: bool = False,
) -> Appended:
    """Adds what `propose` makes of the entries there are; its `previous` is set here.

    Once this has returned, the entry is on the disk. `propose` may raise, and nothing is added.
    Raises `LocatedErrors` where the file's chain is broken (a last line that was cut off is set
    aside instead with `mend`), and `RegisterUnusable` where it cannot be written.
    """
    with _locked(path) as file:
        data = _bytes_of(file, path)
        whole = whole_lines(data)
        mended = None
        if mend and whole < len(data):
            mended = _set_aside(file, path, data, whole)
            data = data[:whole]
        entries = read_register(data, str(path))
        proposed = propose(entries)
        if proposed is None:
            return Appended(entry=None, line=len(entries), mended=mended)
        entry = msgspec.structs.replace(proposed, previous=head_of(data))
        line = line_of(entry) + b"\n"
        if len(data) + len(line) > REGISTER_BYTES_MAX:
            raise _too_large(path)
        _write(file, path, line, at=len(data))
        return Appended(entry=entry, line=len(entries) + 1, mended=mended)


def read_bytes(path: Path) -> bytes:
    """The file's bytes while nobody writes it, none where there is no file.

    Raises `LocatedErrors` where it cannot be read.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        _lock(file, path, fcntl.LOCK_SH)
        return _bytes_of(file, path)
    except RegisterUnusable as fault:
        raise LocatedErrors([LocatedError(str(path), 1, str(fault))]) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(file)


@contextlib.contextmanager
def _locked(path: Path) -> Generator[int]:
    """The file, made if absent, that no other process writes or reads meanwhile."""
    file = -1
    try:
        for _ in range(OPENINGS_MAX):
            file = _opened(path)
            _lock(file, path, fcntl.LOCK_EX)
            if _is_at(file, path):
                break
            os.close(file)  # replaced by a backup, say, while we waited
            file = -1
        else:
            raise RegisterUnusable(f"`{path}` is being replaced all the time; stop who does that")
        yield file
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        if file >= 0:
            os.close(file)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync(path.parent.parent)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _is_at(file: int, path: Path) -> bool:
    """Whether the open file is the one that now has the name."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: int, path: Path, kind: int) -> None:
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                message = f"`{path}` has been locked for {LOCK_WAIT_S:g} s; see who holds it"
                raise RegisterUnusable(f"{message} (`fuser {path}`) and try again") from None
            time.sleep(LOCK_PAUSE_S)
        else:
            return


def _bytes_of(file: int, path: Path) -> bytes:
    if os.fstat(file).st_size > REGISTER_BYTES_MAX:
        raise _too_large(path)
    parts: list[bytes] = []
    size = 0
    while part := os.pread(file, REGISTER_BYTES_MAX, size):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _write(file: int, path: Path, data: bytes, *, at: int) -> None:
    """Puts `data` at the file's end, whole and on the disk, or takes it back and raises."""
    written = 0
    try:
        while written < len(data):
            written += os.pwrite(file, data[written:], at + written)
        os.fsync(file)
        if at == 0:
            _sync(path.parent)
    except OSError:
        # Where even that fails, the cut line is found by whoever reads next.
        with contextlib.suppress(OSError):
            os.ftruncate(file, at)
            os.fsync(file)
        raise


def _set_aside(file: int, path: Path, data: bytes, whole: int) -> Path:
    """Moves what a crash cut off into a file of its own."""
    aside = path.with_name(path.name + CUT_SUFFIX)
    copy = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        write_whole(copy, data[whole:] + b"\n")
        os.fsync(copy)
    finally:
        os.close(copy)
    _sync(aside.parent)
    os.ftruncate(file, whole)
    os.fsync(file)
    return aside


def _sync(folder: Path) -> None:
    """The names in a folder, on the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _unwritable(path: Path, error: OSError) -> RegisterUnusable:
    reason = (error.strerror or "it cannot be written").lower()
    cure = _CURES.get(error.errno or 0, "check the disk")
    return RegisterUnusable(
        f"nothing was recorded, as `{path}` cannot be written ({reason}); {cure}, and try again"
    )


def _unreadable(path: Path, error: OSError) -> LocatedErrors:
    reason = (error.strerror or "it cannot be read").lower()
    return LocatedErrors([LocatedError(str(path), 1, f"{reason}; check the path")])


def _too_large(path: Path) -> RegisterUnusable:
    message = f"the register `{path}` is larger than {REGISTER_BYTES_MAX} bytes"
    return RegisterUnusable(
        f"{message}; name a new one in `agreements.register`, and what still counts as `[[events]]`"
    )
