"""Server-sent events one by one: every split of a stream gives the same ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.dialects._framing.sse_events import EventCutter, NamedData


def cut(*pieces: bytes) -> list[NamedData]:
    cutter = EventCutter()
    found: list[NamedData] = []
    for piece in pieces:
        found += cutter.feed(piece)
    return found + cutter.close()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"", []),
        (b"\n\n\n\n", []),
        (b"data: a\n\n", [(b"", b"a")]),
        (b"data:a\n\n", [(b"", b"a")]),
        (b"data:  a \n\n", [(b"", b" a ")]),
        (b"data\n\n", [(b"", b"")]),
        (b"data: \n\n", [(b"", b"")]),
        (b"event: x\ndata: a\n\n", [(b"x", b"a")]),
        (b"data: a\nevent: x\n\n", [(b"x", b"a")]),
        (b"event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", [(b"x", b"a"), (b"", b"b")]),
        (b"data: a\ndata: b\n\n", [(b"", b"a\nb")]),
        (b"event: x\n\n", []),
        (b": comment\n\n", []),
        (b": comment\ndata: a\nid: 7\nretry: 5\n\n", [(b"", b"a")]),
        (b"\n\n\ndata: a\n\n\n\ndata: b\n\n", [(b"", b"a"), (b"", b"b")]),
        (b"data: a\n\ndata: b", [(b"", b"a"), (b"", b"b")]),
        (b"data: a\nevent: half", [(b"half", b"a")]),
    ],
)
def test_every_split_gives_the_same_events(stream: bytes, events: list[NamedData]) -> None:
    assert cut(stream) == events
    assert cut(*(stream[at : at + 1] for at in range(len(stream)))) == events
    for first in range(len(stream) + 1):
        assert cut(stream[:first], stream[first:]) == events
        for second in range(first, len(stream) + 1):
            assert cut(stream[:first], stream[first:second], stream[second:]) == events


LINES = st.lists(
    st.sampled_from((b"data: a", b"data:", b"event: x", b": c", b"", b"x", b"data: \xc3\xa9")),
    max_size=12,
)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def pieces_of(stream: bytes, sizes: list[int]) -> list[bytes]:
    found: list[bytes] = []
    start = 0
    while start < len(stream):
        size = sizes[len(found) % len(sizes)]
        found.append(stream[start : start + size])
        start += size
    return found


@settings(deadline=None)
@given(LINES, st.sampled_from((b"\n", b"\r\n")), SIZES)
def test_any_lines_at_any_split(lines: list[bytes], end: bytes, sizes: list[int]) -> None:
    stream = b"".join(line + end for line in lines)
    assert cut(*pieces_of(stream, sizes)) == cut(stream)


@settings(deadline=None)
@given(st.binary(max_size=60), SIZES)
def test_any_bytes_at_any_split(stream: bytes, sizes: list[int]) -> None:
    stream = stream.replace(b"\r", b"")
    assert cut(*pieces_of(stream, sizes)) == cut(stream)


def test_an_event_is_given_with_its_blank_line() -> None:
    cutter = EventCutter()
    assert cutter.feed(b"data: a\n") == []
    assert cutter.feed(b"\ndata: b\n\ndata: c") == [(b"", b"a"), (b"", b"b")]
    assert cutter.feed(b"") == []
    assert cutter.close() == [(b"", b"c")]
    assert cutter.close() == []


@pytest.mark.parametrize("size", [1, 7, 100])
def test_an_unfinished_event_is_bounded(size: int) -> None:
    cutter = EventCutter(event_bytes_max=50)
    for _ in range(50 // size):
        assert cutter.feed(b"x" * size) == []
    with pytest.raises(ProviderFault, match="more than 50 bytes"):
        cutter.feed(b"x" * size)
    assert cutter.close() == []


def test_what_is_finished_does_not_count() -> None:
    cutter = EventCutter(event_bytes_max=50)
    for _ in range(100):
        assert len(cutter.feed(b"data: 12345678901234567890\n\nda")) == 1
        assert cutter.feed(b"ta: x\n\n") == [(b"", b"x")]
