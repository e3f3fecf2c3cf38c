"""`detente keys`: make, list, rotate and revoke virtual keys, hash them, derive access keys.

A virtual key is what an application sends. A key of the *store* is made here, shown once, and kept
as a keyed digest; a key of the *configuration* stands there by its SHA-256. Neither needs a slow
hash (`docs/decisions/keys.md`). An access key of AWS clients derives from a key and the gateway's
master key, each time alike.

    detente keys create app1 --project shop
    detente keys revoke app1
"""

import asyncio
import json
import secrets
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter
from rich.table import Table

from detente.canonical.failure import ClientFault
from detente.cli.facts import moment_of, one_of
from detente.cli.key_access import Asked, carry_out, now
from detente.cli.parameters import HERE, GatewayConfig, Json
from detente.cli.scope_options import Budgets, Deployments, Labels, Limits, Models, scope_from
from detente.cli.told_scope import lines_of, time_text
from detente.gateway.allowances.leasing import place_of
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.gateway.callers.key_book import KeyBook
from detente.gateway.callers.key_forms import (
    OVERLAP_S_MAX,
    KeyAsked,
    KeyMadeShown,
    KeyShown,
    KeysShown,
    RotationAsked,
    draft_of,
    shown_key,
    shown_made,
)
from detente.gateway.callers.key_table import access_hash_of
from detente.gateway.upstream.credentials import resolve_master_key
from detente.principals.hashing import KEY_BYTES, hash_text, key_text
from detente.stores.interface import StoreUnavailable
from detente.stores.opening import open_principals
from detente.terminal import console
from detente.wiring import Setup, load

KEY_CHARACTERS_MAX: Final = 4096
"""Longer than any key of ours or of a platform; more is a file piped in by mistake."""
PATH: Final = "/admin/v1/keys"
OVERLAP_S: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

app = App(name="keys", help="Make, list, rotate and revoke virtual keys.")


@app.command
def create(
    name: str,
    /,
    *,
    project: str,
    label: Labels = (),
    model: Models = (),
    deployment: Deployments = (),
    budget: Budgets = (),
    limit: Limits = (),
    expires: str | None = None,
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Make a key and show it, once.

    Parameters
    ----------
    name
        Its name, unique for good: that of a revoked key stays taken.
    project
        The project that it belongs to.
    expires
        When it ends (a date or a time, in UTC unless it says otherwise).
    """
    scope = scope_from(
        labels=label, models=model, deployments=deployment, budgets=budget, limits=limit
    )
    asked = _asked(
        {
            **msgspec.structs.asdict(scope),
            "name": name,
            "project": project,
            "expires": None if expires is None else moment_of(expires, "--expires"),
        }
    )

    async def at_rest(book: KeyBook) -> KeyMadeShown:
        return shown_made(await book.create(draft_of(asked)), now())

    made = carry_out(config, Asked("POST", PATH, asked), KeyMadeShown, at_rest)
    _show_made(made, as_json=as_json)


@app.command(name="list")
def list_keys(
    *,
    project: str | None = None,
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """List all keys, of the configuration and of the store.

    Parameters
    ----------
    project
        Only keys of this project.
    """

    async def at_rest(book: KeyBook) -> KeysShown:
        return KeysShown(keys=tuple(shown_key(key, now()) for key in await book.keys()))

    found = carry_out(config, Asked("GET", PATH), KeysShown, at_rest).keys
    keys = tuple(key for key in found if project in (None, key.project))
    if as_json:
        _print(KeysShown(keys=keys))
    elif keys:
        console().print(_table(keys))
    else:
        sys.stdout.write("no keys; make one with `detente keys create NAME --project PROJECT`\n")


@app.command
def show(
    name: str,
    /,
    *,
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Show a key: everything but its secret.

    Parameters
    ----------
    name
        The key's name.
    """

    async def at_rest(book: KeyBook) -> KeyShown:
        return shown_key(await book.key(name), now())

    key = carry_out(config, Asked("GET", _path(name)), KeyShown, at_rest)
    _show_key(key, as_json=as_json)


@app.command
def rotate(
    name: str,
    /,
    *,
    overlap: str = "24h",
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Give a key a new secret and show it, once.

    Parameters
    ----------
    name
        The key's name.
    overlap
        For how long the secret before it still counts: `30m`, `24h`, `7d`, or `0s`.
    """
    asked = RotationAsked(overlap_s=overlap_s_of(overlap))

    async def at_rest(book: KeyBook) -> KeyMadeShown:
        return shown_made(await book.rotate(name, timedelta(seconds=asked.overlap_s)), now())

    made = carry_out(config, Asked("POST", _path(name, "rotate"), asked), KeyMadeShown, at_rest)
    _show_made(made, as_json=as_json)


@app.command
def revoke(
    name: str,
    /,
    *,
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """End a key for good: within a second no gateway serves a request with it.

    Parameters
    ----------
    name
        The key's name; it stays taken.
    """

    async def at_rest(book: KeyBook) -> KeyShown:
        return shown_key(await book.revoke(name), now())

    key = carry_out(config, Asked("POST", _path(name, "revoke")), KeyShown, at_rest)
    if as_json:
        _print(key)
    else:
        sys.stdout.write(f"key `{name}` is revoked since {time_text(key.revoked_at)}\n")


@app.command(name="hash")
def hash_key(
    *,
    new: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
) -> None:
    """Print the hash that `[keys.NAME]` carries.

    Reads one key from standard input, or makes a new one and shows it, once.

    Parameters
    ----------
    new
        Make a new key instead of reading one.
    """
    key = new_key() if new else _read_key()
    facts = {"key": key, "hash": hash_text(key)} if new else {"hash": hash_text(key)}
    if as_json or new:
        _show(facts, as_json=as_json)
    else:
        sys.stdout.write(facts["hash"] + "\n")


@app.command
def aws(
    name: str,
    /,
    *,
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Print the access key with which an AWS client uses the virtual key NAME.

    It derives from the key's newest secret and `server.master_key`, so nothing is stored and the
    same is printed each time. Whoever has the secret can use the key.

    Parameters
    ----------
    name
        The key's name, of the configuration or of the store.
    config
        The configuration of the gateway.
    """
    setup = load(config)
    access_hash = _access_hash(setup, name)
    master_key = resolve_master_key(setup)
    if master_key is None:
        raise ClientFault(
            "request_invalid",
            "no master key is configured, from which secrets derive; set `server.master_key`",
        )
    access_key = access_key_id(access_hash)
    facts = {
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_access_key(master_key, access_key),
    }
    _show(facts, as_json=as_json)


def new_key() -> str:
    """A new virtual key, `dt-` and 43 random characters."""
    return key_text(secrets.token_bytes(KEY_BYTES))


def overlap_s_of(text: str) -> int:
    """`24h` and the like in seconds; raises `ClientFault`."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit()) or unit not in OVERLAP_S:
        said = f"`--overlap` is no time: `{text}`; write `30m`, `24h` or `7d`"
        raise ClientFault("request_invalid", said)
    seconds = int(number[:12]) * OVERLAP_S[unit]
    if seconds > OVERLAP_S_MAX:
        said = f"`--overlap` is at most `{OVERLAP_S_MAX // 86_400}d`; give a shorter one"
        raise ClientFault("request_invalid", said)
    return seconds


def _asked(members: Mapping[str, object]) -> KeyAsked:
    try:
        return msgspec.convert(members, KeyAsked, from_attributes=True)
    except msgspec.ValidationError as error:
        said = str(error)
        why = f"{said[:1].lower()}{said[1:]}"
        if said.endswith("`$.name`"):
            why = f"`{members['name']}` is no name; write letters, digits, `.`, `_` and `-`"
        message = f"not a key ({why}); see `detente keys create --help`"
        raise ClientFault("request_invalid", message) from None


def _path(name: str, then: str = "") -> str:
    return f"{PATH}/{quote(name, safe='')}" + (f"/{then}" if then else "")


def _access_hash(setup: Setup, name: str) -> str:
    """What the access key of a key derives from; the store is asked only for what is not in the
    configuration."""
    configured = setup.configuration.keys
    if name in configured:
        return configured[name].hash
    try:
        stored = asyncio.run(open_principals(place_of(setup)).load()).keys
    except StoreUnavailable:
        stored = ()
    by_name = {key.name: key for key in stored}
    key = by_name[one_of(name, [*configured, *by_name], "key")]
    return access_hash_of(key, key.secrets[0])


def _show_made(made: KeyMadeShown, *, as_json: bool) -> None:
    if as_json:
        _print(made)
        return
    facts = {"name": made.key.name, "key": made.secret}
    if made.aws_access_key_id is not None and made.aws_secret_access_key is not None:
        facts["aws_access_key_id"] = made.aws_access_key_id
        facts["aws_secret_access_key"] = made.aws_secret_access_key
    _show(facts, as_json=False)
    for secret in made.key.secrets[1:2]:
        sys.stderr.write(f"the secret before it counts until {time_text(secret.expires_at)}\n")
    sys.stderr.write("keep the key now: it is shown this once\n")


def _show_key(key: KeyShown, *, as_json: bool) -> None:
    if as_json:
        _print(key)
        return
    for line in lines_of(key):
        sys.stdout.write(f"{line}\n")


def _table(keys: tuple[KeyShown, ...]) -> Table:
    table = Table("key", "project", "state", "begins with", "ends", "where")
    for key in keys:
        ends = key.revoked_at or key.expires_at
        begins = ", ".join(secret.prefix for secret in key.secrets if secret.prefix)
        table.add_row(key.name, key.project, key.state, begins, time_text(ends), key.source)
    return table


def _print(value: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


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
