"""Lines, whatever the pieces that they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.dialects._framing.ndjson import LineCutter
from tests.dialects.splits import SIZES, pieces

STREAM = b'{"a":1}\n\n{"b":2}\r\n   \n{"c":3}'


def lines_of(stream: bytes, sizes: list[int]) -> list[bytes]:
    cutter = LineCutter()
    found = [line for piece in pieces(stream, sizes) for line in cutter.feed(piece)]
    return found + cutter.close()


@given(sizes=SIZES, stream=st.just(STREAM) | st.binary(max_size=60))
def test_every_split_gives_the_same_lines(sizes: list[int], stream: bytes) -> None:
    assert lines_of(stream, sizes) == lines_of(stream, [max(1, len(stream))])


def test_lines() -> None:
    assert lines_of(STREAM, [len(STREAM)]) == [b'{"a":1}', b'{"b":2}\r', b'{"c":3}']


def test_whole_lines_are_forwarded_as_they_are() -> None:
    cutter = LineCutter()
    piece = b"a\nb\n"
    assert cutter.whole(piece) is piece
    assert cutter.whole(b"c") == b""
    assert cutter.whole(b"d\ne") == b"cd\n"
    assert cutter.rest() == b"e"
    assert cutter.rest() == b""
    assert cutter.close() == []


def test_a_line_has_a_bound() -> None:
    cutter = LineCutter(line_bytes_max=4)
    assert cutter.feed(b"ab") == []
    with pytest.raises(ProviderFault):
        cutter.feed(b"cde")
