"""The ledger's SQLite file: who may open it, and the one transaction that extends it.

One writer at a time, by a lock beside the file; any number of readers (`reading`). A batch is
on disk when `commit` returns (`synchronous=FULL`): power loss takes nothing of it.

>>> ledger = Ledger.open(path, now_us=1_700_000_000_000_000)
>>> ledger.commit(Batch(), {"w0-1p1-00000000.journal": 4096})
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from detente.ledger.failures import LedgerUnusableError
from detente.ledger.store.schema import migrate

Row = tuple[str | int | bytes | None, ...]

CHECKPOINT_PAGES: Final = 4_000
"""The write-ahead log grows to about 16 MB between checkpoints, which block the batch."""
CACHE_KIB: Final = 16_384
BUSY_TIMEOUT_S: Final = 5.0
"""A reader holds the file for milliseconds; longer than this is a fault."""

_ADD_ENTRY: Final = "INSERT OR IGNORE INTO entries VALUES (NULL" + ", ?" * 17 + ")"
_ADD_DECISION: Final = "INSERT OR IGNORE INTO decisions VALUES (?, ?, ?)"
_ADD_CLAUSE: Final = "INSERT OR IGNORE INTO decision_clauses VALUES (?, ?)"
_ADD_OPEN: Final = "INSERT OR IGNORE INTO open_intents VALUES (?, ?, ?)"
_DROP_OPEN: Final = "DELETE FROM open_intents WHERE id = ?"
_ADD_ORPHAN: Final = "INSERT OR IGNORE INTO orphans VALUES (?, ?, ?)"
_SET_POSITION: Final = (
    "INSERT INTO positions VALUES (?, ?)"
    " ON CONFLICT (segment) DO UPDATE SET offset = excluded.offset"
)
_DROP_POSITION: Final = "DELETE FROM positions WHERE segment = ?"


class Batch(msgspec.Struct, kw_only=True):
    """What one step adds: rows in the order of the tables' columns. Filled, then committed."""

    entries: list[Row] = []
    decisions: list[Row] = []
    clauses: list[Row] = []
    opened: list[Row] = []
    settled: list[Row] = []
    orphans: list[Row] = []


Connect = Callable[[Path], sqlite3.Connection]


def connect(path: Path) -> sqlite3.Connection:
    """A connection for writing, in the mode that durability rests on."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
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

        Raises `LedgerUnusableError` where another process writes it, or it is no ledger.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_fd = _locked(path)
        try:
            connection = connect(path)
            migrate(connection, now_us=now_us)
        except sqlite3.DatabaseError as error:
            os.close(lock_fd)
            raise LedgerUnusableError(
                f"`{path.name}` cannot be opened as a ledger ({error}); restore it from a backup"
            ) from None
        except LedgerUnusableError:
            os.close(lock_fd)
            raise
        return cls(connection, lock_fd)

    def positions(self) -> dict[str, int]:
        """How far each journal segment has been ingested, by file name."""
        return dict(self._connection.execute("SELECT segment, offset FROM positions"))

    def open_intents(self) -> list[tuple[str, str, bytes]]:
        """Id, owner and record of every intent that is not settled yet."""
        return self._connection.execute("SELECT id, owner, intent FROM open_intents").fetchall()

    def commit(self, batch: Batch, positions: dict[str, int], gone: Iterable[str] = ()) -> int:
        """Adds a batch and moves the positions, all or nothing; returns the entries added.

        `gone` names segments that no longer exist. Raises `sqlite3.Error` where the disk
        fails; the batch can then be committed again.
        """
        execute = self._connection.execute
        many = self._connection.executemany
        execute("BEGIN IMMEDIATE")
        try:
            added = many(_ADD_ENTRY, batch.entries).rowcount if batch.entries else 0
            for statement, rows in (
                (_ADD_DECISION, batch.decisions),
                (_ADD_CLAUSE, batch.clauses),
                (_ADD_OPEN, batch.opened),
                (_DROP_OPEN, batch.settled),
                (_ADD_ORPHAN, batch.orphans),
                (_SET_POSITION, positions.items()),
                (_DROP_POSITION, [(name,) for name in gone]),
            ):
                if rows:
                    many(statement, rows)
            execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        return added

    def close(self) -> None:
        """Closes the file and lets another process write it."""
        self._connection.close()
        os.close(self._lock_fd)


def _locked(path: Path) -> int:
    fd = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise LedgerUnusableError(
            f"`{path.name}` is being written by another process; stop that one, or use its"
            " own `server.state` folder"
        ) from None
    return fd
