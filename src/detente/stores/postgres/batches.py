"""One batch of the ledger's writer as one transaction of PostgreSQL.

Rows go over column by column (`unnest`): one statement a table, however many rows. Not here: when
there is a batch, and what becomes of a failure (`ledger`).

>>> await commit_batch(connection, "gw-1", Batch(ended=[("w0-1p1",)]))
0
"""

from typing import Any, Final

from detente.ledger.store.batch import ENTRY_COLUMNS, Batch, Row
from detente.stores.postgres.connection import Connection

BLOCKS_LOCK: Final = 0x6465_7465_6E74_6502
"""Held from the first block of a batch to the end of its transaction."""
_INT: Final = "bigint"
_TEXT: Final = "text"
_BYTES: Final = "bytea"

_CLASS: Final = (_INT, _TEXT, _INT, _INT, *(_TEXT,) * 6)
_ENTRY: Final = (_INT,) * ENTRY_COLUMNS
_OTHER: Final = (*(_INT,) * (ENTRY_COLUMNS - 1), _TEXT)

# `$1` is the machine; {rows} the batch's, whose columns have the types beside it.
_STATEMENTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "classes": ("INSERT INTO classes SELECT r.* FROM {rows}", _CLASS),
    "prefixes": ("INSERT INTO id_prefixes SELECT r.* FROM {rows}", (_INT, _TEXT)),
    "blocks": (
        "INSERT INTO blocks SELECT r.*, $1 FROM {rows}",
        (_INT, _TEXT, _INT, _INT, _BYTES),
    ),
    "other_ids": (
        "INSERT INTO other_ids (id) SELECT r.a0 FROM {rows} ON CONFLICT DO NOTHING",
        (_TEXT,),
    ),
    "others": (
        "INSERT INTO entries SELECT -number, a0, a1, a2, a3, a4, a5, a6, a7 FROM {rows}"
        " JOIN other_ids ON id = a8 ON CONFLICT DO NOTHING",
        _OTHER,
    ),
    "decisions": (
        "INSERT INTO decisions SELECT r.* FROM {rows} ON CONFLICT DO NOTHING",
        (_TEXT, _TEXT, _BYTES),
    ),
    "clauses": (
        "INSERT INTO decision_clauses SELECT r.* FROM {rows} ON CONFLICT DO NOTHING",
        (_TEXT, _TEXT),
    ),
    "opened": (
        "INSERT INTO open_intents (machine, id, owner, intent) SELECT $1, r.* FROM {rows}"
        " ON CONFLICT DO NOTHING",
        (_TEXT, _TEXT, _BYTES),
    ),
    "settled": (
        "DELETE FROM open_intents USING {rows} WHERE machine = $1 AND owner = a0 AND id = a1",
        (_TEXT, _TEXT),
    ),
    "orphans": (
        "INSERT INTO orphans SELECT r.* FROM {rows} ON CONFLICT DO NOTHING",
        (_TEXT, _TEXT, _BYTES),
    ),
    "positions": (
        "INSERT INTO positions SELECT $1, r.* FROM {rows} ON CONFLICT (machine, segment)"
        ' DO UPDATE SET "offset" = excluded."offset"',
        (_TEXT, _INT),
    ),
    "gone": ("DELETE FROM positions USING {rows} WHERE machine = $1 AND segment = a0", (_TEXT,)),
    "ended": ("INSERT INTO ended SELECT $1, r.* FROM {rows} ON CONFLICT DO NOTHING", (_TEXT,)),
}
"""As the SQLite file's, in the same order."""
_ENTRIES: Final = ("INSERT INTO entries SELECT r.* FROM {rows} ON CONFLICT DO NOTHING", _ENTRY)
_SPENDS: Final = (
    "INSERT INTO spends (machine, account, holder, spent) SELECT $1, r.* FROM {rows}"
    " ORDER BY a0, a1 ON CONFLICT (account, machine, holder)"
    " DO UPDATE SET spent = spends.spent + excluded.spent",
    (_TEXT, _TEXT, "numeric"),
)


async def commit_batch(connection: Connection, machine: str, batch: Batch) -> int:
    """Makes the batch's changes, all or none; returns the entries added.

    Blocks and the rows that name them get their numbers here, which the batch counts from
    anywhere: the batch itself is not changed.
    """
    async with connection.transaction():
        later = await _later(connection, batch)
        added = 0
        for field, (statement, types) in _STATEMENTS.items():
            rows: list[Row] = getattr(batch, field)
            if not rows:
                continue
            columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
            if field in ("blocks", "others"):
                columns[0] = [block + later for block in columns[0]]
            if field == "classes":
                columns[3] = [int(rehearsed) for rehearsed in columns[3]]
            changed = await _do(connection, statement, types, machine, columns)
            added += changed if field == "others" else 0
        if batch.entries:
            entries: list[list[Any]] = [
                batch.entries[at::ENTRY_COLUMNS] for at in range(ENTRY_COLUMNS)
            ]
            entries[1] = [block + later for block in entries[1]]
            added += await _do(connection, *_ENTRIES, machine, entries)
        if batch.spends:
            spent = [[*of, amount] for of, amount in batch.spends.items()]
            columns = [list(column) for column in zip(*spent, strict=True)]
            await _do(connection, *_SPENDS, machine, columns)
    return added


async def _later(connection: Connection, batch: Batch) -> int:
    """By how much the batch's blocks stand further back; no other writer has any until its end."""
    if not batch.blocks:
        return 0
    first = batch.blocks[0][0]
    assert isinstance(first, int)
    await connection.execute("SELECT pg_advisory_xact_lock($1)", BLOCKS_LOCK)
    last: int = await connection.fetchval("SELECT coalesce(max(block), 0) FROM blocks")
    return last + 1 - first


async def _do(
    connection: Connection,
    statement: str,
    types: tuple[str, ...],
    machine: str,
    columns: list[list[Any]],
) -> int:
    """Runs a statement over the rows of `columns`; how many rows it changed."""
    has_machine = "$1" in statement
    first = 2 if has_machine else 1
    arrays = ", ".join(f"${first + at}::{type_}[]" for at, type_ in enumerate(types))
    names = ", ".join(f"a{at}" for at in range(len(types)))
    query = statement.format(rows=f"unnest({arrays}) AS r ({names})")
    values = (machine, *columns) if has_machine else tuple(columns)
    return int((await connection.execute(query, *values)).rpartition(" ")[2])
