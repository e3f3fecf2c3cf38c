"""Ledger, principals, money and windows: the first schema of a shared store.

The ledger's tables are those of its SQLite file (`ledger.store.schema`, version 2), and the machine
stands beside what only it can know: positions, open intents, and which numbers it gives. `ranges`
shares these out, `writers` says who holds a machine's lock. Money is `grants`, `spends` and
`ended`; what was spent by lives that have ended is added up under the empty machine and holder. A
window is one value, and `shares` says whose parts are in it. `clock_us` is the store's clock:
microseconds since the Unix epoch, which go on within a transaction.
"""

from alembic import op

revision = "0001"
down_revision = None

_LEDGER = (
    """
    CREATE TABLE blocks (
        block BIGINT PRIMARY KEY,
        worker TEXT NOT NULL,
        earliest_us BIGINT NOT NULL,
        latest_us BIGINT NOT NULL,
        records BYTEA NOT NULL,
        machine TEXT NOT NULL
    )
    """,
    "ALTER TABLE blocks ALTER COLUMN records SET STORAGE EXTERNAL",
    """
    CREATE TABLE classes (
        class BIGINT PRIMARY KEY,
        outcome TEXT NOT NULL,
        status BIGINT NOT NULL,
        rehearsed BIGINT NOT NULL,
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
        entry BIGINT PRIMARY KEY,
        block BIGINT NOT NULL,
        place BIGINT NOT NULL,
        class BIGINT NOT NULL,
        started_us BIGINT NOT NULL,
        input_tokens BIGINT,
        output_tokens BIGINT,
        cost_pico_usd BIGINT,
        charge_pico_usd BIGINT
    )
    """,
    "CREATE TABLE id_prefixes (number BIGINT PRIMARY KEY, prefix TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE other_ids (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT NOT NULL UNIQUE
    )
    """,
    "CREATE TABLE decisions (id TEXT PRIMARY KEY, outcome TEXT NOT NULL, record BYTEA NOT NULL)",
    """
    CREATE TABLE decision_clauses (
        clause TEXT NOT NULL,
        decision TEXT NOT NULL,
        PRIMARY KEY (decision, clause)
    )
    """,
    """
    CREATE TABLE open_intents (
        machine TEXT NOT NULL,
        owner TEXT NOT NULL,
        id TEXT NOT NULL,
        intent BYTEA NOT NULL,
        PRIMARY KEY (machine, owner, id)
    )
    """,
    """
    CREATE TABLE positions (
        machine TEXT NOT NULL,
        segment TEXT NOT NULL,
        "offset" BIGINT NOT NULL,
        PRIMARY KEY (machine, segment)
    )
    """,
    "CREATE TABLE orphans (id TEXT PRIMARY KEY, worker TEXT NOT NULL, settlement BYTEA NOT NULL)",
    """
    CREATE TABLE ranges (
        number BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 0 MINVALUE 0 MAXVALUE 1048575)
            PRIMARY KEY,
        machine TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE writers (
        machine TEXT PRIMARY KEY,
        instance TEXT NOT NULL,
        process BIGINT NOT NULL
    )
    """,
    """
    CREATE VIEW requests AS
    SELECT coalesce(id, prefix || lpad(to_hex(entry & 4294967295), 8, '0')) AS id,
        started_us, outcome, status, rehearsed, key, project, labels, model, deployment,
        decision, input_tokens, output_tokens, cost_pico_usd, charge_pico_usd, block, place
    FROM entries JOIN classes USING (class)
        LEFT JOIN id_prefixes ON id_prefixes.number = entry >> 32
        LEFT JOIN other_ids ON other_ids.number = -entry
    """,
)
_PRINCIPALS = (
    "CREATE TABLE projects (name TEXT PRIMARY KEY, scope TEXT NOT NULL, created_us BIGINT)",
    """
    CREATE TABLE keys (
        name TEXT PRIMARY KEY,
        project TEXT NOT NULL,
        scope TEXT NOT NULL,
        access_hash TEXT NOT NULL,
        created_us BIGINT,
        expires_us BIGINT,
        revoked_us BIGINT
    )
    """,
    """
    CREATE TABLE secrets (
        digest BYTEA PRIMARY KEY,
        key TEXT NOT NULL,
        place BIGINT NOT NULL,
        prefix TEXT NOT NULL,
        created_us BIGINT,
        expires_us BIGINT
    )
    """,
    "CREATE INDEX secrets_by_key ON secrets (key, place)",
    "CREATE TABLE principals_version (version BIGINT NOT NULL)",
    "INSERT INTO principals_version VALUES (0)",
)
_ACCOUNTS = (
    """
    CREATE FUNCTION clock_us() RETURNS BIGINT LANGUAGE SQL VOLATILE AS
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint'
    """,
    """
    CREATE TABLE machines (
        machine TEXT NOT NULL,
        kind TEXT NOT NULL,
        kept_us BIGINT NOT NULL,
        lease_us BIGINT NOT NULL,
        PRIMARY KEY (machine, kind)
    )
    """,
    "CREATE TABLE accounts (account TEXT PRIMARY KEY)",
    """
    CREATE TABLE grants (
        account TEXT NOT NULL,
        machine TEXT NOT NULL,
        holder TEXT NOT NULL,
        granted NUMERIC NOT NULL,
        returned NUMERIC NOT NULL,
        wanted NUMERIC NOT NULL,
        PRIMARY KEY (account, machine, holder)
    )
    """,
    """
    CREATE TABLE spends (
        account TEXT NOT NULL,
        machine TEXT NOT NULL,
        holder TEXT NOT NULL,
        spent NUMERIC NOT NULL,
        PRIMARY KEY (account, machine, holder)
    )
    """,
    """
    CREATE TABLE ended (
        machine TEXT NOT NULL,
        holder TEXT NOT NULL,
        PRIMARY KEY (machine, holder)
    )
    """,
    """
    CREATE TABLE alerts (
        account TEXT NOT NULL,
        fraction TEXT NOT NULL,
        told_us BIGINT NOT NULL,
        PRIMARY KEY (account, fraction)
    )
    """,
    "CREATE TABLE windows (account TEXT PRIMARY KEY, state BYTEA NOT NULL)",
    """
    CREATE TABLE shares (
        machine TEXT NOT NULL,
        holder TEXT NOT NULL,
        account TEXT NOT NULL,
        PRIMARY KEY (machine, holder, account)
    )
    """,
)


def upgrade() -> None:
    """Makes all tables."""
    for statement in (*_LEDGER, *_PRINCIPALS, *_ACCOUNTS):
        op.execute(statement)
