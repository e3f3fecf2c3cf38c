"""The ledger's tables, and bringing an older file up to date.

- `blocks` hold the worker's own records, intent and settlement in turn, as one msgpack array.
- `entries` has one narrow row a request: where its records stand, and what is summed.
- `classes` holds what entries share and what they are filtered and grouped by.
- `decisions` holds each decision once, `decision_clauses` the clauses that determined it.
- `open_intents` are requests without settlement, `positions` how far journals were read.
- `orphans` are settlements without intent, which only a faulty worker leaves.
- `requests` is a view over entries and classes for people and other programs.

Costs are integers of picodollars, the quantum that `canonical.price` rounds to, so that sums
are exact; the exact `Decimal` also stands in the settlement. Version n is the n-th tuple of
statements: never edited once released, a new one is appended.

>>> migrate(connection, now_us=1_700_000_000_000_000)
"""

import sqlite3
from typing import Final

from detente.ledger.failures import LedgerUnusable

_VERSION_1: Final = (
    """
    CREATE TABLE blocks (
        block INTEGER PRIMARY KEY,
        worker TEXT NOT NULL,
        earliest_us INTEGER NOT NULL,
        latest_us INTEGER NOT NULL,
        records BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE classes (
        class INTEGER PRIMARY KEY,
        outcome TEXT NOT NULL,
        status INTEGER NOT NULL,
        rehearsed INTEGER NOT NULL,
        key TEXT,
        project TEXT,
        labels TEXT NOT NULL,
        model TEXT,
        deployment TEXT,
        decision TEXT
    )
    """,
    """
    CREATE TABLE entries (
        id TEXT PRIMARY KEY,
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        class INTEGER NOT NULL,
        started_us INTEGER NOT NULL,
        input_tokens INTEGER,
        output_tokens INTEGER,
        cost_pico_usd INTEGER,
        charge_pico_usd INTEGER
    ) WITHOUT ROWID
    """,
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
        PRIMARY KEY (decision, clause)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE open_intents (
        id TEXT NOT NULL,
        owner TEXT NOT NULL,
        intent BLOB NOT NULL,
        PRIMARY KEY (owner, id)
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
    """
    CREATE VIEW requests AS
    SELECT id, started_us, outcome, status, rehearsed, key, project, labels, model, deployment,
        decision, input_tokens, output_tokens, cost_pico_usd, charge_pico_usd, block, place
    FROM entries JOIN classes USING (class)
    """,
)

VERSIONS: Final = (_VERSION_1,)


def migrate(connection: sqlite3.Connection, *, now_us: int) -> None:
    """Brings the file to the newest version, each step in its own transaction.

    Raises `LedgerUnusable` where the file is newer than this program.
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
    """The version of an open ledger; raises `LedgerUnusable` where it is too new."""
    found = connection.execute("SELECT coalesce(max(version), 0) FROM versions").fetchone()
    version = int(found[0])
    if version > len(VERSIONS):
        raise LedgerUnusable(
            f"the ledger has version {version} and this program knows {len(VERSIONS)};"
            " update `detente`"
        )
    return version
