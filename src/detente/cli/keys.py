"""`detente keys`: virtual keys, their hashes, and the access keys of AWS clients.

A virtual key is what an application sends; the configuration carries only its SHA-256, which
is enough for a random key of 256 bits (there is nothing to guess, so nothing to slow down).
Keeps no key anywhere: a new one is shown once. An access key derives from a virtual key's hash and
the gateway's master key, each time alike.

    detente keys hash --new
    detente keys aws app1
"""

import hashlib
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from detente.canonical.failure import ClientFault
from detente.cli.facts import one_of
from detente.gateway.access_keys import access_key_id, secret_access_key
from detente.gateway.credentials import resolve_master_key
from detente.wiring import CONFIGURATION_NAME, load

KEY_PREFIX: Final = "dt-"
KEY_BYTES: Final = 32
"""256 random bits: no search finds one, and 43 characters still fit on a line."""
KEY_CHARACTERS_MAX: Final = 4096
"""Longer than any key of ours or of a platform; more is a file piped in by mistake."""

app = App(name="keys", help="Make virtual keys, hash them, and derive access keys.")


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
    if as_json or new:
        _show(facts, as_json=as_json)
    else:
        sys.stdout.write(facts["hash"] + "\n")


@app.command
def aws(
    name: str,
    /,
    *,
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Print the access key with which an AWS client uses the virtual key NAME.

    It derives from the key's hash and `server.master_key`, so nothing is stored and the same is
    printed each time. Whoever has the secret can use the key.

    Parameters
    ----------
    name
        The key's name in the configuration, `[keys.NAME]`.
    config
        The configuration that has the key.
    as_json
        Print one JSON object.
    """
    setup = load(config)
    keys = setup.configuration.keys
    key = keys[one_of(name, list(keys), "key")]
    master_key = resolve_master_key(setup)
    if master_key is None:
        raise ClientFault(
            "request_invalid",
            "no master key is configured, from which secrets derive; set `server.master_key`",
        )
    access_key = access_key_id(key.hash)
    facts = {
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_access_key(master_key, access_key),
    }
    _show(facts, as_json=as_json)


def _show(facts: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    for name, value in facts.items():
        sys.stdout.write(f"{name} = {value}\n")


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
