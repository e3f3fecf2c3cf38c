"""The ledger of many machines in PostgreSQL, open for one machine's writer.

The tables are those of the SQLite file, and one step of a writer is one transaction here as there.
What many writers add to that:

- A machine's writer holds a lock while it is connected. So a second gateway of the same name is
  refused, and a commit whose answer was lost is over, done or undone, before the next writer of
  that machine reads positions: nothing is ever booked twice.
- Numbers of classes and prefixes come from ranges that the database shares out, so that a writer
  may give them without asking.
- Numbers of blocks are given at commit, under a lock that all writers share and that ends with the
  transaction. So they grow in the order of commits, and who has read up to a block has missed none.

It is for threads that may wait, never for the treasury's.

>>> ledger = PostgresLedger.open(place, machine="gw-1", instance="9f86d081884c7d65")
>>> ledger.commit(Batch(positions=[("w0-1p1-00000000.journal", 4096)]))
0
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import msgspec

from detente.canonical.question import labels_of
from detente.ledger.failures import LedgerUnavailable, LedgerUnusable
from detente.ledger.store.batch import Batch, Class
from detente.ledger.store.interface import Numbers
from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.batches import commit_batch
from detente.stores.postgres.connection import FAILURES, Connection, connect, said
from detente.stores.postgres.loop_thread import LoopThread
from detente.stores.postgres.migrating import MIGRATION_S, migrate
from detente.stores.postgres.place import PostgresPlace

T = TypeVar("T")

COMMIT_S: Final = 30.0
"""What one step may take: 20,000 records, on a disk that others use too."""
LOCK_WAIT_S: Final = 5.0
"""What the session of a killed process may live on; longer is another gateway's."""
_LOCK_PAUSE_S: Final = 0.05
_CLASS_BITS: Final = 32
_PREFIX_BITS: Final = 11
"""A range has so many numbers: 2,000 workers' lives, in 31 bits a million ranges."""
_MACHINE_LOCK: Final = "hashtextextended('detente ledger of ' || $1, 0)"


_MOVES: Final = (
    "UPDATE positions SET machine = $1 WHERE machine = $2",
    "UPDATE open_intents SET machine = $1 WHERE machine = $2",
    "UPDATE grants SET machine = $1 WHERE machine = $2",
    "UPDATE spends SET machine = $1 WHERE machine = $2",
    "UPDATE ended SET machine = $1 WHERE machine = $2",
)


class PostgresLedger:
    """Implements `ledger.store.interface.LedgerStore`; use `PostgresLedger.open`."""

    def __init__(
        self, place: PostgresPlace, machine: str, connection: Connection, thread: LoopThread
    ) -> None:
        self._place = place
        self._machine = machine
        self._connection = connection
        self._thread = thread

    @classmethod
    def open(cls, place: PostgresPlace, *, machine: str, instance: str) -> "PostgresLedger":
        """Opens the ledger for `machine`, and brings its schema up to date.

        `instance` is the same for every process that writes this machine's journals, and for no
        other. Raises `LedgerUnavailable` where the database does not answer; `LedgerUnusable`
        where another gateway writes as this machine, or the schema is newer than this program.
        """
        thread = LoopThread("ledger writer")
        try:
            connection = thread.run(
                _opened(place, machine, instance), within_s=MIGRATION_S + LOCK_WAIT_S
            )
        except LedgerUnusable:
            thread.stop()
            raise
        except StoreUnavailable as error:
            thread.stop()
            raise LedgerUnavailable(str(error)) from None
        except FAILURES as error:
            thread.stop()
            raise LedgerUnavailable(said(place, error)) from None
        return cls(place, machine, connection, thread)

    def positions(self) -> dict[str, int]:
        """See `LedgerStore`."""
        query = 'SELECT segment, "offset" FROM positions WHERE machine = $1'
        return dict(self._fetch(query, self._machine))

    def open_intents(self) -> list[tuple[str, str, bytes]]:
        """See `LedgerStore`."""
        query = "SELECT id, owner, intent FROM open_intents WHERE machine = $1"
        return [(id_, owner, intent) for id_, owner, intent in self._fetch(query, self._machine)]

    def classes(self) -> dict[Class, int]:
        """See `LedgerStore`: those of all machines."""
        found: dict[Class, int] = {}
        for number, outcome, status, rehearsed, key, project, labels, *rest in self._fetch(
            "SELECT class, outcome, status, rehearsed, key, project, labels, model, deployment,"
            " decision FROM classes"
        ):
            model, deployment, decision = rest
            named = labels_of(msgspec.json.decode(labels, type=dict[str, str]))
            of = (outcome, status, bool(rehearsed), key, project, named)
            found[(*of, model, deployment, decision)] = number
        return found

    def prefixes(self) -> dict[bytes, int]:
        """See `LedgerStore`: those of all machines, for a state folder may move to another."""
        rows = self._fetch("SELECT prefix, number FROM id_prefixes")
        return {prefix.encode(): number for prefix, number in rows}

    def numbers(self) -> Numbers:
        """See `LedgerStore`. Takes a new range where the machine's last one is used up."""
        return self._run(_numbers(self._connection, self._machine))

    def commit(self, batch: Batch) -> int:
        """See `LedgerStore`."""
        return self._run(commit_batch(self._connection, self._machine, batch))

    def close(self) -> None:
        """See `LedgerStore`."""

        async def end() -> None:
            self._connection.terminate()

        self._thread.run(end(), within_s=1.0)
        self._thread.stop()

    def _fetch(self, query: str, *values: object) -> list[Any]:
        return self._run(self._connection.fetch(query, *values))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._thread.run(work, within_s=COMMIT_S)
        except FAILURES as error:
            raise LedgerUnavailable(said(self._place, error)) from None


async def _opened(place: PostgresPlace, machine: str, instance: str) -> Connection:
    await migrate(place)
    connection = await connect(place, statement_s=COMMIT_S, purpose=f"detente ledger {machine}")
    try:
        await _locked(connection, machine, instance)
        await _adopt(connection, machine, instance)
        await connection.execute(
            "INSERT INTO writers VALUES ($1, $2, pg_backend_pid()) ON CONFLICT (machine)"
            " DO UPDATE SET instance = excluded.instance, process = excluded.process",
            machine,
            instance,
        )
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _locked(connection: Connection, machine: str, instance: str) -> None:
    """Takes the machine's lock, from a session that this gateway left behind if need be."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LOCK_WAIT_S
    while not await connection.fetchval(f"SELECT pg_try_advisory_lock({_MACHINE_LOCK})", machine):
        # A session whose process is gone, or whose cable is cut, may live on for a while.
        await connection.execute(
            "SELECT pg_terminate_backend(writers.process::int) FROM writers JOIN pg_stat_activity"
            " ON pid = writers.process AND application_name = 'detente ledger ' || machine"
            " WHERE machine = $1 AND instance = $2",
            machine,
            instance,
        )
        if loop.time() > until:
            raise LedgerUnusable(
                f"another gateway writes the ledger as machine `{machine}`; stop that one, or give"
                " each its own `store.machine`"
            )
        await asyncio.sleep(_LOCK_PAUSE_S)


async def _adopt(connection: Connection, machine: str, instance: str) -> None:
    """Where this gateway had another name before, what its journals left belongs to the new one."""
    async with connection.transaction():
        rows = await connection.fetch(
            "DELETE FROM writers WHERE instance = $1 AND machine <> $2 RETURNING machine",
            instance,
            machine,
        )
        for (before,) in rows:
            for statement in _MOVES:
                await connection.execute(statement, machine, before)


async def _numbers(connection: Connection, machine: str) -> Numbers:
    """In the machine's last range, or in a new one."""
    async with connection.transaction():
        range_ = await connection.fetchval(
            "SELECT max(number) FROM ranges WHERE machine = $1", machine
        )
        prefixes = 0 if range_ is None else await _last(connection, range_, _PREFIX_BITS)
        if range_ is None or prefixes + 1 >= (range_ + 1) << _PREFIX_BITS:
            range_ = await connection.fetchval(
                "INSERT INTO ranges (machine) VALUES ($1) RETURNING number", machine
            )
            prefixes = range_ << _PREFIX_BITS
        classes = await connection.fetchval(
            "SELECT coalesce(max(class), $1) FROM classes WHERE class >= $1 AND class < $2",
            range_ << _CLASS_BITS,
            (range_ + 1) << _CLASS_BITS,
        )
    return Numbers(
        classes=classes + 1,
        prefixes=prefixes + 1,
        prefixes_end=(range_ + 1) << _PREFIX_BITS,
        block=1,
    )


async def _last(connection: Connection, range_: int, bits: int) -> int:
    return await connection.fetchval(
        "SELECT coalesce(max(number), $1) FROM id_prefixes WHERE number >= $1 AND number < $2",
        range_ << bits,
        (range_ + 1) << bits,
    )
