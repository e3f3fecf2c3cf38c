"""Questions to a ledger: the last entries, one entry, a decision, sums. Reads, never writes.

Readers and the one writer do not wait for each other (write-ahead log). What stands in
journals is not here until the writer has ingested it, 200 ms later at most while it runs.

>>> reader = LedgerReader.open(Path("state/ledger.sqlite3"))
>>> reader.sums(("model",))[0].cost_usd
Decimal('0.002400000000')
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Self

import msgspec

from detente.canonical.entry import LedgerEntry
from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.price import PICO_DIGITS
from detente.ledger.entries import entry_of, us_of
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.interface import LedgerPlace, Reading, Speech
from detente.ledger.store.schema import parts_of, version_of

BUSY_TIMEOUT_S: Final = 5.0
DECISIONS_HELD_MAX: Final = 1_000
"""Decisions kept while reading entries: a ledger has few, and each may be some 10 KB."""

SQLITE: Final = Speech(
    day="date(started_us / 1000000, 'unixepoch')",
    month="strftime('%Y-%m', started_us / 1000000, 'unixepoch')",
    provider="substr(deployment, 1, instr(deployment, '/') - 1)",
    label="label(labels, ?)",
)
DIMENSIONS: Final[dict[str, str]] = {
    "model": "model",
    "project": "project",
    "key": "key",
    "provider": SQLITE.provider,
    "deployment": "deployment",
    "decision": "decision",
    "clause": "clause",
    "outcome": "outcome",
    "status": "status",
    "rehearsed": "CASE rehearsed WHEN 0 THEN 'no' ELSE 'yes' END",
    "day": SQLITE.day,
    "month": SQLITE.month,
}
"""What sums can be grouped by, each a constant expression in SQLite's words; `label:NAME` comes
beside them."""
LABEL_PREFIX: Final = "label:"
BLOCKS_AT_ONCE: Final = 64
"""Some 4 MB: what is read in one go of more blocks than anybody counted."""

_SPLIT: Final = 1_000_000
_SUMS: Final = """
    count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    sum(cost_pico_usd / 1000000), sum(cost_pico_usd % 1000000),
    count(*) FILTER (WHERE cost_pico_usd IS NULL AND input_tokens IS NOT NULL),
    sum(charge_pico_usd / 1000000), sum(charge_pico_usd % 1000000),
    count(*) FILTER (WHERE charge_pico_usd IS NULL AND input_tokens IS NOT NULL)
"""
"""Costs are summed in two halves, whose sums stay below 64 bits for 9 million million dollars."""


_ENTRY_OF_WORKER: Final = """
    SELECT worker, records, place
    FROM id_prefixes JOIN entries ON entry = (number << 32) + ?2 JOIN blocks USING (block)
    WHERE prefix = ?1
"""
_ENTRY_OF_OTHER: Final = """
    SELECT worker, records, place
    FROM other_ids JOIN entries ON entry = -number JOIN blocks USING (block)
    WHERE id = ?
"""


class SumRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group's sum. `group` has a value for each dimension asked for, None where it has none.

    Costs are exact; they are those of the requests whose price is known, None where no price
    is. `cost_unknown` and `charge_unknown` count the requests that consumed tokens at an
    unknown price: they are missing in the sum, not free.
    """

    group: dict[str, str | None]
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    cost_unknown: int
    charge_usd: Decimal | None
    charge_unknown: int


class LedgerReader:
    """A ledger open for reading; use `LedgerReader.open`."""

    def __init__(self, connection: Reading, speech: Speech = SQLITE) -> None:
        self._connection = connection
        self._speech = speech
        self._decisions: dict[str, DecisionRecord | None] = {}
        self._decode = msgspec.msgpack.Decoder(list[Intent | Settlement]).decode
        self._decode_decision = msgspec.msgpack.Decoder(DecisionRecord).decode

    @classmethod
    def open(cls, path: LedgerPlace) -> Self:
        """Opens the ledger at `path`; raises `LedgerUnusable` where there is none."""
        if not isinstance(path, Path):
            return cls(*path.connect())
        if not path.is_file():
            raise LedgerUnusable(
                f"no ledger at `{path}`; start `detente serve`, or name one with `--ledger`"
            )
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S
            )
            connection.create_function("label", 2, _label, deterministic=True)
            version_of(connection)
        except sqlite3.DatabaseError as error:
            raise LedgerUnusable(
                f"`{path}` cannot be read as a ledger ({error}); name another with `--ledger`"
            ) from None
        return cls(connection)

    def last_block(self) -> int:
        """The newest block, 0 in an empty ledger; what comes later is `after` it."""
        found = self._connection.execute("SELECT coalesce(max(block), 0) FROM blocks")
        return int(found.fetchone()[0])

    def tail(self, entries_max: int) -> list[LedgerEntry]:
        """The last entries, oldest first, in the order in which they were settled."""
        pieces: list[list[LedgerEntry]] = []
        count = 0
        for worker, records in self._blocks_back():
            if count >= entries_max:
                break
            pieces.append(self._entries(worker, records))
            count += len(pieces[-1])
        found = [entry for piece in reversed(pieces) for entry in piece]
        return found[-entries_max:] if entries_max else []

    def after(self, block: int, blocks_max: int) -> tuple[list[LedgerEntry], int]:
        """The entries of at most `blocks_max` blocks after `block`, and the last of these."""
        rows = self._connection.execute(
            "SELECT block, worker, records FROM blocks WHERE block > ? ORDER BY block LIMIT ?",
            (block, blocks_max),
        ).fetchall()
        entries = [e for _, worker, records in rows for e in self._entries(worker, records)]
        return entries, int(rows[-1][0]) if rows else block

    def entry(self, id_: str) -> LedgerEntry | None:
        """The entry of a request id, or None."""
        parts = parts_of(id_)
        row: tuple[str, bytes, int] | None = self._connection.execute(
            _ENTRY_OF_OTHER if parts is None else _ENTRY_OF_WORKER,
            (id_,) if parts is None else parts,
        ).fetchone()
        return None if row is None else self._entries(row[0], row[1])[row[2]]

    def decision(self, id_: str) -> DecisionRecord | None:
        """A decision with the question that it first answered, or None."""
        if id_ in self._decisions:
            return self._decisions[id_]
        row: tuple[bytes] | None = self._connection.execute(
            "SELECT record FROM decisions WHERE id = ?", (id_,)
        ).fetchone()
        found = None if row is None else self._decode_decision(row[0])
        if len(self._decisions) >= DECISIONS_HELD_MAX:
            self._decisions.clear()
        self._decisions[id_] = found
        return found

    def sums(
        self,
        by: tuple[str, ...] = (),
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[SumRow]:
        """Sums over `since ≤ started_at < until`, grouped `by` dimensions, largest cost first.

        By `clause`, a request stands in the group of each clause that decided it. Raises
        `KeyError` with a dimension that there is not. Reads every entry.
        """
        labels = [name.removeprefix(LABEL_PREFIX) for name in by if name.startswith(LABEL_PREFIX)]
        groups = [
            self._speech.label if name.startswith(LABEL_PREFIX) else self._dimension(name)
            for name in by
        ]
        source = " FROM entries JOIN classes USING (class)"
        if "clause" in by:
            source += " LEFT JOIN decision_clauses USING (decision)"
        where = " WHERE started_us >= ? AND started_us < ?"
        grouping = " GROUP BY " + ", ".join(str(n + 1) for n in range(len(by))) if by else ""
        # Every part is one of the constants above; what a user gave is bound, never spliced.
        query = "SELECT " + ", ".join([*groups, _SUMS]) + source + where + grouping
        bounds = (
            0 if since is None else us_of(since),
            2**63 - 1 if until is None else us_of(until),
        )
        rows = self._connection.execute(query, (*labels, *bounds)).fetchall()
        found = [_sum_row(by, row) for row in rows]
        return sorted(found, key=_largest_first)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _dimension(self, name: str) -> str:
        said = {"day": self._speech.day, "month": self._speech.month}
        said["provider"] = self._speech.provider
        return said.get(name) or DIMENSIONS[name]

    def _blocks_back(self) -> Iterator[tuple[str, bytes]]:
        """Worker and records of every block, from the newest; read twice as many at a time."""
        block, blocks_max = 2**63 - 1, 1
        while rows := self._connection.execute(
            "SELECT block, worker, records FROM blocks WHERE block < ? ORDER BY block DESC LIMIT ?",
            (block, blocks_max),
        ).fetchall():
            yield from ((worker, records) for _, worker, records in rows)
            block, blocks_max = rows[-1][0], min(2 * blocks_max, BLOCKS_AT_ONCE)

    def _entries(self, worker: str, records: bytes) -> list[LedgerEntry]:
        found: list[LedgerEntry] = []
        with readable():
            pairs = iter(self._decode(records))
        for intent, settlement in zip(pairs, pairs, strict=True):
            assert isinstance(intent, Intent), "a block begins with an intent"
            assert isinstance(settlement, Settlement), "an intent is followed by its settlement"
            decided = settlement.decision or intent.decision
            decision = None if decided is None else self.decision(decided)
            clauses = () if decision is None else decision.decision.clauses
            found.append(entry_of(intent, settlement, worker=worker, clauses=clauses))
        return found


def _label(labels: str, name: str) -> str | None:
    return msgspec.json.decode(labels, type=dict[str, str]).get(name)


def _sum_row(by: tuple[str, ...], row: tuple[str | int | None, ...]) -> SumRow:
    names, values = row[: len(by)], [int(v) if v is not None else None for v in row[len(by) :]]
    requests, input_tokens, output_tokens, *costs = values
    cost_high, cost_low, cost_unknown, charge_high, charge_low, charge_unknown = costs
    return SumRow(
        group={name: None if v is None else str(v) for name, v in zip(by, names, strict=True)},
        requests=requests or 0,
        input_tokens=input_tokens or 0,
        output_tokens=output_tokens or 0,
        cost_usd=_usd(cost_high, cost_low),
        cost_unknown=cost_unknown or 0,
        charge_usd=_usd(charge_high, charge_low),
        charge_unknown=charge_unknown or 0,
    )


def _largest_first(row: SumRow) -> tuple[Decimal, int, list[tuple[bool, str]]]:
    """What costs most comes first; what costs the same, by its names, whichever database asks."""
    names = [(name is not None, name or "") for name in row.group.values()]
    return -(row.cost_usd or Decimal(0)), -row.requests, names


def _usd(high: int | None, low: int | None) -> Decimal | None:
    if high is None or low is None:
        return None
    return Decimal(high * _SPLIT + low).scaleb(-PICO_DIGITS)


@contextmanager
def readable() -> Generator[None]:
    """Around the decoding of a block's records: raises `LedgerUnusable` where they are not what
    this version writes."""
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise LedgerUnusable(
            "a record of the ledger cannot be read: another version wrote it, or it is damaged;"
            " read it with that version, or restore the file"
        ) from None
