"""Each key and project knows its last change, so that what is new can be read alone.

`version` is what `principals_version` says once the change is done. A trigger sets it, whoever
writes: while machines are updated one after the other, older programs do, too.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_COUNT = """
    CREATE FUNCTION count_change() RETURNS TRIGGER LANGUAGE plpgsql AS
        'BEGIN
            NEW.version = (SELECT version + 1 FROM principals_version);
            RETURN NEW;
        END'
"""
_VERSIONED = (
    "ALTER TABLE {table} ADD COLUMN version BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX {table}_by_version ON {table} (version)",
    "CREATE TRIGGER {table}_changed BEFORE INSERT OR UPDATE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION count_change()",
)


def upgrade() -> None:
    """Adds the column, what fills it, and what finds by it."""
    op.execute(_COUNT)
    for table in ("keys", "projects"):
        for statement in _VERSIONED:
            op.execute(statement.format(table=table))
