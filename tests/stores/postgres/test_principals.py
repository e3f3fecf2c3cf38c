"""Projects and keys in PostgreSQL: the suite, and what only many machines can do."""

import asyncio

import pytest
from tests.stores.principals_suite import PROJECT, PrincipalsSuite, key_of

from detente.stores.interface import Principals
from detente.stores.postgres.connection import Database
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.principals import PostgresPrincipals


class TestPostgresPrincipals(PrincipalsSuite):
    """The suite, on a database of its own."""

    @pytest.fixture
    def principals(self, database: Database) -> Principals:
        return PostgresPrincipals(database)


def test_changes_of_two_machines_each_raise_the_version(migrated: PostgresPlace) -> None:
    async def both() -> int:
        stores = [PostgresPrincipals(Database(migrated)) for _ in range(2)]
        await stores[0].put_project(PROJECT, new=True)
        puts = [
            stores[number % 2].put_key(key_of(f"k{number}", number=number), new=True)
            for number in range(20)
        ]
        assert all(await asyncio.gather(*puts))
        version = await stores[1].version()
        for store in stores:
            await store.close()
        return version

    assert asyncio.run(both()) == 21


def test_a_name_is_taken_once_whoever_asks(migrated: PostgresPlace) -> None:
    async def both() -> list[bool]:
        stores = [PostgresPrincipals(Database(migrated)) for _ in range(2)]
        puts = [store.put_key(key_of("app", number=n), new=True) for n, store in enumerate(stores)]
        found = await asyncio.gather(*puts)
        for store in stores:
            await store.close()
        return found

    assert sorted(asyncio.run(both())) == [False, True]
