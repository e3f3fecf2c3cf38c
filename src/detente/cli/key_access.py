"""How `detente keys` and `detente projects` reach the key store.

The running gateway is asked by its admin API, so that what is changed is in force at once. Where
none runs, the same is done to the store itself: the ledger's file, which nobody else may write
then, or the shared one. What a command says of a key is the same either way.

    made = carry_out(config, Asked("POST", "/admin/v1/keys", asked), KeyMadeShown, create)
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.running import Method, answer_if_running, reasons
from detente.gateway.allowances.leasing import place_of
from detente.gateway.callers.key_book import KeyBook, KeyRefused
from detente.gateway.callers.key_keeping import book_of
from detente.gateway.plane import state_folder
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.database import Ledger
from detente.stores.interface import StoreUnavailable
from detente.stores.opening import StorePlace, open_principals
from detente.wiring import Setup, load

T = TypeVar("T")


class Asked(NamedTuple):
    """One operation of the admin API, and its body."""

    method: Method
    path: str
    body: msgspec.Struct | None = None


def carry_out(
    config: Path, asked: Asked, kind: type[T], at_rest: Callable[[KeyBook], Awaitable[T]]
) -> T:
    """What the running gateway answers, a `kind`; where none runs, what `at_rest` does.

    Raises `ClientFault` with the reason where it cannot be done, and ends the command with 1 where
    the store cannot be asked.
    """
    body = b"{}" if asked.body is None else msgspec.json.encode(asked.body)
    answered = answer_if_running(config, asked.method, asked.path, body)
    if answered is None:
        return _at_rest(load(config), at_rest)
    status, answer = answered
    if status < 300:
        return msgspec.json.decode(answer, type=kind)
    said = "; ".join(reasons(answer))
    if status >= 500:
        raise _bad_news(said)
    raise ClientFault("request_invalid", said)


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def _at_rest(setup: Setup, step: Callable[[KeyBook], Awaitable[T]]) -> T:
    try:
        place = place_of(setup)
        with nullcontext() if place.store.url else closing(_only_writer(setup, place)):
            return asyncio.run(_stepped(setup, place, step))
    except (StoreUnavailable, LedgerUnusable) as fault:
        raise _bad_news(str(fault)) from None
    except KeyRefused as refused:
        raise ClientFault("request_invalid", str(refused)) from None


async def _stepped(setup: Setup, place: StorePlace, step: Callable[[KeyBook], Awaitable[T]]) -> T:
    principals = open_principals(place)
    try:
        return await step(book_of(lambda: setup, principals))
    finally:
        await principals.close()


def _only_writer(setup: Setup, place: StorePlace) -> Ledger:
    """The ledger open for writing: made where there is none, and nobody else's meanwhile."""
    state_folder(setup)
    return Ledger.open(place.ledger, now_us=int(now().timestamp() * 1_000_000))


def _bad_news(said: str) -> SystemExit:
    sys.stderr.write(f"detente: {said}\n")
    return SystemExit(BAD_NEWS)
