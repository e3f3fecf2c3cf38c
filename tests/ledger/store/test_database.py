"""One writer, all of a batch or nothing of it, and a clear word where a file is not ours."""

import sqlite3
from pathlib import Path

import pytest

from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.batch import Batch
from detente.ledger.store.database import PAGE_BYTES, Ledger, connect
from detente.ledger.store.reading import LedgerReader
from tests.ledger.records import START_US


def opened(path: Path) -> Ledger:
    return Ledger.open(path, now_us=START_US)


def test_two_writers_on_one_ledger_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    first = opened(path)
    with pytest.raises(LedgerUnusable, match="written by another process; stop that one"):
        opened(path)
    first.close()
    opened(path).close()


def test_a_batch_that_fails_changes_nothing(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger.sqlite3")
    bad = Batch(positions=[("s", 1)], blocks=[(1, "w", 0, 0, None)])
    with pytest.raises(sqlite3.IntegrityError):
        ledger.commit(bad)
    assert ledger.positions() == {}
    assert ledger.commit(Batch(positions=[("s", 1)])) == 0
    assert ledger.commit(Batch(positions=[("s", 2)])) == 0
    assert ledger.positions() == {"s": 2}
    ledger.commit(Batch(gone=[("s",)]))
    assert ledger.positions() == {}
    ledger.close()


def test_the_file_is_written_through_to_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    seen: list[str | int] = []

    def watched(file: Path) -> sqlite3.Connection:
        connection = connect(file)
        seen.append(connection.execute("PRAGMA journal_mode").fetchone()[0])
        seen.append(connection.execute("PRAGMA synchronous").fetchone()[0])
        return connection

    Ledger.open(path, now_us=START_US, connect=watched).close()
    assert seen == ["wal", 2]


def test_a_new_file_has_large_pages_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "old.sqlite3")
    old.execute("PRAGMA page_size = 4096")
    old.execute("CREATE TABLE other (x)")
    old.close()
    for name, page_bytes in (("old.sqlite3", 4096), ("new.sqlite3", PAGE_BYTES)):
        opened(tmp_path / name).close()
        connection = sqlite3.connect(tmp_path / name)
        assert connection.execute("PRAGMA page_size").fetchone() == (page_bytes,)
        connection.close()


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "state" / "ledger.sqlite3")
    ledger.commit(Batch(positions=[("s", 1)]))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    assert modes == {f"ledger.sqlite3{suffix}": 0o600 for suffix in ("", "-shm", "-wal", ".lock")}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    LedgerReader.open(tmp_path / "state" / "ledger.sqlite3").close()
    ledger.close()


@pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 100])
def test_every_entry_of_a_batch_is_added_and_counted(tmp_path: Path, count: int) -> None:
    ledger = opened(tmp_path / "ledger.sqlite3")
    rows = [(n, 1, n, 1, 7, None, None, None, None) for n in range(count)]
    values = [value for row in [*rows, *rows[:40]] for value in row]
    assert ledger.commit(Batch(entries=values)) == count
    ledger.close()
    connection = sqlite3.connect(tmp_path / "ledger.sqlite3")
    assert connection.execute("SELECT * FROM entries ORDER BY entry").fetchall() == rows
    connection.close()


def test_the_same_id_is_entered_once(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger.sqlite3")
    row = (1, 0, 1, 7, None, None, None, None)
    batch = Batch(
        prefixes=[(1, "req_0123456789abcdef")],
        entries=[(1 << 32) + 0xA, *row] * 2,
        other_ids=[("other",)] * 2,
        others=[(*row, "other")] * 2,
    )
    assert ledger.commit(batch) == 2
    batch.prefixes.clear()
    assert ledger.commit(batch) == 0
    assert ledger.prefixes() == {b"req_0123456789abcdef": 1}
    ledger.close()


def test_a_file_that_is_no_ledger_is_refused_and_not_locked(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"this is not a database, and long enough to be read as one" * 20)
    for _ in range(2):
        with pytest.raises(LedgerUnusable, match="restore it from a backup"):
            opened(path)


def test_classes_come_back_as_they_were(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger.sqlite3")
    key = ("answered", 200, True, "k", None, (("a", '"; DROP TABLE'), ("b", "é")), "m", None, "d")
    labels = '{"b":"é","a":"\\"; DROP TABLE"}'
    ledger.commit(Batch(classes=[(7, *key[:5], labels, *key[6:])]))
    assert ledger.classes() == {key: 7}
    ledger.close()
