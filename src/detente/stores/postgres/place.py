"""Where a PostgreSQL is, as a value that can be sent to another process; connects nothing itself.

>>> PostgresPlace(url="postgresql://detente:hunter2@db:5432/detente").name
'db:5432/detente'
"""

from urllib.parse import urlsplit

import msgspec

from detente.ledger.store.interface import Reading, Speech


class PostgresPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a PostgreSQL is; never shows its password. `url` as asyncpg takes it: `postgresql://`,
    several hosts, `?sslmode=verify-full`."""

    url: str
    password: str | None = None
    timeout_ms: int = 1_000
    connections_max: int = 8

    @property
    def name(self) -> str:
        """Host and database, as people know them; never user or password."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "postgresql"
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "postgresql"

    @property
    def timeout_s(self) -> float:
        """What one call may take."""
        return self.timeout_ms / 1000

    def connect(self) -> tuple[Reading, Speech]:
        """A connection for reading the ledger; raises `LedgerUnusable`."""
        # Only who has such a store has asyncpg, which is an extra.
        from detente.stores.postgres.reading import open_reading  # noqa: PLC0415 - of an extra

        return open_reading(self)

    def __repr__(self) -> str:
        return f"PostgresPlace({self.name!r})"
