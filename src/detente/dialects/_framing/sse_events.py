"""Server-sent events, one by one, for decoders that read every one of them.

`sse.py` is for taps, which forward bytes and read little. Lines end in LF or CRLF; comments and
unknown fields are skipped, as the standard says (WHATWG HTML, section 9.2.6).

>>> cutter = EventCutter()
>>> cutter.feed(b"event: a\\ndata: {}")
[]
>>> cutter.feed(b"\\n\\n: ping\\n\\n")
[(b'a', b'{}')]
"""

from detente.canonical.failure import ProviderFault
from detente.dialects._framing.sse import boundary_end
from detente.dialects.spec import EVENT_BYTES_MAX

NamedData = tuple[bytes, bytes]
"""An event's name (empty where it has none) and its data."""


class EventCutter:
    """Pieces in, whole events out; every split gives the same events."""

    __slots__ = ("_bytes_max", "_held", "_held_bytes")

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._bytes_max = event_bytes_max
        self._held: list[bytes] = []
        self._held_bytes = 0

    def feed(self, piece: bytes) -> list[NamedData]:
        """The events that `piece` completes; raises `ProviderFault` for one beyond the bound."""
        if not self._held and piece.endswith(b"\n\n"):
            return _events(piece)
        end = boundary_end(piece)
        if end == 0 and self._held:
            before = b"".join(self._held[-2:])[-2:]
            end = max(0, boundary_end(before + piece[:2]) - len(before))
        if end == 0:
            self._hold(piece)
            return []
        self._held.append(piece[:end])
        run = b"".join(self._held)
        self._held = []
        self._held_bytes = 0
        self._hold(piece[end:])
        return _events(run)

    def close(self) -> list[NamedData]:
        """What was held, as if its blank line had come: half an event, where the stream was cut."""
        run = b"".join(self._held)
        self._held = []
        return _events(run)

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._bytes_max:
            self._held = []
            raise ProviderFault(
                "upstream_failed",
                f"the provider sent an event of more than {self._bytes_max} bytes;"
                " raise `stream_event_bytes_max` if it is genuine",
            )


def _events(run: bytes) -> list[NamedData]:
    if b"\r" in run:
        run = run.replace(b"\r\n", b"\n")
    found: list[NamedData] = []
    for block in run.split(b"\n\n"):
        if block.startswith(b"data: ") and b"\n" not in block:
            found.append((b"", block[6:]))
        elif block:
            event = _event(block)
            if event is not None:
                found.append(event)
    return found


def _event(block: bytes) -> NamedData | None:
    name = b""
    data: bytes | None = None
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if field == b"data":
            data = value if data is None else data + b"\n" + value
        elif field == b"event":
            name = value
    return None if data is None else (name, data)
