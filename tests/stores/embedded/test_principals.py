"""Projects and keys in a file: the suite, and what only a file can do."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tests.stores.principals_suite import PrincipalsSuite, key_of

from detente.ledger.store.database import Ledger
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
