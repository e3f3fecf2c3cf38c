"""Keys: list, make, show, rotate, revoke (`gateway.key_book`).

A new secret is in the answer that makes it, and in no other. A key of a project that is not the
asker's own is answered as one that does not exist.
"""

from datetime import timedelta
from typing import Final, NoReturn

from detente.canonical.failure import ClientFault
from detente.canonical.principal import Key
from detente.configuration.words import plain
from detente.gateway.admin.operation import Answer, Call, Nothing, Operation, Refused
from detente.gateway.admin.parts import AdminParts
from detente.gateway.callers.key_book import KeyBook, KeyRefused, no_key
from detente.gateway.callers.key_forms import (
    KeyAsked,
    KeyMadeShown,
    KeyShown,
    KeysShown,
    RotationAsked,
    draft_of,
    shown_key,
    shown_made,
)

PATH: Final = "/admin/v1/keys"
ONE: Final = f"{PATH}/{{name}}"


async def list_keys(parts: AdminParts, call: Call) -> Answer:
    """The asker's keys."""
    now = parts.keys.now
    keys = await parts.keys.keys()
    return Answer(KeysShown(keys=tuple(shown_key(k, now) for k in keys if call.sees(k.project))))


async def create_key(parts: AdminParts, call: Call) -> Answer:
    """A new key."""
    asked = call.body_of(KeyAsked)
    if not call.sees(asked.project):
        raise Refused("unknown", f"no project `{asked.project}` of yours; name your own")
    try:
        if call.reach != "all":
            await _check_labels(parts.keys, asked)
        made = await parts.keys.create(draft_of(asked))
    except ClientFault as fault:
        raise Refused("body_invalid", str(fault)) from None
    except KeyRefused as refused:
        _refuse(refused)
    return Answer(shown_made(made, parts.keys.now), status=201)


async def _check_labels(keys: KeyBook, asked: KeyAsked) -> None:
    """Agreements grant and forbid by the labels of keys, so no member may choose them."""
    own = dict((await keys.project(asked.project)).scope.labels)
    for name, value in asked.labels.items():
        if own.get(name) != value:
            message = f"your role may not set the label `{plain(name)}`, by which agreements decide"
            raise Refused("role_missing", f"{message}; have an operator set it at the project")


async def show_key(parts: AdminParts, call: Call) -> Answer:
    """One key."""
    return Answer(shown_key(await _own(parts.keys, call), parts.keys.now))


async def rotate_key(parts: AdminParts, call: Call) -> Answer:
    """A new secret for a key."""
    overlap = timedelta(seconds=call.body_of(RotationAsked).overlap_s)
    key = await _own(parts.keys, call)
    try:
        made = await parts.keys.rotate(key.name, overlap)
    except KeyRefused as refused:
        _refuse(refused)
    return Answer(shown_made(made, parts.keys.now))


async def revoke_key(parts: AdminParts, call: Call) -> Answer:
    """A key ends."""
    key = await _own(parts.keys, call)
    try:
        revoked = await parts.keys.revoke(key.name)
    except KeyRefused as refused:
        _refuse(refused)
    return Answer(shown_key(revoked, parts.keys.now))


async def _own(keys: KeyBook, call: Call) -> Key:
    """The key that the path names; one of somebody else's project is none."""
    name = call.path["name"]
    try:
        key = await keys.key(name)
    except KeyRefused as refused:
        _refuse(refused)
    if not call.sees(key.project):
        _refuse(no_key(name))
    return key


def _refuse(refused: KeyRefused) -> NoReturn:
    raise Refused(refused.code, str(refused)) from None


KEYS: Final = (
    Operation(
        name="list_keys",
        method="GET",
        path=PATH,
        summary="All keys by name, of the configuration and of the store, revoked ones included.",
        permission="keys_read",
        answers={200: KeysShown},
        handler=list_keys,
        refuses=("store_unavailable",),
    ),
    Operation(
        name="create_key",
        method="POST",
        path=PATH,
        summary="Make a key; its secret is in this answer and never again.",
        permission="keys_write",
        body=KeyAsked,
        answers={201: KeyMadeShown},
        handler=create_key,
        refuses=("unknown", "conflict", "store_unavailable"),
        told=("name", "project"),
    ),
    Operation(
        name="show_key",
        method="GET",
        path=ONE,
        summary="One key.",
        permission="keys_read",
        answers={200: KeyShown},
        handler=show_key,
        refuses=("unknown", "store_unavailable"),
    ),
    Operation(
        name="rotate_key",
        method="POST",
        path=f"{ONE}/rotate",
        summary="Give a key a new secret; those before it count a while longer.",
        permission="keys_write",
        body=RotationAsked,
        answers={200: KeyMadeShown},
        handler=rotate_key,
        refuses=("unknown", "conflict", "store_unavailable"),
        told=("overlap_s",),
    ),
    Operation(
        name="revoke_key",
        method="POST",
        path=f"{ONE}/revoke",
        summary="End a key for good; it keeps its name.",
        permission="keys_write",
        body=Nothing,
        answers={200: KeyShown},
        handler=revoke_key,
        refuses=("unknown", "conflict", "store_unavailable"),
    ),
)
