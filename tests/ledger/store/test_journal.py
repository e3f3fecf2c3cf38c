"""What `append` has returned from is there after a kill, and a full disk refuses in time."""

import errno
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from detente.canonical.journal import JournalRecord
from detente.ledger.failures import JournalFull, RecordTooLarge
from detente.ledger.store.journal import FULL_RETRY_US, JournalWriter
from detente.ledger.store.segment import SegmentReader, journal_bytes, segments_of
from tests.ledger.records import SEGMENT_BYTES, START_US, intent, journal, settlement

ALL = 1_000_000


def ids_in(folder: Path) -> tuple[list[str], list[str]]:
    """The ids of all records in a folder, and how each segment ended."""
    found: list[str] = []
    ends: list[str] = []
    for name, path in segments_of(folder).items():
        reader = SegmentReader(path, name)
        found += [
            msgspec.msgpack.decode(payload)[1]
            for payloads in reader.read(ALL)
            for payload in payloads
        ]
        ends.append(reader.end)
        reader.close()
    return found, ends


def test_records_cross_segments_in_order(tmp_path: Path) -> None:
    writer = journal(tmp_path)
    for n in range(1_000):
        writer.append(intent(f"r{n}"))
    found, ends = ids_in(tmp_path)
    assert found == [f"r{n}" for n in range(1_000)]
    assert ends == ["rotated"] * (len(ends) - 2) + ["open", "open"]
    writer.close()
    assert ids_in(tmp_path)[1][-1] == "closed"


def test_the_next_segment_is_always_there_and_discarded_at_the_end(tmp_path: Path) -> None:
    writer = journal(tmp_path)
    assert journal_bytes(tmp_path) == 2 * SEGMENT_BYTES
    writer.append(intent("r"))
    writer.close()
    assert [name.seq for name in segments_of(tmp_path)] == [0]


def refused_after(writer: JournalWriter, append: Callable[[str], JournalRecord]) -> list[str]:
    """Appends until the journal is full; the ids that it took."""
    taken: list[str] = []
    while True:
        try:
            writer.append(append(f"r{len(taken)}"))
        except JournalFull:
            return taken
        taken.append(f"r{len(taken)}")


def test_a_full_journal_refuses_intents_and_settles_all_it_took(tmp_path: Path) -> None:
    now_us = START_US
    writer = journal(tmp_path, bytes_max=3 * SEGMENT_BYTES, now_us=lambda: now_us)
    asked = refused_after(writer, intent)
    assert len(asked) > 300
    with pytest.raises(JournalFull, match=r"`ledger\.journal_bytes_max`"):
        writer.append(intent("refused"))
    settled = asked[-100:]
    for id_ in settled:
        writer.append(settlement(id_))
    assert ids_in(tmp_path)[0] == asked + settled
    # It holds even where more settles than there was room for: it refuses, it never tears.
    more = refused_after(writer, settlement)
    assert ids_in(tmp_path)[0] == asked + settled + more
    # Once there is room it goes on, but it does not look at every refusal.
    for path in list(segments_of(tmp_path).values())[:2]:
        path.unlink()
    writer.prepare()
    assert refused_after(writer, intent) == []
    now_us += FULL_RETRY_US
    writer.prepare()
    for n in range(400):
        writer.append(settlement(f"later{n}"))
    assert ids_in(tmp_path)[0][-400:] == [f"later{n}" for n in range(400)]
    writer.close()


def test_a_journal_without_room_for_two_segments_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(JournalFull):
        journal(tmp_path, bytes_max=2 * SEGMENT_BYTES - 1)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_refusal_that_leaves_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_fd: int, _offset: int, _size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(JournalFull, match="No space left"):
        journal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_record_larger_than_a_segment_is_refused(tmp_path: Path) -> None:
    writer = journal(tmp_path)
    with pytest.raises(RecordTooLarge, match="segment_bytes"):
        writer.append(intent("r", project="x" * SEGMENT_BYTES))
    writer.append(intent("r"))
    assert ids_in(tmp_path)[0] == ["r"]
    writer.close()


@pytest.mark.parametrize("worker", ["", "x" * 41, "a/b"])
def test_a_worker_needs_a_name_that_fits_a_file(tmp_path: Path, worker: str) -> None:
    with pytest.raises(ValueError, match="worker name"):
        journal(tmp_path, worker)


def test_what_a_dead_worker_was_preparing_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "w0-1p1-00000003.preparing"
    left.write_bytes(bytes(100))
    other = tmp_path / "w1-1p1-00000003.preparing"
    other.write_bytes(bytes(100))
    writer = journal(tmp_path)
    assert (left.exists(), other.exists()) == (False, True)
    assert journal_bytes(tmp_path) == 2 * SEGMENT_BYTES + 100
    writer.close()


@pytest.mark.parametrize("seed", range(30))
def test_a_kill_loses_nothing_that_was_appended(tmp_path: Path, seed: int) -> None:
    kill_after = random.Random(seed).randint(1, 700)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # the worker: appends, and says so one byte a record
        try:
            os.close(reader)
            child = journal(tmp_path)
            for n in range(5_000):
                child.append(intent(f"r{n}"))
                os.write(writer, b".")
        finally:
            os._exit(1)
    os.close(writer)
    acknowledged = 0
    while acknowledged < kill_after and (got := len(os.read(reader, 64))):
        acknowledged += got
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while got := len(os.read(reader, 4096)):
        acknowledged += got
    os.close(reader)
    found, ends = ids_in(tmp_path)
    assert acknowledged >= kill_after
    assert found == [f"r{n}" for n in range(len(found))]
    assert acknowledged <= len(found) <= acknowledged + 1
    assert ends[-1] == "dead"
    assert set(ends) <= {"rotated", "dead"}
