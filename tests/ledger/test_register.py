"""The register's lines: each follows from the one before, or none is believed."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.register import NOTHING, RegisterEntry, hash_of, line_of
from detente.configuration.located import LocatedErrors
from detente.ledger.register import head_of, read_register, whole_lines

FILE = "register.jsonl"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def register(count: int) -> bytes:
    """A file of that many entries."""
    data, previous = b"", NOTHING
    for number in range(count):
        entry = RegisterEntry(
            action="event_declared",
            name=f"e{number}",
            by="lab",
            at=AT,
            recorded_at=AT,
            previous=previous,
        )
        line = line_of(entry)
        data, previous = data + line + b"\n", hash_of(line)
    return data


def wrong(data: bytes) -> str:
    with pytest.raises(LocatedErrors) as raised:
        read_register(data, FILE)
    (error,) = raised.value.errors
    return str(error)


def test_entries_come_in_the_order_in_which_they_were_written() -> None:
    assert [entry.name for entry in read_register(register(3), FILE)] == ["e0", "e1", "e2"]
    assert read_register(b"", FILE) == ()


def test_the_head_is_what_the_next_entry_follows() -> None:
    assert head_of(b"") == NOTHING
    entries = read_register(register(3), FILE)
    assert head_of(register(2)) == entries[2].previous
    assert head_of(register(2) + b'{"cut') == entries[2].previous


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b'"e0"', b'"e9"', 2),
        (b'"e1"', b'"e9"', 3),
    ],
)
def test_a_line_that_was_changed(old: bytes, new: bytes, line: int) -> None:
    said = wrong(register(3).replace(old, new))
    assert said.startswith(f"{FILE}:{line}: does not follow from the line before")
    assert said.endswith("restore the file from a backup")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name":"e1"', b'"name": "e1"'),
        (b'"name":"e1"', b'"name":"e0","name":"e1"'),
        (b'"name":"e1"', b'"name":"e1","withdrawn":true'),
        (b"\n", b"\r\n"),
    ],
)
def test_a_last_line_that_nothing_here_would_write(old: bytes, new: bytes) -> None:
    first, last = register(2).splitlines(keepends=True)
    assert wrong(first + last.replace(old, new)).startswith(f"{FILE}:2: no entry of the register")


def test_a_line_that_was_left_out_or_moved() -> None:
    first, second, third = register(3).splitlines(keepends=True)
    assert wrong(first + third).startswith(f"{FILE}:2: does not follow")
    assert wrong(second + third).startswith(f"{FILE}:1: does not follow")
    assert wrong(first + third + second).startswith(f"{FILE}:2: does not follow")


def test_a_line_that_was_cut_off_names_the_cure() -> None:
    data = register(3)
    for length in (len(data) - 1, len(data) - 20):
        said = wrong(data[:length])
        assert said.startswith(f"{FILE}:3: the last line was cut off")
        assert "`--mend`" in said
        assert data[: whole_lines(data[:length])] == register(2)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"{}",
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000,
        b'{"action":"event_denied","name":"a","by":"b","at":"2026-01-01T00:00:00Z",'
        b'"recorded_at":"2026-01-01T00:00:00Z"}',
        b'{"action":"offer_opened","name":"a","by":"b","at":"2026-01-01T00:00:00Z",'
        b'"recorded_at":"2026-01-01T00:00:00Z"}',
        b'{"action":"offer_answered","name":"a","by":"b","at":"2026-01-01T00:00:00Z",'
        b'"recorded_at":"2026-01-01T00:00:00Z"}',
        b'{"action":"event_declared","name":"a","by":"b","at":"2026-01-02T00:00:00Z",'
        b'"recorded_at":"2026-01-01T00:00:00Z"}',
    ],
    ids=lambda line: line[:40].decode("latin-1") or "empty",
)
def test_what_is_no_entry(line: bytes) -> None:
    assert wrong(line + b"\n").startswith(f"{FILE}:1: no entry of the register")


@given(st.binary(max_size=200), st.integers(0, 3))
def test_arbitrary_bytes_are_entries_or_one_located_error(tail: bytes, count: int) -> None:
    data = register(count)
    try:
        entries = read_register(data + tail, FILE)
    except LocatedErrors:
        assert wrong(data + tail).startswith(f"{FILE}:")
    else:
        assert (tail, len(entries)) == (b"", count)


@given(st.integers(0, 1000), st.integers(1, 255))
def test_no_change_before_the_last_line_goes_unseen(place: int, flip: int) -> None:
    data = bytearray(register(4))
    before_last = data.rindex(b"\n", 0, -1)
    data[place % before_last] ^= flip
    with pytest.raises(LocatedErrors):
        read_register(bytes(data), FILE)


def test_every_action_can_be_read() -> None:
    base = RegisterEntry(action="event_verified", name="a", by="b", at=AT, recorded_at=AT)
    for entry in (
        base,
        msgspec.structs.replace(base, action="offer_opened", clause="a/b"),
        msgspec.structs.replace(base, action="offer_answered", answer="refused"),
    ):
        assert read_register(line_of(entry) + b"\n", FILE) == (entry,)
