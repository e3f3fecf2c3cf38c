"""Which stores a configuration opens: files, or a database that is connected when it is asked."""

import asyncio
from pathlib import Path

import pytest

from detente.configuration.store import Store
from detente.ledger.failures import LedgerUnavailable
from detente.ledger.store.batch import Batch
from detente.ledger.store.database import Ledger
from detente.stores.embedded.money import EmbeddedMoney
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.embedded.windows import EmbeddedWindows
from detente.stores.opening import (
    StorePlace,
    open_ledger,
    open_money,
    open_principals,
    open_windows,
)
from detente.stores.postgres.ledger import PostgresLedger
from detente.stores.postgres.money import PostgresMoney
from detente.stores.postgres.principals import PostgresPrincipals
from detente.stores.postgres.windows import PostgresWindows
from detente.stores.valkey.windows import ValkeyWindows


def place_of(folder: Path, store: Store) -> StorePlace:
    return StorePlace(
        store=store, state=folder, ledger=folder / "ledger.sqlite3", password="hunter2hunter2"
    )


def test_files_are_the_stores_of_one_machine(tmp_path: Path) -> None:
    place = place_of(tmp_path, Store())
    ledger = open_ledger(place, now_us=0)
    assert isinstance(ledger, Ledger)
    ledger.close()
    assert isinstance(open_money(place), EmbeddedMoney)
    assert isinstance(open_windows(place), EmbeddedWindows)
    assert isinstance(open_principals(place), EmbeddedPrincipals)
    assert not (tmp_path / "instance").exists()


def test_many_machines_share_what_is_named(tmp_path: Path) -> None:
    url = "postgresql://app@127.0.0.1:1/d"
    shared = place_of(tmp_path, Store(url=url, timeout_ms=500))
    assert isinstance(open_money(shared), PostgresMoney)
    assert isinstance(open_principals(shared), PostgresPrincipals)
    assert isinstance(open_windows(shared), PostgresWindows)
    apart = place_of(tmp_path, Store(url=url, limits_url="redis://127.0.0.1:1/0"))
    assert isinstance(open_windows(apart), ValkeyWindows)
    with pytest.raises(LedgerUnavailable) as refusal:
        open_ledger(shared, now_us=0)
    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in repr(shared) + repr(shared.postgres(url))


def test_a_state_folder_stays_the_same_gateway(tmp_path: Path, postgres_url: str) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        store = Store(url=postgres_url, machine=folder.name, timeout_ms=10_000)
        for _ in range(2):
            ledger = open_ledger(place_of(folder, store), now_us=0)
            assert isinstance(ledger, PostgresLedger)
            assert ledger.commit(Batch(positions=[("s", 1)])) == 0
            ledger.close()
    assert (first / "instance").read_text() != (second / "instance").read_text()


def test_stores_in_one_database_share_its_connections(tmp_path: Path, postgres_url: str) -> None:
    place = place_of(tmp_path, Store(url=postgres_url, timeout_ms=10_000))
    open_ledger(place, now_us=0).close()
    assert place.database(postgres_url) is place.database(postgres_url)

    async def asked() -> int:
        principals = open_principals(place)
        version = await principals.version()
        await principals.close()
        return version

    assert asyncio.run(asked()) == 0
