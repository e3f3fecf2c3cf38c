"""The ledger's SQLite file: who may open it, and the one transaction that extends it.

One writer at a time, by a lock beside the file; any number of readers (`reading`). A batch is
on disk when `commit` returns (`synchronous=FULL`): power loss takes nothing of it.

>>> ledger = Ledger.open(path, now_us=1_700_000_000_000_000)
>>> ledger.commit(Batch(positions=[("w0-1p1-00000000.journal", 4096)]))
0
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.price import PICO_DIGITS
from detente.canonical.question import Labels, labels_of
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.batch import ENTRY_COLUMNS, Batch, Class, Row, Spends
from detente.ledger.store.files import make_private
from detente.ledger.store.interface import Numbers
from detente.ledger.store.schema import migrate

PAGE_BYTES: Final = 16_384
"""Of a new file: a quarter of the calls that the usual 4,096 need to write a batch."""
CHECKPOINT_PAGES: Final = 1_000
"""The write-ahead log grows to about 16 MB between checkpoints, which block the batch."""
CACHE_KIB: Final = 2_048
BUSY_TIMEOUT_S: Final = 5.0
"""A reader holds the file for milliseconds; longer than this is a fault."""

_ROW: Final = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_ENTRIES: Final = "INSERT OR IGNORE INTO entries VALUES "
_ENTRIES_AT_ONCE: Final = 32
"""Rows in one statement: that takes two thirds of the time, and more would save no more."""

_STATEMENTS: Final = {
    "classes": "INSERT INTO classes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "prefixes": "INSERT INTO id_prefixes VALUES (?, ?)",
    "blocks": "INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
    "other_ids": "INSERT OR IGNORE INTO other_ids (id) VALUES (?)",
    "others": (
        "INSERT OR IGNORE INTO entries SELECT -number, ?, ?, ?, ?, ?, ?, ?, ?"
        " FROM other_ids WHERE id = ?"
    ),
    "decisions": "INSERT OR IGNORE INTO decisions VALUES (?, ?, ?)",
    "clauses": "INSERT OR IGNORE INTO decision_clauses VALUES (?, ?)",
    "opened": "INSERT OR IGNORE INTO open_intents VALUES (?, ?, ?)",
    "settled": "DELETE FROM open_intents WHERE owner = ? AND id = ?",
    "orphans": "INSERT OR IGNORE INTO orphans VALUES (?, ?, ?)",
    "positions": (
        "INSERT INTO positions VALUES (?, ?)"
        " ON CONFLICT (segment) DO UPDATE SET offset = excluded.offset"
    ),
    "gone": "DELETE FROM positions WHERE segment = ?",
    "ended": "INSERT OR IGNORE INTO ended VALUES (?)",
}
"""What a batch does to the tables, in this order and before `entries`, by field of `Batch`."""

PICO: Final = 10**PICO_DIGITS
_SPEND: Final = """
    INSERT INTO spends VALUES (?, ?, ?, ?) ON CONFLICT (account, holder) DO UPDATE SET
        spent_usd = spent_usd + excluded.spent_usd
            + (spent_pico_usd + excluded.spent_pico_usd) / 1000000000000,
        spent_pico_usd = (spent_pico_usd + excluded.spent_pico_usd) % 1000000000000
"""

Connect = Callable[[Path], sqlite3.Connection]


def connect(path: Path) -> sqlite3.Connection:
    """A connection for writing, in the mode that durability rests on."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


class Ledger:
    """The ledger open for writing; use `Ledger.open`."""

    def __init__(self, connection: sqlite3.Connection, lock_fd: int) -> None:
        self._connection = connection
        self._lock_fd = lock_fd

    @classmethod
    def open(cls, path: Path, *, now_us: int, connect: Connect = connect) -> "Ledger":
        """Opens or creates the ledger at `path`; `now_us` dates a migration.

        Raises `LedgerUnusable` where another process writes it, or it is no ledger.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock_fd = _locked(path)
        try:
            make_private(path)
            connection = connect(path)
            migrate(connection, now_us=now_us)
        except (sqlite3.DatabaseError, OSError) as error:
            os.close(lock_fd)
            raise LedgerUnusable(
                f"`{path.name}` cannot be opened as a ledger ({error}); restore it from a backup"
            ) from None
        except LedgerUnusable:
            os.close(lock_fd)
            raise
        return cls(connection, lock_fd)

    def positions(self) -> dict[str, int]:
        """How far each journal segment has been ingested, by file name."""
        return dict(self._connection.execute("SELECT segment, offset FROM positions"))

    def open_intents(self) -> list[tuple[str, str, bytes]]:
        """Id, owner and record of every intent that is not settled yet."""
        return self._connection.execute("SELECT id, owner, intent FROM open_intents").fetchall()

    def classes(self) -> dict[Class, int]:
        """The number of every class."""
        rows = self._connection.execute("SELECT * FROM classes")
        return {
            (outcome, status, bool(rehearsed), key, project, _labels(labels), *rest): number
            for number, outcome, status, rehearsed, key, project, labels, *rest in rows
        }

    def prefixes(self) -> dict[bytes, int]:
        """The number of every prefix of request ids."""
        rows = self._connection.execute("SELECT CAST(prefix AS BLOB), number FROM id_prefixes")
        return dict(rows)

    def numbers(self) -> Numbers:
        """The numbers that come next: nobody else gives any."""
        classes, prefixes, block = self._connection.execute(
            "SELECT (SELECT coalesce(max(class), 0) + 1 FROM classes),"
            " (SELECT coalesce(max(number), 0) + 1 FROM id_prefixes),"
            " (SELECT coalesce(max(block), 0) + 1 FROM blocks)"
        ).fetchone()
        return Numbers(classes=classes, prefixes=prefixes, block=block)

    def commit(self, batch: Batch) -> int:
        """Makes the batch's changes, all or none, and durable; returns the entries added.

        Raises `sqlite3.Error` where the disk fails; nothing is then changed.
        """
        added = 0
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for field, statement in _STATEMENTS.items():
                rows: list[Row] = getattr(batch, field)
                if rows:
                    changed = self._connection.executemany(statement, rows).rowcount
                    added += changed if field == "others" else 0
            added += self._add(batch.entries)
            self._spend(batch.spends)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return added

    def _add(self, entries: list[int | None]) -> int:
        """Adds entries; returns how many were new."""
        added = 0
        for at in range(0, len(entries), _ENTRIES_AT_ONCE * ENTRY_COLUMNS):
            values = entries[at : at + _ENTRIES_AT_ONCE * ENTRY_COLUMNS]
            rows = ", ".join([_ROW] * (len(values) // ENTRY_COLUMNS))
            added += self._connection.execute(_ADD_ENTRIES + rows, values).rowcount
        return added

    def _spend(self, spends: Spends) -> None:
        if spends:
            rows = [(*key, *divmod(amount, PICO)) for key, amount in spends.items()]
            self._connection.executemany(_SPEND, rows)

    def close(self) -> None:
        """Closes the file and lets another process write it."""
        self._connection.close()
        os.close(self._lock_fd)


def _labels(text: str) -> Labels:
    return labels_of(msgspec.json.decode(text, type=dict[str, str]))


def _locked(path: Path) -> int:
    fd = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise LedgerUnusable(
            f"`{path.name}` is being written by another process; stop that one, or use its"
            " own `server.state` folder"
        ) from None
    return fd
