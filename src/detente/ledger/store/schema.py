"""The ledger's tables, and bringing an older file up to date.

- `blocks` hold the worker's own records, intent and settlement in turn, as one msgpack array.
- `entries` has one narrow row a request: where its records stand, and what is summed.
- `id_prefixes` and `other_ids` say which request's: an entry's number is its id's prefix by
  number, times 2**32, plus the counter that its id ends with; or the number of its id among
  those of another shape, negated.
- `classes` holds what entries share and what they are filtered and grouped by.
- `decisions` holds each decision once, `decision_clauses` the clauses that determined it.
- `open_intents` are requests without settlement, `positions` how far journals were read.
- `orphans` are settlements without intent, which only a faulty worker leaves.
- `requests` is a view over entries and classes for people and other programs.
- `spends` says what each holder of leases has spent of each money account, by its settlements;
  `grants` what it was granted and gave back; `ended` which holders' lives are over, with all their
  settlements here. Lines of an ended holder are added to those of the holder '' and deleted.
- `alerts` holds which fractions of which budgets were told of, so that none is told twice.
- `projects`, `keys` and `secrets` say who may call; `principals_version` counts their changes, and
  `version` says which of them was a row's last. Triggers see to that, whoever writes.

Costs are integers of picodollars, the quantum that `canonical.price` rounds to, so that sums
are exact; the exact `Decimal` also stands in the settlement. Version n is the n-th tuple of
statements: never edited once released, a new one is appended.

Amounts of accounts are whole dollars and, beside them, the rest in picodollars: a year's budget may
be more than 64 bits of picodollars hold.

>>> migrate(connection, now_us=1_700_000_000_000_000)
"""

import re
import sqlite3
from typing import Final

from detente.ledger.failures import LedgerUnusable

ID_LENGTH: Final = 28
ID_PREFIX_LENGTH: Final = 20
COUNTER_BITS: Final = 32
_ID: Final = re.compile(r"(req_[0-9a-f]{16})([0-9a-f]{8})", re.ASCII)
"""What a worker's ids look like: a prefix of its own, and a counter."""

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
        entry INTEGER PRIMARY KEY,
        block INTEGER NOT NULL,
        place INTEGER NOT NULL,
        class INTEGER NOT NULL,
        started_us INTEGER NOT NULL,
        input_tokens INTEGER,
        output_tokens INTEGER,
        cost_pico_usd INTEGER,
        charge_pico_usd INTEGER
    )
    """,
    "CREATE TABLE id_prefixes (number INTEGER PRIMARY KEY, prefix TEXT NOT NULL UNIQUE)",
    "CREATE TABLE other_ids (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
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
    SELECT coalesce(id, prefix || printf('%08x', entry & 4294967295)) AS id,
        started_us, outcome, status, rehearsed, key, project, labels, model, deployment,
        decision, input_tokens, output_tokens, cost_pico_usd, charge_pico_usd, block, place
    FROM entries JOIN classes USING (class)
        LEFT JOIN id_prefixes ON id_prefixes.number = entry >> 32
        LEFT JOIN other_ids ON other_ids.number = -entry
    """,
)

_PRINCIPALS: Final = (
    """
    CREATE TABLE projects (
        name TEXT PRIMARY KEY,
        scope TEXT NOT NULL,
        created_us INTEGER
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE keys (
        name TEXT PRIMARY KEY,
        project TEXT NOT NULL,
        scope TEXT NOT NULL,
        access_hash TEXT NOT NULL,
        created_us INTEGER,
        expires_us INTEGER,
        revoked_us INTEGER
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE secrets (
        digest BLOB PRIMARY KEY,
        key TEXT NOT NULL,
        place INTEGER NOT NULL,
        prefix TEXT NOT NULL,
        created_us INTEGER,
        expires_us INTEGER
    ) WITHOUT ROWID
    """,
    "CREATE INDEX secrets_by_key ON secrets (key, place)",
    "CREATE TABLE principals_version (version INTEGER NOT NULL)",
    "INSERT INTO principals_version VALUES (0)",
)
"""Who may call (`stores.embedded.principals`)."""

_SPENDS: Final = (
    """
    CREATE TABLE spends (
        account TEXT NOT NULL,
        holder TEXT NOT NULL,
        spent_usd INTEGER NOT NULL,
        spent_pico_usd INTEGER NOT NULL,
        PRIMARY KEY (account, holder)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE grants (
        account TEXT NOT NULL,
        holder TEXT NOT NULL,
        granted_usd INTEGER NOT NULL,
        granted_pico_usd INTEGER NOT NULL,
        returned_usd INTEGER NOT NULL,
        returned_pico_usd INTEGER NOT NULL,
        PRIMARY KEY (account, holder)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE ended (holder TEXT PRIMARY KEY) WITHOUT ROWID",
    """
    CREATE TABLE alerts (
        account TEXT NOT NULL,
        fraction TEXT NOT NULL,
        told_us INTEGER NOT NULL,
        PRIMARY KEY (account, fraction)
    ) WITHOUT ROWID
    """,
)
"""What may still be spent (`stores.embedded.money`)."""

_VERSION_2: Final = (*_PRINCIPALS, *_SPENDS)

_KEY_COLUMNS: Final = "project, scope, access_hash, created_us, expires_us, revoked_us"
_PROJECT_COLUMNS: Final = "scope, created_us"


def _versioned(table: str, columns: str) -> tuple[str, ...]:
    """Has each row of the table know its last change, of any of these columns."""
    count = f"""
        BEGIN
            UPDATE {table} SET version = (SELECT version + 1 FROM principals_version)
            WHERE name = NEW.name;
        END
    """  # noqa: S608 - constants
    return (
        f"ALTER TABLE {table} ADD COLUMN version INTEGER NOT NULL DEFAULT 0",
        f"CREATE INDEX {table}_by_version ON {table} (version)",
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} {count}",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF {columns} ON {table} {count}",
    )


_VERSION_3: Final = (*_versioned("keys", _KEY_COLUMNS), *_versioned("projects", _PROJECT_COLUMNS))

VERSIONS: Final = (_VERSION_1, _VERSION_2, _VERSION_3)


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


def parts_of(id_: str) -> tuple[str, int] | None:
    """Prefix and counter of a worker's id, None where it has another shape."""
    found = _ID.fullmatch(id_)
    return None if found is None else (found[1], int(found[2], 16))


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
