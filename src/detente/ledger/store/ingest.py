"""From journals to the ledger: the step that its one writer repeats.

A step reads what workers appended since the last one, joins intents with settlements, and
commits entries, intents that are still open, and positions in one transaction. So a kill at
any point repeats or omits the whole step, never a part: every request has exactly one entry.
Intents of a worker that died settle as `interrupted`. Segments that are read to their end are
deleted after the commit.

>>> ingest = Ingest(ledger, folder)
>>> ingest.step().entries
2
"""

from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.journal import DecisionRecord, Intent, JournalRecord, Settlement
from detente.ledger.entries import interrupted
from detente.ledger.failures import JournalFormatError
from detente.ledger.store.database import Batch, Ledger, Row
from detente.ledger.store.segment import SegmentName, SegmentReader, segments_of

RECORDS_MAX: Final = 20_000
"""Records in one step: bounds its memory (about 20 MB) and the length of its transaction."""

PICO_DIGITS: Final = 12
INT64_MAX: Final = 2**63 - 1


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did.

    `entries` were added, `interrupted` of them for workers that died; `open` intents wait for
    their settlement. `orphans` are settlements without intent: always 0 unless a worker is
    wrong, and then kept beside the entries. `unreadable` holds a sentence for each file that
    is no segment of this format. `more` says that the step stopped at its bound
    and the next should follow at once.
    """

    records: int = 0
    entries: int = 0
    interrupted: int = 0
    open: int = 0
    orphans: int = 0
    segments_deleted: int = 0
    unreadable: tuple[str, ...] = ()
    more: bool = False


class _Open(msgspec.Struct, gc=False):
    """An intent without settlement, and whose it is."""

    owner: str
    intent: Intent
    payload: bytes


class Ingest:
    """Moves the journals of one folder into one ledger; one instance, one thread."""

    def __init__(self, ledger: Ledger, folder: Path, *, records_max: int = RECORDS_MAX) -> None:
        self._ledger = ledger
        self._folder = folder
        self._records_max = records_max
        self._positions = ledger.positions()
        self._readers: dict[SegmentName, SegmentReader] = {}
        self._open: dict[str, dict[str, _Open]] = {}
        decode = msgspec.msgpack.Decoder(Intent).decode
        for id_, owner, payload in ledger.open_intents():
            self._open.setdefault(owner, {})[id_] = _Open(owner, decode(payload), payload)

    def step(self) -> IngestReport:
        """Reads, commits and clears up once; call again every 50 ms, at once when `more`.

        Raises `sqlite3.Error` where the ledger's disk fails; this instance is then to be
        closed and replaced by a new one, which starts from what was committed.
        """
        joining = _Joining(self._open, self._records_max)
        segments = segments_of(self._folder) if self._folder.is_dir() else {}
        finished: list[SegmentName] = []
        unreadable: list[str] = []
        alive: set[str] = set()
        for name, path in segments.items():
            if name.owner in alive:
                continue  # valid only once the segment before it has ended
            reader = self._reader(name, path, unreadable)
            if reader is None:
                continue
            joining.read(reader)
            if reader.end == "open":
                alive.add(name.owner)
            else:
                finished.append(name)
        joining.interrupt(alive | self._going_on(segments))
        added = self._commit(joining, segments)
        for name in finished:
            self._readers.pop(name).close()
            segments[name].unlink(missing_ok=True)
        return joining.report(added, len(finished), tuple(unreadable))

    def close(self) -> None:
        """Gives the segments back; the ledger stays open."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _reader(self, name: SegmentName, path: Path, unreadable: list[str]) -> SegmentReader | None:
        reader = self._readers.get(name)
        if reader is None:
            try:
                reader = SegmentReader(path, name, self._positions.get(path.name, 0))
            except JournalFormatError as error:
                unreadable.append(str(error))
                return None
            except FileNotFoundError:  # prepared, and discarded when its writer closed
                return None
            self._readers[name] = reader
        return reader

    def _going_on(self, segments: dict[SegmentName, Path]) -> set[str]:
        """Owners whose last segment here ended by rotation: the next was not listed yet."""
        last = {name.owner: name for name in segments}
        readers = ((owner, self._readers.get(name)) for owner, name in last.items())
        return {owner for owner, reader in readers if reader and reader.end == "rotated"}

    def _commit(self, joining: "_Joining", segments: dict[SegmentName, Path]) -> int:
        moved = {
            segments[name].name: reader.offset
            for name, reader in self._readers.items()
            if name in segments and reader.offset != self._positions.get(segments[name].name)
        }
        present = {path.name for path in segments.values()}
        gone = [name for name in self._positions if name not in present]
        batch = joining.batch
        added = 0
        if moved or gone or batch.entries:
            added = self._ledger.commit(batch, moved, gone)
        self._positions.update(moved)
        for name in gone:
            del self._positions[name]
        for item in joining.fresh.values():
            self._open.setdefault(item.owner, {})[item.intent.id] = item
        return added


class _Joining:
    """One step's records on their way to rows. `open_` is what earlier steps left open."""

    def __init__(self, open_: dict[str, dict[str, _Open]], records_max: int) -> None:
        self.batch = Batch()
        self.fresh: dict[str, _Open] = {}
        self._open = open_
        self._records_max = records_max
        self._records = 0
        self._interrupted = 0
        self._decode = msgspec.msgpack.Decoder(JournalRecord).decode
        self._encode = msgspec.msgpack.Encoder().encode

    def read(self, reader: SegmentReader) -> None:
        """Takes what a segment has, up to the step's bound."""
        owner, worker = reader.name.owner, reader.name.worker
        decode, fresh = self._decode, self.fresh
        records = 0
        for payload in reader.read(self._records_max - self._records):
            records += 1
            match decode(payload):
                case Intent() as intent:
                    fresh[intent.id] = _Open(owner, intent, payload)
                case Settlement() as settlement:
                    self._settle(owner, worker, settlement, payload)
                case DecisionRecord() as decision:
                    self._decide(decision, payload)
        self._records += records

    def interrupt(self, alive: set[str]) -> None:
        """Ends what is open of owners that are not alive, and leaves the rest open."""
        for owner in [owner for owner in self._open if owner not in alive]:
            for item in self._open.pop(owner).values():
                self.batch.settled.append((item.intent.id,))
                self._end(item)
        for item in [item for item in self.fresh.values() if item.owner not in alive]:
            del self.fresh[item.intent.id]
            self._end(item)
        self.batch.opened.extend(
            (item.intent.id, item.owner, item.payload) for item in self.fresh.values()
        )

    def report(
        self, added: int, segments_deleted: int, unreadable: tuple[str, ...]
    ) -> IngestReport:
        """The step in numbers, once it is committed."""
        return IngestReport(
            records=self._records,
            entries=added,
            interrupted=self._interrupted,
            open=sum(len(items) for items in self._open.values()),
            orphans=len(self.batch.orphans),
            segments_deleted=segments_deleted,
            unreadable=unreadable,
            more=self._records >= self._records_max,
        )

    def _settle(self, owner: str, worker: str, settlement: Settlement, payload: bytes) -> None:
        id_ = settlement.id
        item = self.fresh.pop(id_, None)
        if item is None:
            item = self._open.get(owner, {}).pop(id_, None)
            if item is None:
                self.batch.orphans.append((id_, worker, payload))
                return
            self.batch.settled.append((id_,))
        self.batch.entries.append(_row(item.intent, item.payload, settlement, payload, worker))

    def _decide(self, record: DecisionRecord, payload: bytes) -> None:
        self.batch.decisions.append((record.id, record.decision.outcome, payload))
        self.batch.clauses.extend((clause, record.id) for clause in record.decision.clauses)

    def _end(self, item: _Open) -> None:
        settlement = interrupted(item.intent)
        worker = item.owner.rsplit("-", 1)[0]
        payload = self._encode(settlement)
        self.batch.entries.append(_row(item.intent, item.payload, settlement, payload, worker))
        self._interrupted += 1


def _row(intent: Intent, asked: bytes, settlement: Settlement, settled: bytes, worker: str) -> Row:
    """The columns of one entry, in the order of the table."""
    usage, cost, charge = settlement.usage, settlement.cost_usd, settlement.charge_usd
    return (
        intent.id,
        intent.started_us,
        settlement.outcome,
        settlement.status,
        intent.rehearsed,
        intent.key,
        intent.project,
        intent.model,
        settlement.deployment,
        settlement.decision or intent.decision,
        None if usage is None else usage.input_tokens,
        None if usage is None else usage.output_tokens,
        None if cost is None else _pico_usd(cost),
        None if charge is None else _pico_usd(charge),
        worker,
        asked,
        settled,
    )


def _pico_usd(amount_usd: Decimal) -> int | None:
    """Picodollars; None beyond 9.2 million dollars a request, which SQLite cannot hold."""
    pico = int(amount_usd.scaleb(PICO_DIGITS))
    return pico if abs(pico) <= INT64_MAX else None
