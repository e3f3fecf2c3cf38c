"""From `[store]` to the stores that it names; nothing is connected before the first call.

Secrets arrive resolved, for only the gateway and the command line know where they stand.

    principals = open_principals(StorePlace(store=store, state=state, ledger=ledger))
"""

from pathlib import Path

from detente.configuration.store import Store
from detente.stores.embedded.money import EmbeddedMoney
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.embedded.windows import FILE_NAME, EmbeddedWindows
from detente.stores.interface import Accounts, MoneyAccounts, Principals


class StorePlace:
    """Where the stores are, with what opens them. No value type: those show themselves."""

    __slots__ = ("ledger", "limits_password", "password", "state", "store")

    def __init__(
        self,
        *,
        store: Store,
        state: Path,
        ledger: Path,
        password: str | None = None,
        limits_password: str | None = None,
    ) -> None:
        self.store = store
        self.state = state
        self.ledger = ledger
        self.password = password
        self.limits_password = limits_password


def open_principals(place: StorePlace) -> Principals:
    """Projects and keys."""
    return EmbeddedPrincipals(place.ledger, timeout_ms=place.store.timeout_ms)


def open_money(place: StorePlace) -> MoneyAccounts:
    """What may be spent."""
    return EmbeddedMoney(place.ledger, timeout_ms=place.store.timeout_ms)


def open_windows(place: StorePlace) -> Accounts:
    """Requests and tokens in windows, and what is open at once."""
    return EmbeddedWindows(place.state / FILE_NAME, timeout_ms=place.store.timeout_ms)
