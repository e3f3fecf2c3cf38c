"""Connections to PostgreSQL: how it is reached, and how long anything may take.

Every call is bounded by the client's own clock, so a cut cable, a stopped server or a slow one is
noticed after `timeout_ms`; the connection is then thrown away, for nobody knows what became of it.
The server is told bounds too (`_settings`), so that it keeps no transaction or lock of a client
that is gone. An address may name several hosts: the one that can be written to is taken, which is
how a failover is followed.

Settings: https://www.postgresql.org/docs/15/runtime-config-client.html and
https://www.postgresql.org/docs/15/runtime-config-connection.html (read 2026-11-22).

>>> database = Database(PostgresPlace(url="postgresql://detente@db/detente", password="..."))
>>> await database.run(lambda connection: connection.fetchval("SELECT 1"))
1
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, TypeVar, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none

from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.place import PostgresPlace

T = TypeVar("T")

TRIES_MAX: Final = 4
"""Of a transaction that the server undid for the sake of another."""
UNDONE: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
KEEPALIVE_S: Final = 5
"""The server asks a silent client after so many seconds, and gives it up after three times that."""
CLOSE_S: Final = 1.0
"""A farewell is polite, and not worth more."""

FAILURES: Final[tuple[type[Exception], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    RuntimeError,
)
"""Everything by which a server, a network or an address says no. `RuntimeError` is uvloop's word
for a connection that has just broken, and whose end it has not told yet."""


class Connection(Protocol):
    """What is used of a connection of asyncpg, which has no types of its own."""

    async def execute(self, query: str, *values: object) -> str:
        """Runs it; the server's word for what it did (`INSERT 0 3`)."""
        ...

    async def fetch(self, query: str, *values: object) -> list[Any]:
        """All rows."""
        ...

    async def fetchrow(self, query: str, *values: object) -> Any:
        """The first row, None where there is none."""
        ...

    async def fetchval(self, query: str, *values: object) -> Any:
        """The first value of the first row."""
        ...

    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """`BEGIN` … `COMMIT`, or `ROLLBACK` where something was raised."""
        ...

    def is_closed(self) -> bool:
        """Whether it is of no use any more."""
        ...

    def terminate(self) -> None:
        """Closes it at once, without a word to the server."""
        ...

    async def close(self, *, timeout: float | None = None) -> None:
        """Closes it."""
        ...

    async def set_type_codec(
        self, typename: str, *, schema: str, encoder: object, decoder: object, format: str
    ) -> None:
        """Has values of a type told otherwise."""
        ...


async def connect(
    place: PostgresPlace, *, statement_s: float | None = None, purpose: str = "detente"
) -> Connection:
    """A connection to a server that can be written to; `statement_s` bounds each statement.

    `purpose` is what the server's own tables call it. Sums come as integers: nothing here has a
    fraction. Raises `StoreUnavailable`.
    """
    bound_s = place.timeout_s if statement_s is None else statement_s
    try:
        async with asyncio.timeout(place.timeout_s):
            connection = cast(
                Connection,
                await asyncpg.connect(  # pyright: ignore[reportUnknownMemberType] - untyped
                    place.url,
                    password=place.password,
                    timeout=place.timeout_s,  # pyright: ignore[reportArgumentType] - any number
                    command_timeout=bound_s,
                    target_session_attrs="read-write",
                    server_settings=_settings(bound_s, purpose),
                ),
            )
            await connection.set_type_codec(
                "numeric", schema="pg_catalog", encoder=str, decoder=int, format="text"
            )
    except FAILURES as error:
        raise StoreUnavailable(said(place, error)) from None
    except ValueError:
        raise StoreUnavailable("`[store] url` is no address; see its reference") from None
    return connection


def said(place: PostgresPlace, error: Exception, *, within_s: float | None = None) -> str:
    """What failed, as a sentence without credentials; `within_s` where that was the bound."""
    if isinstance(error, TimeoutError):
        bound_ms = place.timeout_ms if within_s is None else round(within_s * 1000)
        reason = f"no answer within {bound_ms} ms"
    elif isinstance(error, asyncpg.PostgresError):
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
    else:
        reason = type(error).__name__
    return f"the store `{place.name}` cannot be used ({reason})"


class Database:
    """A few connections to one PostgreSQL, opened when they are needed; for one event loop.

    At most `connections_max` calls run at once, others wait, and the wait counts. Before the first
    call `prepare` is awaited once with a connection (the schema); where it fails, the next call
    tries again.
    """

    def __init__(
        self,
        place: PostgresPlace,
        *,
        prepare: Callable[[PostgresPlace], Awaitable[None]] | None = None,
    ) -> None:
        self.place = place
        self._prepare = prepare
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(place.connections_max)
        self._aside = asyncio.Lock()
        self._preparing = asyncio.Lock()
        self._is_prepared = prepare is None

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Does `work` with a connection, within `timeout_ms`; raises `StoreUnavailable`.

        Where the server undid a transaction for the sake of another, `work` is done again.
        """
        await self._prepared()
        try:
            async with asyncio.timeout(self.place.timeout_s), self._free:
                return await self._tried(work)
        except FAILURES as error:
            raise StoreUnavailable(said(self.place, error)) from None

    async def run_aside(self, work: Callable[[Connection], Awaitable[T]], *, within_s: float) -> T:
        """Does `work`, which reads much, within a bound of its own; raises `StoreUnavailable`.

        It has a connection that the server knows by the same bound, one at a time.
        """
        await self._prepared()
        try:
            async with asyncio.timeout(within_s), self._aside:
                connection = await connect(self.place, statement_s=within_s)
                try:
                    return await work(connection)
                finally:
                    connection.terminate()
        except FAILURES as error:
            raise StoreUnavailable(said(self.place, error, within_s=within_s)) from None

    async def _tried(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        for left in range(TRIES_MAX - 1, -1, -1):
            connection = await self._connection()
            try:
                found = await work(connection)
            except asyncpg.PostgresError as error:
                self._idle.append(connection)
                if left == 0 or not isinstance(error, UNDONE):
                    raise
                continue
            except BaseException:
                connection.terminate()  # in the middle of something, and nobody will wait for it
                while self._idle:  # what cut one off has cut off all, or will be asked again
                    self._idle.pop().terminate()
                raise
            self._idle.append(connection)
            return found
        raise AssertionError("the last try returns or raises")

    async def transact(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """`run`, in one transaction."""

        async def inside(connection: Connection) -> T:
            async with connection.transaction():
                return await work(connection)

        return await self.run(inside)

    async def close(self) -> None:
        """Closes what is idle; the next call connects again."""
        idle, self._idle = self._idle, []
        for connection in idle:
            try:
                await connection.close(timeout=CLOSE_S)
            except FAILURES:
                connection.terminate()

    async def _prepared(self) -> None:
        if self._is_prepared:
            return
        async with self._preparing:
            if not self._is_prepared and self._prepare is not None:
                await self._prepare(self.place)
                self._is_prepared = True

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await connect(self.place)


def _settings(bound_s: float, purpose: str) -> dict[str, str]:
    bound_ms = str(max(1, int(bound_s * 1000)))
    return {
        "application_name": purpose,
        "statement_timeout": bound_ms,
        "lock_timeout": bound_ms,
        "idle_in_transaction_session_timeout": bound_ms,
        "tcp_keepalives_idle": str(KEEPALIVE_S),
        "tcp_keepalives_interval": str(KEEPALIVE_S),
        "tcp_keepalives_count": "3",
        "TimeZone": "UTC",
    }
