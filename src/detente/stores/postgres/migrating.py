"""Bringing a shared store's schema up to date: by itself once, and rehearsable.

Alembic orders the revisions (`migrations/versions`) and writes their SQL; it never connects. The
SQL runs in one transaction under a lock: of many machines that start at once one does it, the
others find it done, and nothing is left half done. Rehearsed, the transaction is rolled back.
PostgreSQL undoes table definitions like anything else.

Offline mode: https://alembic.sqlalchemy.org/en/latest/offline.html (read 2026-11-22).

>>> await migrate(place)
('0001', '0002')
"""

import io
from pathlib import Path
from typing import Final

from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.connection import FAILURES, Connection, connect, said
from detente.stores.postgres.place import PostgresPlace
from detente.stores.postgres.revision import REVISIONS, revision_of

LOCK: Final = 0x6465_7465_6E74_6501
"""Held while migrating; the number means nothing, and is the same for all."""
MIGRATION_S: Final = 600.0
"""A large ledger may take minutes; the lock is waited for as long."""


class _Rehearsed(Exception):
    """Rolls the transaction back."""


async def migrate(place: PostgresPlace, *, rehearse: bool = False) -> tuple[str, ...]:
    """Brings the store up to date; the revisions that were added, or would have been.

    Raises `StoreUnavailable`, and `LedgerUnusable` where the store is newer than this program.
    """
    connection = await connect(place, statement_s=MIGRATION_S, purpose="detente migration")
    added: tuple[str, ...] = ()
    try:
        present = await revision_of(connection)
        if present == REVISIONS[-1]:
            return ()
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            added = await _upgrade(connection)
            if rehearse:
                raise _Rehearsed
    except _Rehearsed:
        return added
    except FAILURES as error:
        raise StoreUnavailable(said(place, error)) from None
    finally:
        connection.terminate()
    return added


async def missing(place: PostgresPlace) -> tuple[str | None, tuple[str, ...]]:
    """The store's revision, and the revisions that it lacks."""
    connection = await connect(place)
    try:
        present = await revision_of(connection)
    except FAILURES as error:
        raise StoreUnavailable(said(place, error)) from None
    finally:
        connection.terminate()
    return present, _after(present)


def sql_from(present: str | None) -> str:
    """What brings a store from the revision `present` (None: from nothing) to the newest."""
    # Half a second of processor time, which a start on an up-to-date schema need not spend.
    from alembic import command  # noqa: PLC0415 - of an extra
    from alembic.config import Config  # noqa: PLC0415 - of an extra

    written = io.StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, f"{present or 'base'}:{REVISIONS[-1]}", sql=True)
    return written.getvalue()


async def _upgrade(connection: Connection) -> tuple[str, ...]:
    """In the transaction, with the lock: another machine may have been faster."""
    present = await revision_of(connection)
    if present != REVISIONS[-1]:
        await connection.execute(sql_from(present))
    return _after(present)


def _after(present: str | None) -> tuple[str, ...]:
    return REVISIONS[0 if present is None else REVISIONS.index(present) + 1 :]
