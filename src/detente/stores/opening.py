"""From `[store]` to the stores that it names; nothing is connected before the first call.

Secrets arrive resolved, for only the gateway and the command line know where they stand.

    principals = open_principals(StorePlace(store=store, state=state, ledger=ledger))
"""

import os
import platform
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detente.configuration.store import Store
from detente.ledger.store.database import Ledger
from detente.ledger.store.interface import LedgerStore
from detente.stores.embedded.money import EmbeddedMoney
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.embedded.windows import FILE_NAME, EmbeddedWindows
from detente.stores.interface import Accounts, MoneyAccounts, Principals
from detente.stores.postgres.place import PostgresPlace

if TYPE_CHECKING:
    from detente.stores.postgres.connection import Database
    from detente.stores.valkey.server import ValkeyPlace

INSTANCE_NAME: Final = "instance"


class StorePlace:
    """Where the stores are, with what opens them. No value type: those show themselves."""

    __slots__ = ("_database", "ledger", "limits_password", "password", "state", "store")

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
        self._database: Database | None = None

    @property
    def machine(self) -> str:
        """This gateway's name among those that share a store."""
        return self.store.machine or platform.node()

    def postgres(self, url: str) -> PostgresPlace:
        """Where the shared store is."""
        return PostgresPlace(
            url=url,
            password=self.password,
            timeout_ms=self.store.timeout_ms,
            connections_max=self.store.connections_max,
        )

    def valkey(self, url: str) -> "ValkeyPlace":
        """Where the server of limits is."""
        from detente.stores.valkey.server import ValkeyPlace  # noqa: PLC0415 - as below

        return ValkeyPlace(
            url=url,
            password=self.limits_password,
            timeout_ms=self.store.timeout_ms,
            connections_max=self.store.connections_max,
        )

    def database(self, url: str) -> "Database":
        """The connections that all stores in it share, of the event loop that asks first."""
        if self._database is None:
            from detente.stores.postgres.connection import Database  # noqa: PLC0415 - of an extra
            from detente.stores.postgres.revision import ready  # noqa: PLC0415 - of an extra

            self._database = Database(self.postgres(url), prepare=ready)
        return self._database


def open_ledger(place: StorePlace, *, now_us: int) -> LedgerStore:
    """The ledger, open for this machine's writer; `now_us` dates a migration of a file.

    Raises `LedgerUnavailable` where a database server does not answer now, and `LedgerUnusable`
    where another gateway writes it, or it is too new.
    """
    if place.store.url is None:
        return Ledger.open(place.ledger, now_us=now_us)
    from detente.stores.postgres.ledger import PostgresLedger  # noqa: PLC0415 - of an extra

    return PostgresLedger.open(
        place.postgres(place.store.url),
        machine=place.machine,
        instance=_instance(place.state),
    )


def open_principals(place: StorePlace) -> Principals:
    """Projects and keys."""
    if place.store.url is not None:
        # Only who shares a store has its client, which is an extra: here and below.
        from detente.stores.postgres.principals import PostgresPrincipals  # noqa: PLC0415

        return PostgresPrincipals(place.database(place.store.url))
    return EmbeddedPrincipals(place.ledger, timeout_ms=place.store.timeout_ms)


def open_money(place: StorePlace) -> MoneyAccounts:
    """What may be spent."""
    if place.store.url is not None:
        from detente.stores.postgres.money import PostgresMoney  # noqa: PLC0415 - of an extra

        database = place.database(place.store.url)
        return PostgresMoney(database, lost_after_ms=place.store.lost_after_ms)
    return EmbeddedMoney(place.ledger, timeout_ms=place.store.timeout_ms)


def open_windows(place: StorePlace) -> Accounts:
    """Requests and tokens in windows, and what is open at once."""
    if place.store.limits_url is not None:
        from detente.stores.valkey.windows import ValkeyWindows  # noqa: PLC0415 - of an extra

        valkey = place.valkey(place.store.limits_url)
        return ValkeyWindows(valkey, remembered=place.state / "limits.life")
    if place.store.url is not None:
        from detente.stores.postgres.windows import PostgresWindows  # noqa: PLC0415 - of an extra

        return PostgresWindows(place.database(place.store.url))
    return EmbeddedWindows(place.state / FILE_NAME, timeout_ms=place.store.timeout_ms)


def _instance(state: Path) -> str:
    """What tells this state folder from every other: made once, and kept in it."""
    file = state / INSTANCE_NAME
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        made = secrets.token_hex(16)
        new = file.with_suffix(".new")
        new.write_text(made, encoding="ascii")
        os.replace(new, file)
        return made
