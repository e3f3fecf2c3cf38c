"""A shared ledger as `ledger.store.reading` asks for one: the same queries, in PostgreSQL's words.

A query's `?` and `?1` become `$1`; what databases say differently is in `SPEECH`. Each query is a
transaction of its own, so a reader holds nothing while it thinks.

>>> LedgerReader.open(PostgresPlace(url="postgresql://detente@db/detente")).last_block()
128
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from detente.ledger.failures import LedgerUnavailable, LedgerUnusable
from detente.ledger.store.interface import Speech, Value
from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.connection import FAILURES, Connection, connect, said
from detente.stores.postgres.loop_thread import LoopThread
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.revision import revision_of

READ_S: Final = 600.0
"""Sums read every entry: some seconds for ten million, and nobody waits for more than this."""
_MARK: Final = re.compile(r"\?(\d*)")
_STARTED: Final = "to_timestamp(started_us / 1000000)"

SPEECH: Final = Speech(
    day=f"to_char({_STARTED}, 'YYYY-MM-DD')",
    month=f"to_char({_STARTED}, 'YYYY-MM')",
    provider="nullif(split_part(deployment, '/', 1), '')",
    label="(labels::json ->> ?::text)",
)
"""Times are UTC, for the session's time zone is (`connection`)."""


def open_reading(place: PostgresPlace) -> tuple["PostgresReading", Speech]:
    """A connection for reading the ledger.

    Raises `LedgerUnavailable`, and `LedgerUnusable` where there is no ledger or it is too new.
    """
    thread = LoopThread("ledger reader")
    try:
        connection, revision = thread.run(_connected(place), within_s=2 * place.timeout_s)
        if revision is None:
            raise LedgerUnusable(f"no ledger in `{place.name}`; start `detente serve`")
    except (StoreUnavailable, *FAILURES) as error:
        thread.stop()
        raise LedgerUnavailable(
            str(error) if isinstance(error, StoreUnavailable) else said(place, error)
        ) from None
    except LedgerUnusable:
        thread.stop()
        raise
    return PostgresReading(place, connection, thread), SPEECH


class Found:
    """The rows of one query, all of them in memory."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        """The next row, None after the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class PostgresReading:
    """Implements `ledger.store.interface.Reading`."""

    def __init__(self, place: PostgresPlace, connection: Connection, thread: LoopThread) -> None:
        self._place = place
        self._connection = connection
        self._thread = thread

    def execute(self, query: str, parameters: Sequence[Value] = (), /) -> Found:
        """Asks; raises `LedgerUnavailable`."""
        try:
            rows = self._thread.run(
                self._connection.fetch(_numbered(query), *parameters), within_s=READ_S
            )
        except FAILURES as error:
            raise LedgerUnavailable(said(self._place, error)) from None
        return Found([tuple(row) for row in rows])

    def close(self) -> None:
        """Gives the connection back."""

        async def end() -> None:
            self._connection.terminate()

        self._thread.run(end(), within_s=1.0)
        self._thread.stop()


@lru_cache(maxsize=256)
def _numbered(query: str) -> str:
    """The query with `$1` in place of `?` or `?1`; texts in our queries have no `?`."""
    count = 0

    def number(mark: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"${mark[1] or count}"

    return _MARK.sub(number, query)


async def _connected(place: PostgresPlace) -> tuple[Connection, str | None]:
    connection = await connect(place, statement_s=READ_S, purpose="detente reader")
    return connection, await revision_of(connection)
