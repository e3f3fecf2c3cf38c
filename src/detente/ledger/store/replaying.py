"""Reads all requests of a ledger, fast: what each shares with its class, and how it ended.

An intent is not decoded: its bytes after the start and the size are what the requests of a class
share, and a class needs decoding once. Of a settlement only what a replay looks at is decoded.
Reads, never writes; decides and prices nothing.

>>> for block in TrafficReader.open(path).blocks(1, 100):
...     len(block.ended)
128
"""

from collections.abc import Iterator

import msgspec

from detente.canonical.entry import Attempt, EntryOutcome
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.blocks import columns_of
from detente.ledger.store.reading import BLOCKS_AT_ONCE, LedgerReader, readable


class Ended(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """The beginning of a `Settlement`; `usage` is decoded only where somebody asks for it."""

    id: msgspec.Raw
    outcome: EntryOutcome
    status: int
    error: msgspec.Raw
    deployment: str | None
    upstream_dialect: msgspec.Raw
    decision: str | None
    attempts: tuple[Attempt, ...]
    usage: msgspec.Raw
    cost_pico_usd: int | None
    charge_pico_usd: msgspec.Raw
    price: str | None


class Span(msgspec.Struct, frozen=True):
    """Where a block stands, and when its requests started."""

    block: int
    earliest_us: int
    latest_us: int


class Traffic(msgspec.Struct, frozen=True):
    """The requests of one block, column by column.

    `shared` is the same for all requests of a class, and makes an `Intent` again (`blocks.asked`).
    """

    started_us: list[int]
    shared: list[bytes]
    ended: list[Ended]


class TrafficReader(LedgerReader):
    """A ledger open for reading all of it; use `TrafficReader.open`."""

    def spans(self, since_us: int, until_us: int) -> list[Span]:
        """All blocks with a request that started in the half-open time, in their order."""
        rows = self._connection.execute(
            "SELECT block, earliest_us, latest_us FROM blocks"
            " WHERE latest_us >= ? AND earliest_us < ? ORDER BY block",
            (since_us, until_us),
        )
        return [Span(*row) for row in rows]

    def blocks(self, first: int, last: int) -> Iterator[Traffic]:
        """The blocks from `first` to `last`, both included.

        Raises `LedgerUnusable` where a record cannot be read.
        """
        while rows := self._connection.execute(
            "SELECT block, records FROM blocks WHERE block BETWEEN ? AND ? ORDER BY block LIMIT ?",
            (first, last, BLOCKS_AT_ONCE),
        ).fetchall():
            for block, records in rows:
                yield self._traffic(records)
                first = block + 1

    def block(self, number: int) -> Traffic:
        """One block; raises `LedgerUnusable` where there is none or a record cannot be read."""
        for traffic in self.blocks(number, number):
            return traffic
        raise LedgerUnusable(f"the ledger has no block {number}; restore the file")

    def _traffic(self, records: bytes) -> Traffic:
        with readable():
            return Traffic(*columns_of(records, Ended))
