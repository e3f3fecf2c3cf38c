"""A PostgreSQL that is slow, stopped, killed or not there is an outage within its time, and over
when it is back; nothing of a transaction that was cut off is done."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from tests.postgres import Server, free_port

from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.connection import Connection, Database, connect
from detente.stores.postgres.migrating import migrate
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.revision import ready

TIMEOUT_MS = 500
WITHIN_S = 10.0
"""A call is over long before, however busy the machine is."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that these tests may treat badly."""
    with Server.started() as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    return server.database()


def refused(database: Database) -> str:
    """What one call says that is refused in time."""

    async def asked() -> str:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as refusal:
            await database.run(one)
        assert time.monotonic() - began < WITHIN_S
        return str(refusal.value)

    return asyncio.run(asked())


async def one(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT 1"))


async def eventually_one(database: Database) -> int:
    """As whoever asks again does, until it is answered."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                return await database.run(one)
            except StoreUnavailable:
                await asyncio.sleep(0.02)


def test_nobody_there_is_told_without_the_password() -> None:
    url = f"postgresql://app:hunter2@127.0.0.1:{free_port()}/d"
    place = PostgresPlace(url=url, password="hunter3", timeout_ms=TIMEOUT_MS)
    said = refused(Database(place))
    assert "127.0.0.1" in said
    assert "hunter" not in said + repr(place) + repr(Database(place))


def test_a_wrong_address_is_an_outage_too() -> None:
    place = PostgresPlace(url="postgresql://app@[::1/d", timeout_ms=TIMEOUT_MS)
    assert "`[store] url`" in refused(Database(place))


def test_what_reads_much_has_a_bound_of_its_own(url: str) -> None:
    database = Database(PostgresPlace(url=url, timeout_ms=TIMEOUT_MS, connections_max=1))

    async def much() -> object:
        with pytest.raises(StoreUnavailable, match=r"200 ms|timeout"):
            await database.run_aside(lambda c: c.fetchval("SELECT pg_sleep(30)"), within_s=0.2)
        return await database.run_aside(lambda c: c.fetchval("SHOW statement_timeout"), within_s=60)

    assert asyncio.run(much()) == "1min"


def test_a_slow_answer_is_given_up_and_the_connection_with_it(url: str) -> None:
    database = Database(PostgresPlace(url=url, timeout_ms=TIMEOUT_MS, connections_max=1))

    async def slow() -> int:
        with pytest.raises(StoreUnavailable, match=r"500 ms|timeout"):
            await database.run(lambda c: c.fetchval("SELECT pg_sleep(30)"))
        found = await eventually_one(database)
        await database.close()
        return found

    assert asyncio.run(slow()) == 1


def test_a_frozen_server_is_an_outage_in_time_and_goes_on_afterwards(
    server: Server, url: str
) -> None:
    database = Database(PostgresPlace(url=url, timeout_ms=TIMEOUT_MS))

    async def frozen() -> int:
        assert await eventually_one(database) == 1
        server.freeze()
        try:
            for _ in range(2):
                began = time.monotonic()
                with pytest.raises(StoreUnavailable):
                    await database.run(one)
                assert time.monotonic() - began < WITHIN_S
        finally:
            server.thaw()
        found = await eventually_one(database)
        await database.close()
        return found

    assert asyncio.run(frozen()) == 1


def test_a_killed_server_leaves_no_half_of_a_transaction(server: Server, url: str) -> None:
    database = Database(PostgresPlace(url=url, timeout_ms=10_000))

    async def killed() -> int:
        await database.run(lambda c: c.execute("CREATE TABLE halves (half INT)"))

        async def half(connection: Connection) -> None:
            await connection.execute("INSERT INTO halves VALUES (1)")
            server.kill()
            await connection.execute("INSERT INTO halves VALUES (2)")

        with pytest.raises(StoreUnavailable):
            await database.transact(half)
        with pytest.raises(StoreUnavailable):
            await database.run(one)
        server.start()
        count = await database.run(lambda c: c.fetchval("SELECT count(*) FROM halves"))
        await database.close()
        return int(count)

    assert asyncio.run(killed()) == 0


def test_two_that_lock_each_other_out_both_end_well(url: str) -> None:
    place = PostgresPlace(url=url, timeout_ms=20_000)

    async def both() -> list[tuple[int, int]]:
        database = Database(place)
        await database.run(lambda c: c.execute("CREATE TABLE rows (row INT, value INT)"))
        await database.run(lambda c: c.execute("INSERT INTO rows VALUES (1, 0), (2, 0)"))
        first_round = asyncio.Barrier(2)
        met: set[str] = set()

        async def act(name: str, first: int, second: int) -> None:
            async def locks(connection: Connection) -> None:
                update = "UPDATE rows SET value = value + 1 WHERE row = $1"
                await connection.execute(update, first)
                if name not in met:
                    met.add(name)
                    await first_round.wait()
                await connection.execute(update, second)

            await database.transact(locks)

        await asyncio.gather(act("a", 1, 2), act("b", 2, 1))
        rows = await database.run(lambda c: c.fetch("SELECT row, value FROM rows ORDER BY row"))
        await database.close()
        return [(row, value) for row, value in rows]

    assert asyncio.run(both()) == [(1, 2), (2, 2)]


def test_no_more_connections_than_allowed(url: str) -> None:
    database = Database(PostgresPlace(url=url, timeout_ms=10_000, connections_max=2))

    async def many() -> int:
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        counts = await asyncio.gather(
            *(database.run(lambda c: c.fetchval(mine)) for _ in range(20))
        )
        await database.close()
        return max(counts)

    assert 1 <= asyncio.run(many()) <= 2


def test_what_is_prepared_is_prepared_once_and_again_where_it_failed(url: str) -> None:
    place = PostgresPlace(url=url, timeout_ms=10_000)

    async def prepared() -> None:
        database = Database(place, prepare=ready)
        with pytest.raises(StoreUnavailable, match="brought up to date"):
            await database.run(one)
        await migrate(place)
        assert await database.run(one) == 1
        await database.close()

    asyncio.run(prepared())


def test_a_standby_is_not_taken(url: str) -> None:
    place = PostgresPlace(url=url, timeout_ms=10_000)

    async def asked() -> str:
        connection = await connect(place)
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await connection.close()
        with pytest.raises(StoreUnavailable) as refusal:
            await connect(place)
        return str(refusal.value)

    assert "cannot be used" in asyncio.run(asked())
