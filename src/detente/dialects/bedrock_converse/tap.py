"""A Converse stream in passing: usage, end, errors. Whole frames are forwarded as they came."""

from typing import Final

from detente.canonical.usage import Usage
from detente.dialects._framing.aws_events import AwsEventCutter, read_event
from detente.dialects.bedrock_converse.usage import read_usage
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

BYTES_PER_TOKEN: Final = 4
"""English text; frames are padded, so only what is inside a delta is counted."""

_OVERHEAD_BYTES: Final = len('{"contentBlockIndex":0,"delta":{"text":""},"p":"')
_PADDING: Final = b'"p":"'


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "ConverseTap":
    """A fresh tap for the answer to the request with that head."""
    return ConverseTap(event_bytes_max=event_bytes_max)


class ConverseTap:
    """See `StreamTap`."""

    __slots__ = ("_cutter", "_deltas", "_stopped", "_text_bytes", "complete", "failed", "usage")

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self.usage: Usage | None = None
        self.complete = False
        self.failed = False
        self._stopped = False
        self._cutter = AwsEventCutter(event_bytes_max=event_bytes_max)
        self._deltas = 0
        self._text_bytes = 0

    def feed(self, piece: bytes) -> bytes:
        """The whole frames so far; the piece itself where it consists of them."""
        held = self._cutter.holds
        frames = self._cutter.frames(piece)
        for frame in frames:
            self._examine(frame)
        if not held and not self._cutter.holds:
            return piece
        return b"".join(frames)

    def close(self) -> bytes:
        """Half a frame is let go: no client could read it."""
        self._cutter.close()
        return b""

    def output_tokens_seen(self) -> int:
        """The larger of the number of deltas and what the length of the text suggests."""
        return max(self._deltas, self._text_bytes // BYTES_PER_TOKEN)

    def _examine(self, frame: bytes) -> None:
        event = read_event(frame)
        if event.headers.get(":message-type", "event") != "event":
            self.failed = True
            return
        match event.headers.get(":event-type"):
            case "contentBlockDelta":
                self._deltas += 1
                self._text_bytes += _text_bytes(event.payload)
            case "messageStop":
                self._stopped = True
            case "metadata":
                self.usage = read_usage(event.payload) or self.usage
                self.complete = self._stopped
            case _:
                pass


def _text_bytes(payload: bytes) -> int:
    """About the bytes of text in a delta: without the padding, that is a member `p`."""
    at = payload.rfind(_PADDING)
    padding = len(payload) - at - len(_PADDING) if at >= 0 else 0
    return max(0, len(payload) - padding - _OVERHEAD_BYTES)
