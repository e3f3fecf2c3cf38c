"""The framing of Amazon's event streams (`application/vnd.amazon.eventstream`): cut and written.

A frame is: its own length and that of its headers (32 bits each), the CRC-32 of those eight bytes,
the headers, the payload, and the CRC-32 of all that. Not a decoder: a payload stays bytes.

>>> frame = aws_event({":event-type": "messageStop"}, b"{}")
>>> AwsEventCutter().feed(frame)[0].headers
{':event-type': 'messageStop'}
"""

import base64
import struct
from collections.abc import Iterator, Mapping
from typing import Final
from zlib import crc32

import msgspec

from detente.canonical.failure import ProviderFault
from detente.dialects.spec import EVENT_BYTES_MAX

PRELUDE_BYTES: Final = 12
"""Both lengths and their checksum."""

OVERHEAD_BYTES: Final = 16
"""The prelude and the checksum at the end: the shortest frame."""

HEADERS_BYTES_MAX: Final = 128 * 1024
"""The bound of Amazon's own clients."""

HEADERS_SEEN_MAX: Final = 16
"""A stream has about six kinds of events, each with the same headers."""

_PRELUDE: Final = struct.Struct(">III")
_U32: Final = struct.Struct(">I")
_U16: Final = struct.Struct(">H")
_STRING: Final = 7
_LENGTH_FIRST: Final = (6, 7)
"""Header values of bytes and strings begin with their length."""

_FIXED_BYTES: Final = (0, 0, 1, 2, 4, 8, 0, 0, 8, 16)
"""The size of a header's value by its type: true, false, integers of four sizes, bytes, a string,
a time, a UUID."""


class AwsEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One frame: `:event-type` or `:exception-type` among the headers says what it is.

    Headers that are no strings show as text: a time in milliseconds since 1970, bytes as base64.
    Frames with equal headers share one dict: read it only.
    """

    headers: dict[str, str]
    payload: bytes


class AwsEventCutter:
    """Pieces in, whole frames out; every split gives the same frames."""

    __slots__ = ("_bytes_max", "_held", "_held_bytes", "_seen", "_wanted_bytes")

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._bytes_max = event_bytes_max
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._wanted_bytes = PRELUDE_BYTES
        self._seen: dict[bytes, dict[str, str]] = {}

    def feed(self, piece: bytes) -> list[AwsEvent]:
        """The frames that `piece` completes; raises `ProviderFault` for a broken one, and for one
        that is longer than the bound, as soon as its length is known."""
        return [_event(frame, self._seen) for frame in self.frames(piece)]

    def frames(self, piece: bytes) -> list[bytes]:
        """As `feed`, but the frames as they came; only their lengths were checked."""
        if not piece:
            return []
        if self._held:
            self._held.append(piece)
            self._held_bytes += len(piece)
            if self._held_bytes < self._wanted_bytes:
                return []
            piece = b"".join(self._held)
            self._held = []
        found, start = self._cut(piece)
        if start < len(piece):
            self._held.append(piece[start:] if start else piece)
        self._held_bytes = len(piece) - start
        return found

    def close(self) -> list[AwsEvent]:
        """The stream has ended: half a frame is no event, and is let go."""
        self._held = []
        self._held_bytes = 0
        self._wanted_bytes = PRELUDE_BYTES
        return []

    @property
    def holds(self) -> bool:
        """Whether the beginning of a frame came, and not its end."""
        return self._held_bytes > 0

    def _cut(self, run: bytes) -> tuple[list[bytes], int]:
        """The whole frames of `run`, and where the rest begins."""
        found: list[bytes] = []
        start = 0
        size = len(run)
        while size - start >= PRELUDE_BYTES:
            total = self._length(run, start)
            if total > size - start:
                self._wanted_bytes = total
                return found, start
            end = start + total
            found.append(run[start:end])
            start = end
        self._wanted_bytes = PRELUDE_BYTES
        return found, start

    def _length(self, run: bytes, start: int) -> int:
        """The length of the frame at `start`, after its prelude was checked."""
        total, headers, checksum = _PRELUDE.unpack_from(run, start)
        if crc32(run[start : start + 8]) != checksum:
            raise _broken("the checksum of its lengths is wrong")
        if total < OVERHEAD_BYTES + headers or headers > HEADERS_BYTES_MAX:
            raise _broken("its lengths contradict each other")
        if total > self._bytes_max:
            raise ProviderFault(
                "upstream_failed",
                f"the provider sent an event of more than {self._bytes_max} bytes;"
                " raise `stream_event_bytes_max` if it is genuine",
            )
        return total


def read_event(frame: bytes) -> AwsEvent:
    """One whole frame; raises `ProviderFault` where it is none."""
    events = AwsEventCutter().feed(frame)
    if len(events) != 1:
        raise _broken("it is not one frame")
    return events[0]


def aws_event(headers: Mapping[str, str], payload: bytes) -> bytes:
    """A frame with these headers, all strings, and this payload."""
    block = bytearray()
    for name, value in headers.items():
        name_bytes, value_bytes = name.encode(), value.encode()
        block.append(len(name_bytes))
        block += name_bytes
        block.append(_STRING)
        block += _U16.pack(len(value_bytes))
        block += value_bytes
    return framed(bytes(block), payload)


def framed(block: bytes, payload: bytes) -> bytes:
    """A frame of headers that are laid out already, and a payload."""
    lengths = _PRELUDE.pack(OVERHEAD_BYTES + len(block) + len(payload), len(block), 0)[:8]
    head = lengths + _U32.pack(crc32(lengths)) + block
    return b"".join((head, payload, _U32.pack(crc32(payload, crc32(head)))))


def header_block(headers: Mapping[str, str]) -> bytes:
    """`headers` laid out for `framed`, for those that are written again and again."""
    frame = aws_event(headers, b"")
    return frame[PRELUDE_BYTES:-4]


def _event(frame: bytes, seen: dict[bytes, dict[str, str]]) -> AwsEvent:
    """A frame whose lengths are right already; headers that were `seen` are not read again."""
    body_end = len(frame) - 4
    if crc32(memoryview(frame)[:body_end]) != _U32.unpack_from(frame, body_end)[0]:
        raise _broken("the checksum of an event is wrong")
    headers_end = PRELUDE_BYTES + _U32.unpack_from(frame, 4)[0]
    block = frame[PRELUDE_BYTES:headers_end]
    headers = seen.get(block)
    if headers is None:
        headers = _read_headers(frame, headers_end)
        if len(seen) < HEADERS_SEEN_MAX:
            seen[block] = headers
    return AwsEvent(headers=headers, payload=frame[headers_end:body_end])


def _read_headers(frame: bytes, end: int) -> dict[str, str]:
    try:
        return dict(_headers(frame, PRELUDE_BYTES, end))
    except (UnicodeDecodeError, struct.error, IndexError):
        raise _broken("its headers cannot be read") from None


def _headers(frame: bytes, at: int, end: int) -> Iterator[tuple[str, str]]:
    while at < end:
        name_end = at + 1 + frame[at]
        name = frame[at + 1 : name_end].decode()
        kind = frame[name_end]
        at = name_end + 1
        if kind in _LENGTH_FIRST:
            size = _U16.unpack_from(frame, at)[0]
            at += 2
        elif kind < len(_FIXED_BYTES):
            size = _FIXED_BYTES[kind]
        else:
            raise _broken("a header has an unknown type")
        if at + size > end:
            raise _broken("a header is longer than the headers")
        value = frame[at : at + size]
        at += size
        yield name, value.decode() if kind == _STRING else _shown(kind, value)


def _shown(kind: int, value: bytes) -> str:
    """A header's value that is no string, as text."""
    match kind:
        case 0:
            return "true"
        case 1:
            return "false"
        case 6:
            return base64.b64encode(value).decode()
        case 9:
            return _dashed(value.hex())
        case _:
            return str(int.from_bytes(value, signed=True))


def _dashed(digits: str) -> str:
    """A UUID as it is written (RFC 9562)."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _broken(reason: str) -> ProviderFault:
    return ProviderFault(
        "upstream_failed",
        f"the provider sent a broken event stream ({reason}); try another deployment",
    )
