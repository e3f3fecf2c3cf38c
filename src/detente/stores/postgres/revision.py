"""Which revision of the schema a shared store has, and whether this program can use it.

Not here: how one comes from one to the next (`migrations`).

>>> await revision_of(connection)
'0002'
"""

from typing import Final

from detente.ledger.failures import LedgerUnusable
from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.connection import FAILURES, Connection, connect, said
from detente.stores.postgres.place import PostgresPlace

REVISIONS: Final = ("0001", "0002")
"""All that this program knows, in their order; each is a file of `migrations/versions`."""
TABLE: Final = "alembic_version"


async def revision_of(connection: Connection) -> str | None:
    """The store's revision, None where it has no schema yet.

    Raises `LedgerUnusable` where it is newer than this program.
    """
    if await connection.fetchval("SELECT to_regclass($1)", TABLE) is None:
        return None
    found = await connection.fetchval(f"SELECT max(version_num) FROM {TABLE}")  # noqa: S608 - a constant
    if found is None or found in REVISIONS:
        return found
    raise LedgerUnusable(
        f"the store has revision `{found}` and this program knows `{REVISIONS[-1]}` as the last;"
        " update `detente`"
    )


async def ready(place: PostgresPlace) -> None:
    """Raises `StoreUnavailable` unless the store's schema is the one that this program knows.

    Whoever opens the ledger for writing brings it up to date.
    """
    connection = await connect(place)
    try:
        found = await revision_of(connection)
    except LedgerUnusable as error:
        raise StoreUnavailable(str(error)) from None
    except FAILURES as error:
        raise StoreUnavailable(said(place, error)) from None
    finally:
        connection.terminate()
    if found != REVISIONS[-1]:
        raise StoreUnavailable(
            f"the store `{place.name}` is being brought up to date; see `detente store status`"
        )
