"""For how long a machine was silent, by the store's clock: only while others were heard of."""

import asyncio

from tests.stores.postgres.stage import PostgresStage

from detente.stores.postgres.connection import Connection, Database
from detente.stores.postgres.machines import give_up, keep, machines
from detente.stores.postgres.place import PostgresPlace

LEASE_US = 30_000_000
MINUTE_US = 60_000_000
WITHIN_US = MINUTE_US
"""No test takes so long."""


async def beats(connection: Connection, name: str, *, lease_us: int = LEASE_US) -> None:
    async with connection.transaction():
        await keep(connection, name, "money", lease_us=lease_us)


async def silent_us(connection: Connection, name: str, *, after: str) -> int:
    """How much longer ago one was heard of than the other."""
    kept = {one.name: one.kept_us for one in await machines(connection)}
    return kept[after] - kept[name]


def test_time_in_which_nobody_was_heard_of_counts_for_nobody(migrated: PostgresPlace) -> None:
    async def counted(connection: Connection) -> None:
        stage = PostgresStage(migrated)
        await beats(connection, "gone")
        for name in ("m1", "m2"):
            await beats(connection, name, lease_us=60 * MINUTE_US)
        await stage.passes(10 * MINUTE_US)
        for name in ("m1", "m2"):
            await beats(connection, name)
        await stage.passes(60 * MINUTE_US)
        await beats(connection, "m1")
        assert 0 <= await silent_us(connection, "m2", after="m1") < WITHIN_US
        silent = await silent_us(connection, "gone", after="m1")
        assert 10 * MINUTE_US <= silent < 10 * MINUTE_US + WITHIN_US

    asyncio.run(Database(migrated).run(counted))


def test_machines_that_come_back_at_once_leave_the_time_out_once(migrated: PostgresPlace) -> None:
    async def counted() -> None:
        stage, database, names = PostgresStage(migrated), Database(migrated), ("m1", "m2", "m3")

        async def beat(name: str) -> None:
            await database.transact(lambda c: keep(c, name, "money", lease_us=LEASE_US))

        await beat("gone")
        for name in names:
            await beat(name)
        await stage.passes(60 * MINUTE_US)
        await asyncio.gather(*(beat(name) for name in names))
        silent = await database.run(lambda c: silent_us(c, "gone", after="m1"))
        assert 0 <= silent < WITHIN_US
        await database.close()

    asyncio.run(counted())


def test_who_was_given_up_stays_so(migrated: PostgresPlace) -> None:
    async def given_up(connection: Connection) -> None:
        stage = PostgresStage(migrated)
        await beats(connection, "gone")
        await stage.passes(MINUTE_US)
        assert await give_up(connection, "gone")
        await beats(connection, "m1")
        await stage.passes(60 * MINUTE_US)
        await beats(connection, "m1")
        assert {one.name: one.kept_us for one in await machines(connection)}["gone"] == 0

    asyncio.run(Database(migrated).run(given_up))
