"""Lines of JSON, one object each, as Ollama streams them.

>>> cutter = LineCutter()
>>> cutter.feed(b'{"a":1}\\n{"b"')
[b'{"a":1}']
>>> cutter.feed(b":2}\\n\\n")
[b'{"b":2}']
"""

from detente.canonical.failure import ProviderFault
from detente.dialects.spec import EVENT_BYTES_MAX


class LineCutter:
    """Pieces in, whole lines out, blank ones left out; every split gives the same lines."""

    __slots__ = ("_bytes_max", "_held", "_held_bytes")

    def __init__(self, *, line_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._bytes_max = line_bytes_max
        self._held: list[bytes] = []
        self._held_bytes = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that `piece` completes; raises `ProviderFault` for one beyond the bound."""
        run = self.whole(piece)
        return [line for line in run.split(b"\n") if line and not line.isspace()] if run else []

    def whole(self, piece: bytes) -> bytes:
        """Held bytes and `piece` up to the last line's end; the rest is held."""
        end = piece.rfind(b"\n") + 1
        if end == 0:
            self._hold(piece)
            return b""
        if not self._held:
            self._hold(piece[end:])
            return piece if end == len(piece) else piece[:end]
        run = self.rest() + piece[:end]
        self._hold(piece[end:])
        return run

    def rest(self) -> bytes:
        """What is held, which is no whole line unless the stream has ended well."""
        run = b"".join(self._held)
        self._held = []
        self._held_bytes = 0
        return run

    def close(self) -> list[bytes]:
        """What was held, as if its line had ended."""
        line = self.rest()
        return [line] if line.strip() else []

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._bytes_max:
            self._held = []
            raise ProviderFault(
                "upstream_failed",
                f"the provider sent a line of more than {self._bytes_max} bytes;"
                " raise `stream_event_bytes_max` if it is genuine",
            )
