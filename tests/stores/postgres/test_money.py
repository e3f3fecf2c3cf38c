"""Money in PostgreSQL: the laws of every store, and what only many machines can do."""

import asyncio

import pytest
from tests.stores.postgres.stage import LOST_AFTER_MS, PostgresStage
from tests.stores.suite import HOLDERS, MACHINE, MONEY_LAWS, MONTH, Law, Spender, name_of

from detente.ledger.store.batch import Batch
from detente.stores.postgres.batches import commit_batch
from detente.stores.postgres.connection import connect
from detente.stores.postgres.place import PostgresPlace

OTHER = "m2"
LONG_US = 4 * LOST_AFTER_MS * 1_000
"""A lease of a machine that is heard of in time, however much passes in a test."""


@pytest.mark.parametrize("law", MONEY_LAWS, ids=name_of)
def test_the_laws_of_every_store(law: Law, migrated: PostgresPlace) -> None:
    async def obeyed() -> None:
        await law(PostgresStage(migrated))

    asyncio.run(obeyed())


def test_two_machines_never_grant_the_same_money(migrated: PostgresPlace) -> None:
    async def race() -> None:
        stage = PostgresStage(migrated)
        stores = [await stage.money() for _ in range(2)]
        spenders = [Spender(stores[n % 2], HOLDERS[n // 2], ("m1", OTHER)[n % 2]) for n in range(8)]

        async def spends(spender: Spender) -> None:
            for _ in range(10):
                await spender.ask(7, limit=500, want=40)

        await asyncio.gather(*(spends(spender) for spender in spenders))
        assert sum(spender.lease().granted for spender in spenders) <= 500
        (balance,) = await stores[0].balances((MONTH,))
        assert 490 < balance.held <= 500
        for store in stores:
            await store.close()

    asyncio.run(race())


def test_a_machine_hears_what_another_waits_for_while_that_lives(migrated: PostgresPlace) -> None:
    async def waits() -> None:
        stage = PostgresStage(migrated)
        store = await stage.money()
        await store.keep(MACHINE, lease_us=LONG_US)
        await store.keep(OTHER, lease_us=30_000_000)
        first, second = Spender(store, HOLDERS[0]), Spender(store, HOLDERS[0], OTHER)
        await first.ask(1_000, limit=1_000)
        await second.ask(600, limit=1_000)
        assert await store.wanted(MACHINE, (MONTH,)) == ((MONTH, 600),)
        assert await store.wanted(OTHER, (MONTH,)) == ()
        await stage.passes(31_000_000)
        await store.keep(MACHINE, lease_us=30_000_000)
        assert await store.wanted(MACHINE, (MONTH,)) == ()
        await store.close()

    asyncio.run(waits())


def test_what_a_lost_machine_held_is_free_until_it_comes_back(migrated: PostgresPlace) -> None:
    async def lost() -> None:
        stage = PostgresStage(migrated)
        store = await stage.money()
        await store.keep(MACHINE, lease_us=LONG_US)
        await store.keep(OTHER, lease_us=30_000_000)
        away = Spender(store, HOLDERS[0], OTHER)
        await away.ask(900, limit=1_000)
        await stage.spend(MONTH, HOLDERS[0], 100, machine=OTHER)
        here = Spender(store, HOLDERS[0])
        await stage.passes(LOST_AFTER_MS * 1_000 - 60_000_000)
        await store.keep(MACHINE, lease_us=LONG_US)
        assert (await here.ask(200, limit=1_000)).verdict == "wait"
        await stage.passes(120_000_000)
        assert (await store.keep(MACHINE, lease_us=30_000_000)).lost == (OTHER,)
        assert (await here.ask(900, limit=1_000)).verdict == "granted"
        await store.keep(OTHER, lease_us=30_000_000)
        assert (await store.keep(MACHINE, lease_us=30_000_000)).lost == ()
        assert (await here.ask(1, limit=1_000)).verdict == "wait"
        (balance,) = await store.balances((MONTH,))
        assert (balance.spent, balance.held) == (100, 1_700)  # told, and no more is granted
        await store.close()

    asyncio.run(lost())


def test_an_outage_of_the_store_gives_nobodys_money_away(migrated: PostgresPlace) -> None:
    async def out() -> None:
        stage = PostgresStage(migrated)
        store = await stage.money()
        for machine in (OTHER, MACHINE):
            await store.keep(machine, lease_us=30_000_000)
        back, here = Spender(store, HOLDERS[0], OTHER), Spender(store, HOLDERS[0])
        await back.ask(900, limit=1_000)
        await stage.passes(LOST_AFTER_MS * 1_000 + 60_000_000)
        assert (await store.keep(MACHINE, lease_us=30_000_000)).lost == ()
        assert (await here.ask(900, limit=1_000)).verdict == "wait"
        await store.keep(OTHER, lease_us=30_000_000)
        await stage.spend(MONTH, HOLDERS[0], 850, machine=OTHER)  # in its journals all the time
        assert (await here.ask(101, limit=1_000)).verdict == "wait"
        await store.close()

    asyncio.run(out())


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_is_set_gives_nobodys_money_away(migrated: PostgresPlace, hours: int) -> None:
    async def jumps() -> None:
        stage = PostgresStage(migrated)
        store = await stage.money()
        for machine in (OTHER, MACHINE, "m3"):
            await store.keep(machine, lease_us=30_000_000)
        other, here = Spender(store, HOLDERS[0], OTHER), Spender(store, HOLDERS[0])
        await other.ask(900, limit=1_000)
        await stage.passes(hours * 3_600_000_000)
        assert (await here.ask(900, limit=1_000)).verdict == "wait", "before anybody is heard of"
        for machine in (OTHER, MACHINE):
            assert (await store.keep(machine, lease_us=30_000_000)).lost == ()
        assert (await here.ask(900, limit=1_000)).verdict == "wait"
        await store.close()

    asyncio.run(jumps())


def test_lines_do_not_grow_with_the_lives_of_workers(migrated: PostgresPlace) -> None:
    async def lives() -> int:
        stage = PostgresStage(migrated)
        store = await stage.money()
        for life in range(10):
            holder = f"w0-{life}p1"
            await Spender(store, holder).ask(10, limit=10_000)
            await stage.spend(MONTH, holder, 3)
            await store.end(MACHINE, holder)
        assert [b.spent for b in await store.balances((MONTH,))] == [30]
        await store.close()
        connection = await connect(migrated)
        return await connection.fetchval("SELECT count(*) FROM spends")

    assert asyncio.run(lives()) == 1


def test_a_life_that_the_ledger_ended_holds_nothing(migrated: PostgresPlace) -> None:
    async def ends() -> None:
        stage = PostgresStage(migrated)
        store = await stage.money()
        await Spender(store, HOLDERS[0]).ask(900, limit=1_000)
        connection = await connect(migrated)
        await commit_batch(connection, MACHINE, Batch(ended=[(HOLDERS[0],)]))
        have = await Spender(store, HOLDERS[0]).ask(1, limit=1_000)
        assert have.verdict == "never"
        assert (await Spender(store, HOLDERS[1]).ask(1_000, limit=1_000)).verdict == "granted"
        await store.close()

    asyncio.run(ends())
