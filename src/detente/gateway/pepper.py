"""The pepper of the key store, without which a digest of a key is worth nothing.

It derives from `server.master_key`, so that machines which share a store share it; without one it
is 32 random bytes in the state folder, made once and readable by the gateway's user alone. Where
both are there (a master key was configured later), keys of either count.

    peppers = peppers_of(state, master_key)
    digest_of(b"dt-…", peppers[0])
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from detente.canonical.failure import Fault
from detente.principals.hashing import PEPPER_BYTES, pepper_from

PEPPER_NAME: Final = "pepper"


class PepperUnusable(Fault):
    """The file is not what the gateway wrote there."""


def peppers_of(state: Path, master_key: str | None) -> tuple[bytes, ...]:
    """The pepper that new keys get, first, and others that keys may have.

    Makes the file in `state` where it is needed and not there. Raises `PepperUnusable` where it
    cannot be made or read: going on with another would turn every stored key away.
    """
    path = state / PEPPER_NAME
    if master_key is None:
        return (_made(path),)
    return (pepper_from(master_key), *([_read(path)] if path.exists() else []))


def _made(path: Path) -> bytes:
    """What stands in the file, which is made where it is not there; several may try at once."""
    if not path.exists():
        unique = path.with_name(f"{PEPPER_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            fd = os.open(unique, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, secrets.token_bytes(PEPPER_BYTES))
                os.fsync(fd)
            finally:
                os.close(fd)
            with contextlib.suppress(FileExistsError):  # somebody else was first: theirs counts
                path.hardlink_to(unique)
            unique.unlink()
        except OSError as error:
            raise _unusable(path, (error.strerror or "cannot be made").lower()) from None
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        pepper = path.read_bytes()
    except OSError as error:
        raise _unusable(path, (error.strerror or "cannot be read").lower()) from None
    if len(pepper) != PEPPER_BYTES:
        raise _unusable(path, f"it has {len(pepper)} bytes in place of {PEPPER_BYTES}")
    return pepper


def _unusable(path: Path, reason: str) -> PepperUnusable:
    message = f"`{path}` cannot be used ({reason}); restore it from a backup, with the key store"
    return PepperUnusable("internal_error", message)
