"""Projects and keys in a file: the suite, and what only a file can do."""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.stores.principals_suite import PrincipalsSuite, key_of

from detente.canonical.principal import Scope
from detente.ledger.store.database import Ledger
from detente.stores.columns import scope_of
from detente.stores.embedded import principals as module
from detente.stores.embedded.principals import EmbeddedPrincipals
from detente.stores.interface import Principals, StoreUnavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    Ledger.open(path, now_us=0).close()
    return path


class TestEmbeddedPrincipals(PrincipalsSuite):
    """The suite, on a ledger's file."""

    @pytest.fixture
    def principals(self, path: Path) -> Principals:
        return EmbeddedPrincipals(path, timeout_ms=1000)


def test_a_missing_file_is_an_outage_and_is_not_made(tmp_path: Path) -> None:
    principals = EmbeddedPrincipals(tmp_path / "none.sqlite3", timeout_ms=100)
    with pytest.raises(StoreUnavailable, match=r"none\.sqlite3"):
        asyncio.run(principals.version())
    assert list(tmp_path.iterdir()) == []


def test_so_is_one_that_another_writes_and_it_recovers(path: Path) -> None:
    principals = EmbeddedPrincipals(path, timeout_ms=10)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        asyncio.run(principals.put_key(key_of("app"), new=True))
    assert asyncio.run(principals.version()) == 0
    other.execute("ROLLBACK")
    other.close()
    assert asyncio.run(principals.put_key(key_of("app"), new=True))


def test_the_file_holds_digests_and_no_key(path: Path) -> None:
    asyncio.run(EmbeddedPrincipals(path, timeout_ms=100).put_key(key_of("app"), new=True))
    rows = sqlite3.connect(path).execute("SELECT digest, prefix FROM secrets").fetchall()
    assert sorted(rows) == [(bytes([1, place]) * 16, "dt-abcde") for place in (0, 1)]


def test_what_reads_everything_does_so_in_a_thread(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    principals = EmbeddedPrincipals(path, timeout_ms=100)
    asyncio.run(principals.put_key(key_of("app"), new=True))
    threads: list[bool] = []

    def noted(text: str) -> Scope:
        threads.append(threading.current_thread() is threading.main_thread())
        return scope_of(text)

    monkeypatch.setattr(module, "scope_of", noted)
    asyncio.run(principals.load())
    asyncio.run(principals.load(0))
    assert threads == [False, True]


def test_reading_what_has_changed_does_not_grow_with_the_store(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0

    def counted() -> int:
        nonlocal steps
        steps += 1
        return 0

    connect = sqlite3.connect

    def connected(database: str, **more: Any) -> sqlite3.Connection:
        connection = connect(database, **more)
        connection.set_progress_handler(counted, 1)
        return connection

    def steps_of_one_change(count: int) -> int:
        other = connect(path)
        insert = "INSERT INTO keys (name, project, scope, access_hash) VALUES (?, 'p', '{}', '')"
        other.executemany(insert, [(f"{count}-{number}",) for number in range(count)])
        other.execute("UPDATE principals_version SET version = version + 1")
        other.commit()
        other.close()
        principals = EmbeddedPrincipals(path, timeout_ms=100)
        asyncio.run(principals.put_key(key_of(f"app-{count}", number=count), new=True))
        before = steps
        assert len(asyncio.run(principals.load(asyncio.run(principals.version()) - 1)).keys) == 1
        asyncio.run(principals.close())
        return steps - before

    monkeypatch.setattr(sqlite3, "connect", connected)
    alone = steps_of_one_change(1)
    assert steps_of_one_change(200) < alone + 200


def test_what_a_newer_program_wrote_is_an_outage_and_not_a_scope_that_allows_more(
    path: Path,
) -> None:
    principals = EmbeddedPrincipals(path, timeout_ms=100)
    asyncio.run(principals.put_key(key_of("app"), new=True))
    other = sqlite3.connect(path)
    other.execute("""UPDATE keys SET scope = '{"limits":[{"measure":"images","amount":1}]}'""")
    other.commit()
    with pytest.raises(StoreUnavailable, match="newer"):
        asyncio.run(principals.load())
    other.execute("UPDATE keys SET scope = '{}'")
    other.commit()
    other.close()
    assert len(asyncio.run(principals.load()).keys) == 1
