"""The books of a gateway under test, read from outside: entries, and lines of money accounts.

>>> books = FileBooks(gateway.state)
>>> books.lines()["project:tests/usd/ever@ever"]["w0-1p1"].spent
30000000
"""

import sqlite3
from pathlib import Path
from typing import NamedTuple, Protocol

from detente.canonical.entry import LedgerEntry
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.reading import LedgerReader
from detente.stores.postgres.place import PostgresPlace
from tests.postgres import Server

BLOCKS = 1_000_000
BUSY_S = 10.0
_LINES = """
    SELECT account, holder, granted_usd * 1000000000000 + granted_pico_usd,
        returned_usd * 1000000000000 + returned_pico_usd, 0 FROM grants
    UNION ALL
    SELECT account, holder, 0, 0, spent_usd * 1000000000000 + spent_pico_usd FROM spends
"""


class Line(NamedTuple):
    """What one holder was granted, gave back and spent: picodollars."""

    granted: int
    returned: int
    spent: int

    @property
    def outstanding(self) -> int:
        """What it may still spend."""
        return self.granted - self.returned - self.spent


Lines = dict[str, dict[str, Line]]
"""By account and holder; `` is those whose life is over."""


class Books(Protocol):
    """What a test asks of either store."""

    entries: list[LedgerEntry]

    def read_on(self) -> None:
        """Adds to `entries` what is new."""
        ...

    def lines(self) -> Lines:
        """The lines of all money accounts."""
        ...

    def open(self) -> int:
        """How many requests the ledger takes for open."""
        ...


class _Entries:
    """Entries from the records themselves, so that a doubled one would show twice."""

    def __init__(self, place: LedgerPlace) -> None:
        self.entries: list[LedgerEntry] = []
        self._place = place
        self._block = 0

    def read_on(self) -> None:
        """See `Books`; nothing while there is no ledger yet."""
        try:
            reader = LedgerReader.open(self._place)
        except LedgerUnusable:
            return
        try:
            found, self._block = reader.after(self._block, BLOCKS)
        finally:
            reader.close()
        self.entries += found


class FileBooks(_Entries):
    """Those of an embedded store."""

    def __init__(self, state: Path) -> None:
        self._file = state / "ledger.sqlite3"
        super().__init__(self._file)

    def lines(self) -> Lines:
        """See `Books`."""
        return _added(self._ask(_LINES))

    def open(self) -> int:
        """See `Books`."""
        return int(self._ask("SELECT count(*) FROM open_intents")[0][0])

    def _ask(self, query: str) -> list[tuple[str, ...]]:
        connection = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=BUSY_S)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


class SharedBooks(_Entries):
    """Those of a PostgreSQL."""

    def __init__(self, server: Server, url: str) -> None:
        self._server, self._url = server, url
        super().__init__(PostgresPlace(url=url, timeout_ms=int(BUSY_S * 1000)))

    def lines(self) -> Lines:
        """See `Books`."""
        query = (
            "SELECT account, holder, granted, returned, 0 FROM grants UNION ALL"
            " SELECT account, holder, 0, 0, spent FROM spends"
        )
        return _added(self._ask(query))

    def open(self) -> int:
        """See `Books`."""
        return int(self._ask("SELECT count(*) FROM open_intents")[0][0])

    def _ask(self, query: str) -> list[tuple[str, ...]]:
        rows = self._server.ask(query, self._url)
        return [tuple(str(value) for value in row) for row in rows]


def _added(rows: list[tuple[str, ...]]) -> Lines:
    found: Lines = {}
    for account, holder, *amounts in rows:
        of = found.setdefault(account, {})
        granted, returned, spent = (int(amount) for amount in amounts)
        before = of.get(holder, Line(0, 0, 0))
        of[holder] = Line(
            before.granted + granted, before.returned + returned, before.spent + spent
        )
    return found
