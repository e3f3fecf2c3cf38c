"""The ledger's tables, and bringing an older file up to date.

A version is a tuple of statements that is never edited once released; a new one is appended.
Costs are integers of picodollars (the quantum that `canonical.price` rounds to), so that sums
are exact; the exact `Decimal` also stands in the settlement. Columns hold what is filtered and
summed; `intent` and `settlement` are the worker's records as it wrote them.

>>> migrate(connection, now_us=1_700_000_000_000_000)
"""

import sqlite3
from typing import Final

from detente.ledger.failures import LedgerUnusableError

_VERSION_1: Final = (
    """
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        started_us INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER NOT NULL,
        rehearsed INTEGER NOT NULL,
        key TEXT,
        project TEXT,
        model TEXT,
        deployment TEXT,
        decision TEXT,
        input_tokens INTEGER,
        output_tokens INTEGER,
        cost_pico_usd INTEGER,
        charge_pico_usd INTEGER,
        worker TEXT NOT NULL,
        intent BLOB NOT NULL,
        settlement BLOB NOT NULL
    )
    """,
    "CREATE INDEX entries_started ON entries (started_us)",
    """
    CREATE TABLE decisions (
        id TEXT PRIMARY KEY,
        outcome TEXT NOT NULL,
        record BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE decision_clauses (
        clause TEXT NOT NULL,
        decision TEXT NOT NULL,
        PRIMARY KEY (clause, decision)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE open_intents (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        intent BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE positions (
        segment TEXT PRIMARY KEY,
        offset INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE orphans (
        id TEXT PRIMARY KEY,
        worker TEXT NOT NULL,
        settlement BLOB NOT NULL
    ) WITHOUT ROWID
    """,
)

VERSIONS: Final = (_VERSION_1,)


def migrate(connection: sqlite3.Connection, *, now_us: int) -> None:
    """Brings the file to the newest version, each step in its own transaction.

    Raises `LedgerUnusableError` where the file is newer than this program.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY, applied_us INTEGER)"
    )
    present = version_of(connection)
    for version, statements in enumerate(VERSIONS, 1):
        if version <= present:
            continue
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO versions VALUES (?, ?)", (version, now_us))
        connection.execute("COMMIT")


def version_of(connection: sqlite3.Connection) -> int:
    """The version of an open ledger; raises `LedgerUnusableError` where it is too new."""
    found = connection.execute("SELECT coalesce(max(version), 0) FROM versions").fetchone()
    version = int(found[0])
    if version > len(VERSIONS):
        raise LedgerUnusableError(
            f"the ledger has version {version} and this program knows {len(VERSIONS)};"
            " update `detente`"
        )
    return version
