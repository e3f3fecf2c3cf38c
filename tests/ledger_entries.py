"""Reading a running gateway's ledger from outside, as `detente ledger` does.

Entries appear when the control process has ingested them, so every question waits, bounded.

>>> entry_of(gateway.state, "req_1").status
200
"""

from pathlib import Path

from detente.canonical.entry import LedgerEntry
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.reading import LedgerReader
from tests.gateway_process import WAIT_S, eventually

ALL = 1_000_000
"""More entries than any test makes."""


def entries(state: Path) -> list[LedgerEntry]:
    """Every entry, from the records themselves, so that a doubled one would show twice."""
    try:
        reader = LedgerReader.open(state / "ledger.sqlite3")
    except LedgerUnusable:
        return []
    try:
        return reader.tail(ALL)
    finally:
        reader.close()


def entries_when(state: Path, count: int, within_s: float = WAIT_S) -> list[LedgerEntry]:
    """Every entry, once there are at least `count`."""

    def enough() -> list[LedgerEntry] | None:
        found = entries(state)
        return found if len(found) >= count else None

    return eventually(enough, f"the ledger has {count} entries", within_s)


def entry_of(state: Path, request_id: str, within_s: float = WAIT_S) -> LedgerEntry:
    """The entry of one request, once it is there."""
    reader = LedgerReader.open(state / "ledger.sqlite3")
    try:
        return eventually(lambda: reader.entry(request_id), f"an entry of {request_id}", within_s)
    finally:
        reader.close()
