"""A ledger knows its version: older ones are brought up to date, newer ones left alone."""

import sqlite3

import pytest

from detente.ledger.failures import LedgerUnusable
from detente.ledger.store import schema
from detente.ledger.store.schema import VERSIONS, migrate, parts_of, version_of


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


def test_keys_that_were_there_before_have_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    monkeypatch.setattr(schema, "VERSIONS", VERSIONS[:2])
    migrate(connection, now_us=5)
    for name in ("app", "other"):
        row = (name, "shop", "{}", "", 0, None, None)
        connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("UPDATE principals_version SET version = 2")
    monkeypatch.undo()
    migrate(connection, now_us=6)
    connection.execute("UPDATE keys SET revoked_us = 1 WHERE name = 'app'")
    rows = connection.execute("SELECT name, version FROM keys ORDER BY name").fetchall()
    assert rows == [("app", 3), ("other", 0)]


def test_a_newer_file_is_refused() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, now_us=5)
    connection.execute("INSERT INTO versions VALUES (99, 5)")
    with pytest.raises(LedgerUnusable, match="update `detente`"):
        migrate(connection, now_us=6)


@pytest.mark.parametrize(
    ("id_", "parts"),
    [
        ("req_0123456789abcdef0000002a", ("req_0123456789abcdef", 42)),
        ("req_0123456789abcdefffffffff", ("req_0123456789abcdef", 2**32 - 1)),
        ("req_0123456789abcdef0000002A", None),
        ("req_0123456789abcdef0000002a\n", None),
        ("req_0123456789abcdef", None),
        ("r1", None),
    ],
)
def test_only_a_workers_id_has_parts(id_: str, parts: tuple[str, int] | None) -> None:
    assert parts_of(id_) == parts


def test_requests_shows_ids_of_every_shape() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, now_us=5)
    connection.execute(
        "INSERT INTO classes VALUES (1, 'answered', 200, 0, 'k', 'p', '{}', 'm', 'd', 'x')"
    )
    connection.execute("INSERT INTO id_prefixes VALUES (3, 'req_0123456789abcdef')")
    connection.execute("INSERT INTO other_ids VALUES (3, 'other')")
    for entry in ((3 << 32) + 42, (3 << 32) + 2**32 - 1, -3):
        connection.execute("INSERT INTO entries VALUES (?, 1, 0, 1, 7, 1, 2, 3, 4)", (entry,))
    rows = connection.execute("SELECT id, model FROM requests ORDER BY id").fetchall()
    ids = ["other", "req_0123456789abcdef0000002a", "req_0123456789abcdefffffffff"]
    assert rows == [(id_, "m") for id_ in ids]
