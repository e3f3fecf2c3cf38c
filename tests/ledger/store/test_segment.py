"""A segment shows what is whole and nothing else, wherever its writer was cut off."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.ledger.failures import JournalFormatError
from detente.ledger.store import segment
from detente.ledger.store.segment import (
    FRAME,
    HEADER,
    SegmentReader,
    journal_bytes,
    name_of,
    parse_name,
    segments_of,
)
from detente.ledger.store.segment_name import SegmentName
from tests.ledger.records import SEGMENT_BYTES, intent, journal

ALL = 1_000_000


def opened(folder: Path) -> SegmentReader:
    name, path = next(iter(segments_of(folder).items()))
    return SegmentReader(path, name)


def taken(reader: SegmentReader, records_max: int) -> list[bytes]:
    return [payload for payloads in reader.read(records_max) for payload in payloads]


def ids(payloads: list[bytes]) -> list[str]:
    return [msgspec.msgpack.decode(payload)[1] for payload in payloads]


@given(st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True), st.integers(0, 10**9))
def test_names_are_read_as_they_were_written(worker: str, seq: int) -> None:
    found = parse_name(name_of(worker, "12p3", seq))
    assert found == SegmentName(worker=worker, incarnation="12p3", seq=seq)


@pytest.mark.parametrize("name", ["x", "a-b-c.journal", "w-1-00000001.preparing", "1.journal"])
def test_other_files_are_not_segments(name: str) -> None:
    assert parse_name(name) is None


def test_a_live_segment_is_open_and_shows_what_is_there(tmp_path: Path) -> None:
    writer = journal(tmp_path)
    reader = opened(tmp_path)
    assert taken(reader, ALL) == []
    writer.append(intent("r1"))
    writer.append(intent("r2"))
    assert ids(taken(reader, ALL)) == ["r1", "r2"]
    writer.append(intent("r3"))
    assert ids(taken(reader, ALL)) == ["r3"]
    assert reader.end == "open"
    writer.close()
    assert taken(reader, ALL) == []
    assert reader.end == "closed"


def test_reading_stops_at_its_bound_and_goes_on_there(tmp_path: Path) -> None:
    writer = journal(tmp_path)
    for n in range(5):
        writer.append(intent(f"r{n}"))
    reader = opened(tmp_path)
    assert [ids(taken(reader, 2)) for _ in range(3)] == [["r0", "r1"], ["r2", "r3"], ["r4"]]
    assert taken(reader, 0) == []
    writer.close()


def test_a_torn_tail_is_no_record_at_any_cut(tmp_path: Path) -> None:
    writer = journal(tmp_path / "whole")
    writer.append(intent("r1"))
    first = opened(tmp_path / "whole")
    taken(first, ALL)
    start = first.offset
    writer.append(intent("r2"))
    taken(first, ALL)
    end = first.offset
    path = first.path
    whole = path.read_bytes()
    # As the writer copies: payload first, then the frame's head.
    payload, head = range(start + FRAME.size, end), range(start, start + FRAME.size)
    torn = bytearray(whole)
    torn[start:end] = bytes(end - start)
    for at in [*payload, *head][:-1]:
        torn[at] = whole[at]
        path.write_bytes(torn)
        reader = SegmentReader(path, first.name)
        assert ids(taken(reader, ALL)) == ["r1"], at
        reader.close()
    writer.close()


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(9, 300), st.integers(1, 5))
def test_records_are_the_same_in_chunks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], chunk_bytes: int, records_max: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    writer = journal(folder)
    wanted = [f"r{n}" + "x" * size for n, size in enumerate(sizes)]
    for id_ in wanted:
        writer.append(intent(id_))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "CHUNK_BYTES", chunk_bytes)
        reader = opened(folder)
        found: list[str] = []
        while got := ids(taken(reader, records_max)):
            found += got
        assert (found, reader.end) == (wanted, "open")
        writer.close()
        assert taken(reader, ALL) == []
        assert reader.end == "closed"
        reader.close()


@pytest.mark.parametrize("length", [1_000, SEGMENT_BYTES - 1, SEGMENT_BYTES, 0xFFFFFFFD])
def test_a_length_that_promises_too_much_ends_reading(tmp_path: Path, length: int) -> None:
    writer = journal(tmp_path)
    writer.append(intent("r1"))
    reader = opened(tmp_path)
    taken(reader, ALL)
    with reader.path.open("r+b") as file:
        file.seek(reader.offset)
        file.write(FRAME.pack(length, 7))
    assert (taken(reader, ALL), reader.end) == ([], "open")
    reader.path.write_bytes(reader.path.read_bytes()[: reader.offset + 100])  # cut behind its back
    assert (taken(reader, ALL), reader.end) == ([], "open")
    reader.close()
    writer.close()


@pytest.mark.parametrize(
    "content", [b"", b"short", bytes(HEADER.size), HEADER.pack(b"DTNTJRNL", 99, 1, 1, b"w0")]
)
def test_what_is_no_segment_of_this_format_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / name_of("w0", "1p1", 0)
    path.write_bytes(content)
    with pytest.raises(JournalFormatError, match="move it out"):
        opened(tmp_path)


def test_bytes_are_those_of_segments_only(tmp_path: Path) -> None:
    writer = journal(tmp_path)
    (tmp_path / "note.txt").write_bytes(bytes(100))
    assert journal_bytes(tmp_path) == 2 * SEGMENT_BYTES
    writer.close()
