"""A secret of the installation that chance makes once: a file of the gateway's user alone.

It is never replaced: what was made with it would be worth nothing under another.

    secret_file(state / "pepper", 32, "restore it from a backup, with the key store")
"""

import contextlib
import os
import secrets
from pathlib import Path

from detente.canonical.failure import Fault
from detente.ledger.store.files import write_whole


class SecretFileUnusable(Fault):
    """The file is not what the gateway wrote there."""


def secret_file(path: Path, length: int, cure: str) -> bytes:
    """What stands in the file, which is made where it is not there; several may try at once.

    `length` is in bytes. Raises `SecretFileUnusable`, which ends with `cure`, where it cannot be
    made or read, or has another length.
    """
    if not path.exists():
        unique = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            _make(path, unique, secrets.token_bytes(length))
        except OSError as error:
            raise _unusable(path, (error.strerror or "cannot be made").lower(), cure) from None
    return read_secret_file(path, length, cure)


def read_secret_file(path: Path, length: int, cure: str) -> bytes:
    """What stands in a file that is there; raises as `secret_file` does."""
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise _unusable(path, (error.strerror or "cannot be read").lower(), cure) from None
    if len(secret) != length:
        raise _unusable(path, f"it has {len(secret)} bytes in place of {length}", cure)
    return secret


def _make(path: Path, unique: Path, secret: bytes) -> None:
    """Has `path` there whole or not at all, by way of `unique`."""
    fd = os.open(unique, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_whole(fd, secret)
        os.fsync(fd)
        with contextlib.suppress(FileExistsError):  # somebody else was first: theirs counts
            path.hardlink_to(unique)
    finally:
        os.close(fd)
        unique.unlink()


def _unusable(path: Path, reason: str, cure: str) -> SecretFileUnusable:
    message = f"`{path}` cannot be used ({reason}); {cure}"
    return SecretFileUnusable("internal_error", message)
