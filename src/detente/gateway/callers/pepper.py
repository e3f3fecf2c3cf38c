"""The pepper of the key store, without which a digest of a key is worth nothing.

It derives from `server.master_key`, so that machines which share a store share it; without one it
is 32 random bytes in the state folder, made once and readable by the gateway's user alone. Where
both are there (a master key was configured later), keys of either count.

    peppers = peppers_of(state, master_key)
    digest_of(b"dt-…", peppers[0])
"""

from pathlib import Path
from typing import Final

from detente.gateway.secret_file import read_secret_file, secret_file
from detente.principals.hashing import PEPPER_BYTES, pepper_from

PEPPER_NAME: Final = "pepper"
_CURE: Final = "restore it from a backup, with the key store"


def peppers_of(state: Path, master_key: str | None) -> tuple[bytes, ...]:
    """The pepper that new keys get, first, and others that keys may have.

    Makes the file in `state` where it is needed and not there. Raises `SecretFileUnusable` where it
    cannot be made or read: going on with another would turn every stored key away.
    """
    path = state / PEPPER_NAME
    if master_key is None:
        return (secret_file(path, PEPPER_BYTES, _CURE),)
    older = (read_secret_file(path, PEPPER_BYTES, _CURE),) if path.exists() else ()
    return (pepper_from(master_key), *older)
