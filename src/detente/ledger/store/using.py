"""Sums a ledger into what was used, by class and span of time; and what came since the last look.

One pass over all entries, some seconds for ten million; who keeps looking reads only new blocks
(`since`). Rehearsed requests are not use: they went to simulators. Reads, never writes.

>>> reader = UseReader.open(Path("state/ledger.sqlite3"))
>>> reader.uses((day("2026-01-01"),), until=day("2026-02-01"))[1].cost_usd
Decimal('12.500000000000')
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from detente.canonical.model import Interface
from detente.canonical.price import PICO_DIGITS
from detente.canonical.question import labels_of
from detente.ledger.entries import us_of
from detente.ledger.store.block_uses import BlockUses
from detente.ledger.store.interface import Reading, Speech
from detente.ledger.store.reading import SQLITE, LedgerReader, readable
from detente.ledger.uses import Use, UseClass, Used, spans

_SPLIT: Final = 1_000_000
_STEPS_BETWEEN: Final = 1_000_000
"""Of SQLite's machine: some 20 ms."""
_NEVER_US: Final = 2**63 - 1
_SUMS: Final = """
    count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cost_pico_usd / 1000000), 0), coalesce(sum(cost_pico_usd % 1000000), 0),
    count(*) FILTER (WHERE cost_pico_usd IS NULL AND input_tokens IS NOT NULL),
    coalesce(sum(charge_pico_usd / 1000000), 0), coalesce(sum(charge_pico_usd % 1000000), 0),
    count(*) FILTER (WHERE charge_pico_usd IS NULL AND input_tokens IS NOT NULL)
"""
"""Costs are summed in two halves, as in `reading`."""
_SOURCE: Final = (
    " FROM entries WHERE entry BETWEEN ? AND ? AND started_us < ? AND block <= ? GROUP BY 1, 2"
)
ENTRIES_AT_ONCE: Final = 20_000
"""SQLite sorts what it groups: in one go, ten million take five times as long."""


class UseReader(LedgerReader):
    """A ledger open for sums of use; use `UseReader.open`."""

    def __init__(self, connection: Reading, speech: Speech = SQLITE) -> None:
        super().__init__(connection, speech)
        self._block_uses = BlockUses()

    def began_us(self) -> int | None:
        """About when the first request started (of the first block), None in an empty ledger."""
        row: tuple[int] | None = self._connection.execute(
            "SELECT earliest_us FROM blocks ORDER BY block LIMIT 1"
        ).fetchone()
        return None if row is None else row[0]

    def uses(
        self,
        cuts: Sequence[datetime] = (),
        *,
        until: datetime | None = None,
        interfaces: bool = False,
        last_block: int | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> list[Use]:
        """Use by class, in the spans between `cuts`; nothing that started at `until` or later.

        `interfaces` has each class's interface looked up, which needs its decision. Entries of
        blocks after `last_block` are left out. Reads every entry; `told` hears how many of how
        many were read.
        """
        edges = sorted(set(cuts))
        bounds = [us_of(edge) for edge in edges]
        names: list[int] = []
        # Every part is a constant or a place for a value that is bound, never spliced.
        columns = ", ".join(["class", _span(bounds, names), _SUMS])
        query = "SELECT " + columns + _SOURCE
        last = self.last_block() if last_block is None else last_block
        ends = (_NEVER_US if until is None else us_of(until), last)
        classes = self._classes(interfaces=interfaces)
        sums: dict[tuple[UseClass, int], list[int]] = {}
        for first, end in self._chunks(told):
            for row in self._connection.execute(query, (*names, first, end, *ends)):
                _add(sums, classes, row)
        between = spans(edges)
        return [_use(of, *between[place], values) for (of, place), values in sums.items()]

    def _chunks(self, told: Callable[[int, int], None] | None) -> Iterator[tuple[int, int]]:
        """Ranges of entries, so small that each is sorted in memory, and no lock is held long."""
        found: tuple[int] = self._connection.execute("SELECT count(*) FROM entries").fetchone()
        done, last = 0, -_NEVER_US
        while True:
            row: tuple[int | None] = self._connection.execute(
                "SELECT min(entry) FROM entries WHERE entry > ?", (last,)
            ).fetchone()
            if row[0] is None:
                return
            last = row[0] + ENTRIES_AT_ONCE - 1
            yield row[0], last
            done += ENTRIES_AT_ONCE
            if told is not None:
                told(min(done, found[0]), found[0])

    def stop_when(self, told: Callable[[], bool]) -> None:
        """Asks `told` now and then while reading a file; where it is so, reading ends with
        `sqlite3.OperationalError`. A database server is asked for little at a time anyway."""
        if isinstance(self._connection, sqlite3.Connection):
            self._connection.set_progress_handler(told, _STEPS_BETWEEN)

    def since(self, block: int, blocks_max: int) -> tuple[list[Used], int]:
        """The use in at most `blocks_max` blocks after `block`, and the last of these.

        Raises `LedgerUnusable` where a record cannot be read.
        """
        found: list[Used] = []
        last = block
        rows = self._connection.execute(
            "SELECT block, records FROM blocks WHERE block > ? ORDER BY block LIMIT ?",
            (block, blocks_max),
        )
        for number, records in rows:
            with readable():
                found += self._block_uses.of(records)
            last = number
        return found, last

    def _classes(self, *, interfaces: bool) -> dict[int, tuple[UseClass, bool]]:
        """What use a class is, by its number, and whether it was answered; no use is left out."""
        rows = self._connection.execute(
            "SELECT class, outcome = 'answered', project, labels, model, deployment, decision"
            " FROM classes WHERE deployment IS NOT NULL AND model IS NOT NULL AND rehearsed = 0"
        )
        known: dict[str | None, Interface | None] = {None: None}
        found: dict[int, tuple[UseClass, bool]] = {}
        for number, answered, project, labels, model, deployment, decision in rows:
            if interfaces and decision not in known:
                record = self.decision(decision)
                known[decision] = None if record is None else record.question.interface
            use_class = UseClass(
                deployment=deployment,
                model=model,
                project=project,
                labels=labels_of(msgspec.json.decode(labels, type=dict[str, str])),
                interface=known[decision] if interfaces else None,
            )
            found[number] = (use_class, bool(answered))
        return found


def _span(bounds: Sequence[int], names: list[int], first: int = 0) -> str:
    """In which span a request started, as SQL: a search by halves; appends what is to be bound."""
    if not bounds:
        return str(first)
    middle = len(bounds) // 2
    names.append(bounds[middle])
    before = _span(bounds[:middle], names, first)
    after = _span(bounds[middle + 1 :], names, first + middle + 1)
    return f"CASE WHEN started_us < ? THEN {before} ELSE {after} END"


def _add(
    sums: dict[tuple[UseClass, int], list[int]],
    classes: Mapping[int, tuple[UseClass, bool]],
    row: tuple[int, ...],
) -> None:
    """Adds a row of one class in one span to the sums of its use."""
    number, place, requests, *values = row
    found = classes.get(number)
    if found is None:
        return
    of, answered = found
    added = (requests if answered else 0, *values)
    held = sums.get((of, place))
    sums[of, place] = (
        list(added) if held is None else [a + b for a, b in zip(held, added, strict=True)]
    )


def _use(
    of: UseClass, since: datetime | None, until: datetime | None, values: Sequence[int]
) -> Use:
    requests, inputs, outputs, cost_high, cost_low, cost_unknown, *charges = values
    charge_high, charge_low, charge_unknown = charges
    return Use(
        of=of,
        since=since,
        until=until,
        requests=requests,
        input_tokens=inputs,
        output_tokens=outputs,
        cost_usd=_usd(cost_high, cost_low),
        cost_unknown=cost_unknown,
        charge_usd=_usd(charge_high, charge_low),
        charge_unknown=charge_unknown,
    )


def _usd(high: int, low: int) -> Decimal:
    return Decimal(high * _SPLIT + low).scaleb(-PICO_DIGITS)
