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

from collections import Counter
from pathlib import Path
from typing import Final, cast

import msgspec

from detente.ledger.failures import JournalFormatError
from detente.ledger.store.batch import (
    CLASS_COLUMN,
    ENTRY_COLUMNS,
    Batch,
    Class,
    Findings,
)
from detente.ledger.store.interface import LedgerStore
from detente.ledger.store.joining import Joining
from detente.ledger.store.known import Known
from detente.ledger.store.segment import SegmentReader, segments_of
from detente.ledger.store.segment_name import SegmentName

RECORDS_MAX: Final = 20_000
"""Records in one step: bounds its memory (about 20 MB) and the length of its transaction."""


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did.

    `entries` were added, `interrupted` of them for workers that died; `open` intents wait for
    their settlement. `orphans` are settlements without intent: always 0 unless a worker is
    wrong, and then kept beside the entries. `unreadable` holds a sentence for each file that
    is no segment of this format, the first time that it is met. `ended` are the owners of whom
    nothing more will come. `spent` are the accounts of which something was spent. `more` says that
    the step stopped at its bound and the next should follow at once. `classes` is how many entries
    of each class the step took in, with the class's number in this ledger; `findings` is what
    guardrails found in them.
    """

    records: int = 0
    entries: int = 0
    interrupted: int = 0
    open: int = 0
    orphans: int = 0
    segments_deleted: int = 0
    ended: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    more: bool = False
    classes: tuple[tuple[int, Class, int], ...] = ()
    findings: Findings = {}


class Ingest:
    """Moves the journals of one folder into one ledger; one instance, one thread."""

    def __init__(
        self, ledger: LedgerStore, folder: Path, *, records_max: int = RECORDS_MAX
    ) -> None:
        self._ledger = ledger
        self._folder = folder
        self._records_max = records_max
        self._readers: dict[SegmentName, SegmentReader] = {}
        self._unreadable: set[SegmentName] = set()
        self._positions = ledger.positions()
        numbers = ledger.numbers()
        self._known = Known(
            classes=ledger.classes(),
            prefixes=ledger.prefixes(),
            next_class=numbers.classes,
            next_prefix=numbers.prefixes,
            prefixes_end=numbers.prefixes_end,
            next_block=numbers.block,
        )
        self._class_of: dict[int, Class] = {}
        for id_, owner, payload in ledger.open_intents():
            self._known.open.setdefault(owner, {})[id_.encode()] = payload

    def step(self) -> IngestReport:
        """Reads, commits and clears up once; call again every 200 ms, at once when `more`.

        Raises `sqlite3.Error` or `LedgerUnavailable` where the ledger fails; this instance is then
        to be closed and replaced by a new one, which starts from what was committed.
        """
        joining = Joining(self._known)
        segments = segments_of(self._folder) if self._folder.is_dir() else {}
        finished: list[SegmentName] = []
        unreadable: list[str] = []
        alive: set[str] = set()
        for name, path in segments.items():
            if name.owner in alive:
                continue  # to be read only once the segment before it has ended
            reader = self._reader(name, path, unreadable)
            if reader is None:
                continue
            for payloads in reader.read(self._records_max - joining.records):
                joining.take(name.owner, payloads)
            joining.end_block(name.owner)
            if reader.end == "open":
                alive.add(name.owner)
            else:
                finished.append(name)
        alive |= self._going_on(segments)
        ended = tuple(sorted({name.owner for name in finished} - alive))
        joining.batch.ended.extend((owner,) for owner in ended)
        joining.finish(alive)
        added = self._commit(joining, segments)
        for name in finished:
            self._readers.pop(name).close()
            segments[name].unlink(missing_ok=True)
        return IngestReport(
            records=joining.records,
            entries=added,
            interrupted=joining.interrupted,
            open=sum(len(items) for items in self._known.open.values()),
            orphans=len(joining.batch.orphans),
            segments_deleted=len(finished),
            unreadable=tuple(unreadable),
            ended=ended,
            spent=tuple({account for account, _ in joining.batch.spends}),
            more=joining.records >= self._records_max,
            classes=self._counted(joining.batch),
            findings=joining.batch.findings,
        )

    def close(self) -> None:
        """Gives the segments back; the ledger stays open."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _reader(self, name: SegmentName, path: Path, unreadable: list[str]) -> SegmentReader | None:
        reader = self._readers.get(name)
        if reader is None and name not in self._unreadable:
            try:
                reader = SegmentReader(path, name, self._positions.get(path.name, 0))
            except JournalFormatError as error:
                self._unreadable.add(name)
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

    def _counted(self, batch: Batch) -> tuple[tuple[int, Class, int], ...]:
        numbers: Counter[int] = Counter()
        numbers.update(cast("list[int]", batch.entries[CLASS_COLUMN::ENTRY_COLUMNS]))
        if batch.others:  # without a number in front
            numbers.update(cast("int", row[CLASS_COLUMN - 1]) for row in batch.others)
        if not numbers.keys() <= self._class_of.keys():
            self._class_of = {number: one for one, number in self._known.classes.items()}
        class_of = self._class_of
        return tuple([(number, class_of[number], count) for number, count in numbers.items()])

    def _commit(self, joining: Joining, segments: dict[SegmentName, Path]) -> int:
        batch, positions = joining.batch, self._positions
        for name, reader in self._readers.items():
            file = reader.path.name
            if name in segments and reader.offset != positions.get(file):
                positions[file] = reader.offset
                batch.positions.append((file, reader.offset))
        present = {path.name for path in segments.values()}
        for file in [file for file in positions if file not in present]:
            del positions[file]
            batch.gone.append((file,))
        if batch.positions or batch.gone or batch.entries or batch.others or batch.ended:
            return self._ledger.commit(batch)
        return 0
