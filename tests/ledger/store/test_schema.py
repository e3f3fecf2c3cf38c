"""A ledger knows its version: older ones are brought up to date, newer ones left alone."""

import sqlite3

import pytest

from detente.ledger.failures import LedgerUnusable
from detente.ledger.store import schema
from detente.ledger.store.schema import VERSIONS, migrate, version_of


def test_a_new_file_gets_every_version_once() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, now_us=5)
    migrate(connection, now_us=6)
    assert version_of(connection) == len(VERSIONS)
    rows = connection.execute("SELECT version, applied_us FROM versions").fetchall()
    assert rows == [(n + 1, 5) for n in range(len(VERSIONS))]


def test_an_older_file_gets_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, now_us=5)
    monkeypatch.setattr(schema, "VERSIONS", (*VERSIONS, ("CREATE TABLE later (x)",)))
    migrate(connection, now_us=6)
    assert version_of(connection) == len(VERSIONS) + 1
    assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)


def test_a_newer_file_is_refused() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, now_us=5)
    connection.execute("INSERT INTO versions VALUES (99, 5)")
    with pytest.raises(LedgerUnusable, match="update `detente`"):
        migrate(connection, now_us=6)
