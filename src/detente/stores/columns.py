"""Values of keys and projects as columns of a table, the same in every database.

>>> microseconds_of(instant_of(1_000_000))
1000000
"""

from datetime import datetime

import msgspec

from detente.canonical.principal import Scope
from detente.ledger.entries import time_of, us_of
from detente.stores.interface import StoreUnavailable


def scope_text(scope: Scope) -> str:
    """What a key or project may use and spend, as JSON."""
    return msgspec.json.encode(scope).decode()


def scope_bytes(scope: Scope) -> int:
    """What that takes."""
    return len(scope_text(scope).encode())


def scope_of(text: str) -> Scope:
    """The scope that was written; raises `StoreUnavailable` where it cannot be read.

    A member that is not known here is passed over, so one that restricts needs a new version of the
    schema, which older programs refuse.
    """
    try:
        return msgspec.json.decode(text, type=Scope)
    except msgspec.DecodeError:  # guessed at, it might allow more
        raise StoreUnavailable("the key store was written by a newer `detente`; update") from None


def microseconds_of(at: datetime | None) -> int | None:
    """Microseconds since the Unix epoch."""
    return None if at is None else us_of(at)


def instant_of(us: int | None) -> datetime | None:
    """The time so many microseconds after the Unix epoch."""
    return None if us is None else time_of(us)
