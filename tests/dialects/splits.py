"""The law of every tap: however a stream is split, the same comes out of it.

>>> seen = read_stream(tap, body, [len(body)])
>>> seen.shown == body
True
"""

from collections.abc import Callable, Iterable

import msgspec
from hypothesis import strategies as st

from detente.canonical.usage import Usage
from detente.dialects import StreamTap

SIZES = st.lists(st.integers(1, 400), min_size=1, max_size=12)
"""Sizes of pieces, repeated to the end of the stream."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tap says of a stream."""

    shown: bytes
    usage: Usage | None
    complete: bool
    failed: bool
    output_tokens: int


def pieces(body: bytes, sizes: Iterable[int]) -> list[bytes]:
    """`body` in pieces of those sizes, over and over."""
    wanted = list(sizes)
    found: list[bytes] = []
    start = 0
    while start < len(body):
        size = wanted[len(found) % len(wanted)]
        found.append(body[start : start + size])
        start += size
    return found


def read_stream(tap: StreamTap, body: bytes, sizes: Iterable[int]) -> Seen:
    """Feed `body` in pieces and close."""
    shown = b"".join([tap.feed(piece) for piece in pieces(body, sizes)]) + tap.close()
    return Seen(
        shown=shown,
        usage=tap.usage,
        complete=tap.complete,
        failed=tap.failed,
        output_tokens=tap.output_tokens_seen(),
    )


def same_for_every_split(fresh: Callable[[], StreamTap], body: bytes) -> Seen:
    """What a stream gives, after every size of piece up to 40 and a few larger gave it too."""
    whole = read_stream(fresh(), body, [max(1, len(body))])
    for size in (*range(1, 41), 64, 100, 255, 1000, 4096):
        assert read_stream(fresh(), body, [size]) == whole, size
    return whole
