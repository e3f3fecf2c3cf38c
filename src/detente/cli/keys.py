"""`detente keys`: virtual keys and their hashes.

A virtual key is what an application sends; the configuration carries only its SHA-256, which
is enough for a random key of 256 bits (there is nothing to guess, so nothing to slow down).
Keeps no key anywhere: a new one is shown once.

    detente keys hash --new
"""

import hashlib
import json
import secrets
import sys
from typing import Annotated, Final

from cyclopts import App, Parameter

from detente.canonical.failure import ClientFault

KEY_PREFIX: Final = "dt-"
KEY_BYTES: Final = 32
"""256 random bits: no search finds one, and 43 characters still fit on a line."""
KEY_CHARACTERS_MAX: Final = 4096
"""Longer than any key of ours or of a platform; more is a file piped in by mistake."""

app = App(name="keys", help="Make virtual keys and hash them for the configuration.")


def new_key() -> str:
    """A new virtual key, `dt-` and 43 random characters."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def hash_of(key: str) -> str:
    """What the configuration carries of a key: `sha256:` and the hexadecimal SHA-256 of it all."""
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


@app.command(name="hash")
def hash_key(
    *,
    new: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Print the hash that `[keys.NAME]` carries.

    Reads one key from standard input, or makes a new one and shows it, once.

    Parameters
    ----------
    new
        Make a new key instead of reading one.
    as_json
        Print one JSON object.
    """
    key = new_key() if new else _read_key()
    facts = {"key": key, "hash": hash_of(key)} if new else {"hash": hash_of(key)}
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    for name, value in facts.items():
        sys.stdout.write(f"{name} = {value}\n" if new else f"{value}\n")


def _read_key() -> str:
    if sys.stdin.isatty():
        sys.stderr.write("type or paste the key, then Enter: ")
        sys.stderr.flush()
    key = sys.stdin.readline(KEY_CHARACTERS_MAX + 1).rstrip("\r\n")
    if not key or len(key) > KEY_CHARACTERS_MAX:
        raise ClientFault(
            "request_invalid",
            "no key on standard input; pipe one in, or make one with `detente keys hash --new`",
        )
    return key
