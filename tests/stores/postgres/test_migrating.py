"""The schema comes by itself, once, whoever is first; rehearsed it leaves nothing behind."""

import asyncio
from multiprocessing import get_context

import pytest

from detente.ledger.failures import LedgerUnusable
from detente.stores.interface import StoreUnavailable
from detente.stores.postgres import migrating, revision
from detente.stores.postgres.connection import Connection, Database, connect
from detente.stores.postgres.migrating import migrate, missing, sql_from
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.principals import PostgresPrincipals
from detente.stores.postgres.revision import REVISIONS, ready

WITHIN_S = 60.0


def asked(place: PostgresPlace, query: str) -> object:
    async def ask(connection: Connection) -> object:
        try:
            return await connection.fetchval(query)
        finally:
            connection.terminate()

    async def connected() -> object:
        return await ask(await connect(place))

    return asyncio.run(connected())


def test_from_nothing_and_then_not_again(place: PostgresPlace) -> None:
    assert asyncio.run(missing(place)) == (None, REVISIONS)
    assert asyncio.run(migrate(place)) == REVISIONS
    assert asyncio.run(migrate(place)) == ()
    assert asyncio.run(missing(place)) == (REVISIONS[-1], ())
    assert asked(place, "SELECT version FROM principals_version") == 0


def test_a_rehearsal_is_undone(place: PostgresPlace) -> None:
    assert asyncio.run(migrate(place, rehearse=True)) == REVISIONS
    assert asked(place, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def done(place: PostgresPlace) -> tuple[str, ...]:
    """In another process."""
    return asyncio.run(migrate(place))


def test_of_two_processes_one_migrates(place: PostgresPlace) -> None:
    with get_context("spawn").Pool(2) as pool:
        waiting = [pool.apply_async(done, (place,)) for _ in range(2)]
        found = [one.get(WITHIN_S) for one in waiting]
    assert sorted(found) == [(), REVISIONS]
    assert asked(place, "SELECT count(*) FROM principals_version") == 1


def test_what_was_there_before_has_a_version_and_so_has_what_older_programs_write(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (migrating, revision):
        monkeypatch.setattr(module, "REVISIONS", REVISIONS[:1])
    assert asyncio.run(migrate(place)) == ("0001",)
    project = "INSERT INTO projects VALUES ('{}', '{{}}', 0)"
    key = "INSERT INTO keys VALUES ('{}', 'shop', '{{}}', '', 0, NULL, NULL)"
    for statement in (project.format("shop"), key.format("app"), key.format("other")):
        asked(place, statement)
    asked(place, "UPDATE principals_version SET version = 3")
    monkeypatch.undo()
    assert asyncio.run(migrate(place)) == REVISIONS[1:]
    asked(place, "UPDATE keys SET revoked_us = 1 WHERE name = 'app'")
    asked(place, "UPDATE principals_version SET version = 4")

    async def loaded(since: int) -> list[str]:
        database = Database(place)
        stored = await PostgresPrincipals(database).load(since)
        await database.close()
        return [row.name for row in (*stored.projects, *stored.keys)]

    assert asyncio.run(loaded(-1)) == ["shop", "app", "other"]
    assert asyncio.run(loaded(3)) == ["app"]


def test_a_newer_schema_is_refused_with_the_cure(migrated: PostgresPlace) -> None:
    asked(migrated, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerUnusable, match=r"`9999`.*update `detente`"):
        asyncio.run(migrate(migrated))
    with pytest.raises(StoreUnavailable, match="update `detente`"):
        asyncio.run(ready(migrated))


def test_the_sql_of_all_revisions_can_be_read() -> None:
    text = sql_from(None)
    assert text.index("CREATE TABLE entries") < text.index("INSERT INTO alembic_version")
    assert "CREATE TABLE entries" not in sql_from(REVISIONS[-1])
