"""HTTP responses as bytes."""

from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.wire import chunk, head


def test_reasons() -> None:
    assert head(429, ()).startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert head(529, ()).startswith(b"HTTP/1.1 529 Overloaded\r\n")
    assert head(599, ()).startswith(b"HTTP/1.1 599 Unknown\r\n")


def test_headers_in_order() -> None:
    assert head(200, (("b", "1"), ("a", "2"))) == b"HTTP/1.1 200 OK\r\nb: 1\r\na: 2\r\n\r\n"


@given(st.binary(min_size=1))
def test_a_chunk_says_its_size(data: bytes) -> None:
    size, _, rest = chunk(data).partition(b"\r\n")
    assert int(size, 16) == len(data)
    assert rest == data + b"\r\n"
