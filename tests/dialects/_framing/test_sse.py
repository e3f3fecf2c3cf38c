"""Runs of events: the same for every split, hidden ones left out, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.dialects._framing.sse import StreamScanner, boundary_end, data_of
from tests.dialects.splits import SIZES, read_stream

LINES = st.sampled_from(
    [b"data: t", b"data: t x", b"data: u", b"data: h", b"data:h", b": c", b"event: h", b"", b"\r"]
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n\n\n"]))).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


class Letters(StreamScanner):
    """Hides `h`, takes `t` for text; keeps the order of what it was shown."""

    def __init__(self, *, hides: bool, event_bytes_max: int = 100_000) -> None:
        super().__init__(hides=hides, event_bytes_max=event_bytes_max)

    def _examine(self, event: bytes) -> bool:
        data = data_of(event)
        if data.startswith(b"t"):
            self._deltas += 1
            self._learn(event, b"data: t")
        return data == b"h"


@given(STREAMS, SIZES, st.booleans())
def test_every_split_gives_the_same(body: bytes, sizes: list[int], hides: bool) -> None:
    whole = read_stream(Letters(hides=hides), body, [max(1, len(body))])
    assert read_stream(Letters(hides=hides), body, sizes) == whole
    assert read_stream(Letters(hides=hides), body, [1]) == whole
    if not hides:
        assert whole.shown == body


@given(STREAMS)
def test_what_is_learned_changes_no_count(body: bytes) -> None:
    class Forgetful(Letters):
        def _learn(self, event: bytes, prefix: bytes) -> None:
            pass

    learned = read_stream(Letters(hides=True), body, [max(1, len(body))])
    assert read_stream(Forgetful(hides=True), body, [7]) == learned


def test_hidden_events_vanish_and_nothing_else() -> None:
    body = b": c\n\ndata: t\n\n\ndata: h\n\n\ndata: t\r\n\r\ndata: h\r\n\r\ndata: t\n\n"
    shown = read_stream(Letters(hides=True), body, [5]).shown
    assert shown == b": c\n\ndata: t\n\n\n\ndata: t\r\n\r\ndata: t\n\n"


def test_a_usual_piece_is_passed_on_as_it_is() -> None:
    tap = Letters(hides=True)
    for piece in (b"data: t 1\n\n", b"data: t 2\n\n" * 50, b"data: u\n\ndata: t 3\n\n"):
        assert tap.feed(piece) is piece
    assert tap.output_tokens_seen() == 52


def test_half_an_event_is_held_back() -> None:
    tap = Letters(hides=False)
    assert tap.feed(b"data: t\n\ndata: t") == b"data: t\n\n"
    assert tap.feed(b" x\n") == b""
    assert tap.feed(b"\ndata") == b"data: t x\n\n"
    assert tap.close() == b"data"


def test_an_event_has_a_bound() -> None:
    tap = Letters(hides=False, event_bytes_max=100)
    tap.feed(b"x" * 60)
    with pytest.raises(ProviderFault, match="`stream_event_bytes_max`") as raised:
        tap.feed(b"x" * 60)
    assert raised.value.failure.code == "upstream_failed"


def test_many_small_pieces_of_one_event_cost_no_copies() -> None:
    tap = Letters(hides=True, event_bytes_max=2_000_000)
    for _ in range(100_000):
        assert tap.feed(b"0123456789") == b""
    assert len(tap.feed(b"\n\n")) == 1_000_002


@pytest.mark.parametrize(
    ("text", "end"),
    [(b"", 0), (b"a\n", 0), (b"\n\n", 2), (b"a\r\n\r\nb", 5), (b"\n\r\n", 3), (b"\n\n\r\nx", 4)],
)
def test_boundary_end(text: bytes, end: int) -> None:
    assert boundary_end(text) == end


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (b"data: {}\n\n", b"{}"),
        (b"data:{}\r\n\r\n", b"{}"),
        (b"event: x\ndata: {}\n\n", b"{}"),
        (b"data: {\ndata: }\n\n", b"{\n}"),
        (b"data: {}", b"{}"),
        (b'data: {"data:":1}\n\n', b'{"data:":1}'),
        (b"mydata: {}\n\n", b""),
        (b": comment\n\n", b""),
    ],
)
def test_data_of(event: bytes, data: bytes) -> None:
    assert data_of(event) == data
