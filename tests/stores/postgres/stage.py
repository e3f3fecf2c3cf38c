"""The stores in PostgreSQL under test, and a clock of theirs that can be set forward.

>>> await Stage(place).passes(60_000_000)
"""

from tests.stores.suite import MACHINE

from detente.ledger.store.batch import Batch
from detente.stores.postgres.batches import commit_batch
from detente.stores.postgres.connection import Database, connect
from detente.stores.postgres.money import PostgresMoney
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.windows import PostgresWindows

LOST_AFTER_MS = 3_600_000


class PostgresStage:
    """Implements `tests.stores.suite.Stage`."""

    def __init__(self, place: PostgresPlace) -> None:
        self.place = place
        self._passed_us = 0

    async def money(self) -> PostgresMoney:
        return PostgresMoney(Database(self.place), lost_after_ms=LOST_AFTER_MS)

    async def windows(self) -> PostgresWindows:
        return PostgresWindows(Database(self.place))

    async def spend(
        self, account: str, holder: str, amount: int, *, machine: str = MACHINE
    ) -> None:
        connection = await connect(self.place)
        await commit_batch(connection, machine, Batch(spends={(account, holder): amount}))
        await connection.close()

    async def passes(self, us: int) -> None:
        self._passed_us += us
        connection = await connect(self.place)
        await connection.execute(
            "CREATE OR REPLACE FUNCTION clock_us() RETURNS BIGINT LANGUAGE SQL VOLATILE AS"
            " 'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
            f" + {self._passed_us}'"
        )
        await connection.close()
