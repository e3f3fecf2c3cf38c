"""Windows in PostgreSQL: the laws of every store, and what only many machines can do."""

import asyncio

import pytest
from tests.stores.postgres.stage import PostgresStage
from tests.stores.suite import (
    HOLDERS,
    LEASE_US,
    MACHINE,
    REQUESTS,
    WINDOW_LAWS,
    WINDOW_US,
    Counter,
    Law,
    name_of,
)

from detente.stores.postgres.connection import connect
from detente.stores.postgres.place import PostgresPlace

OTHER = "m2"


@pytest.mark.parametrize("law", WINDOW_LAWS, ids=name_of)
def test_the_laws_of_every_store(law: Law, migrated: PostgresPlace) -> None:
    async def obeyed() -> None:
        await law(PostgresStage(migrated))

    asyncio.run(obeyed())


def test_what_a_silent_machine_held_cools_for_the_others(migrated: PostgresPlace) -> None:
    async def silent() -> None:
        stage = PostgresStage(migrated)
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=60_000_000)
        await store.keep(OTHER, lease_us=LEASE_US)
        away, here = Counter(store, HOLDERS[0], OTHER), Counter(store, HOLDERS[0])
        await away.ask(10, limit=10)
        assert (await here.ask(1, limit=10)).verdict == "wait"
        assert await store.wanted(OTHER, (REQUESTS,)) == ((REQUESTS, 1),)
        assert await store.wanted(MACHINE, (REQUESTS,)) == ()
        await stage.passes(LEASE_US + 50_000)
        await here.ask(1, limit=10)
        assert here.lease().free(0) == 0
        await stage.passes(WINDOW_US + 1_000)
        here.now_us += 2 * WINDOW_US
        await here.ask(10, limit=10)
        assert here.lease().free(here.now_us) == 10
        await store.close()

    asyncio.run(silent())


def test_machines_that_were_all_away_come_back_with_what_they_held(
    migrated: PostgresPlace,
) -> None:
    async def away() -> None:
        stage = PostgresStage(migrated)
        store = await stage.windows()
        for machine in (MACHINE, OTHER):
            await store.keep(machine, lease_us=LEASE_US)
        first, second = Counter(store, HOLDERS[0], OTHER), Counter(store, HOLDERS[0])
        await first.ask(10, limit=10)
        await stage.passes(LEASE_US + 50_000)
        await store.keep(MACHINE, lease_us=60_000_000)
        assert (await second.ask(1, limit=10)).verdict == "wait"
        await store.keep(OTHER, lease_us=60_000_000)
        await first.ask(0, limit=10)
        assert first.lease().held == 10
        assert second.lease().held == 0
        await store.close()

    asyncio.run(away())


def test_accounts_that_nobody_uses_are_dropped(migrated: PostgresPlace) -> None:
    async def idle() -> int:
        stage = PostgresStage(migrated)
        store = await stage.windows()
        await store.keep(MACHINE, lease_us=60_000_000)
        counter = Counter(store, HOLDERS[0])
        await counter.ask(1, limit=10)
        await store.end(MACHINE, HOLDERS[0])
        await store.keep(MACHINE, lease_us=60_000_000)
        connection = await connect(migrated)
        assert await connection.fetchval("SELECT count(*) FROM windows") == 1
        await stage.passes(WINDOW_US + 1_000)
        await store.keep(MACHINE, lease_us=60_000_000)
        await store.close()
        return await connection.fetchval("SELECT count(*) FROM windows")

    assert asyncio.run(idle()) == 0
