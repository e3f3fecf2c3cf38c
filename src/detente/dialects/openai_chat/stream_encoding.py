"""Events as a streamed chat completion, in the order that OpenAI's own clients ask for: the role
first, every tool delta with its `index`, the reason last, usage in a chunk of its own where it was
asked for, then `[DONE]`. Events with frames of chat itself become the very chunks they came from.

>>> encoder = stream_encoder(Reply(request_id="r1"))
>>> encoder.feed([Started(id="chatcmpl-a", model="m")])[:39]
b'data: {"id":"chatcmpl-a","object":"chat'
"""

from collections.abc import Iterable
from typing import Final, assert_never

import msgspec

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.usage import Usage
from detente.dialects._openai.failure import chat_stream_error, error_type
from detente.dialects.codec import Reply
from detente.dialects.openai_chat.chunk_writing import ChunkWriter
from detente.dialects.openai_chat.frame_filling import END, filled, frame_bytes
from detente.dialects.openai_chat.words import CHAT

_ENCODE: Final = msgspec.json.Encoder().encode
_DONE: Final = b"data: [DONE]\n\n"
_PING: Final = b": ping\n\n"


def stream_encoder(reply: Reply) -> "ChatStreamEncoder":
    """A fresh encoder (see `Codec.stream_encoder`)."""
    return ChatStreamEncoder(reply)


class ChatStreamEncoder:
    """See `StreamEncoder`."""

    __slots__ = ("_asks_usage", "_frame", "_framed", "_over", "_usage", "_writer", "losses")

    def __init__(self, reply: Reply) -> None:
        self._asks_usage = reply.request is not None and reply.request.asks_usage
        self._writer = ChunkWriter(reply)
        self.losses: list[Loss] = self._writer.losses.found
        self._frame: Framed | None = None
        self._framed = False
        self._over = False
        self._usage: Usage | None = None

    def feed(self, events: Iterable[Event]) -> bytes:
        """The bytes of `events`; whole chunks (see `StreamEncoder`)."""
        out: list[bytes] = []
        for event in events:
            if self._over:
                break
            if isinstance(event, Framed):
                self._open_frame(event, out)
            elif self._framed:
                self._within_frame(event, out)
            elif type(event) is Delta:
                self._writer.delta(event, out)
            else:
                self._event(event, out)
        self._flush(out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """An error in place of the end (see `StreamEncoder`)."""
        self._over = True
        return chat_stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _open_frame(self, frame: Framed, out: list[bytes]) -> None:
        self._flush(out)
        if frame.dialect == CHAT:
            self._frame = None if frame.name == END else frame
            self._framed = True

    def _within_frame(self, event: Event, out: list[bytes]) -> None:
        """An event of a chat stream: it fills the chunk that it came from."""
        if isinstance(event, Ended):
            self._flush(out)
            self._over = True
            out.append(_DONE)
        elif isinstance(event, Pinged):
            self._flush(out)
            out.append(_PING)
        elif self._frame is not None:
            filled(self._frame.members, event)

    def _flush(self, out: list[bytes]) -> None:
        if self._frame is not None:
            out.append(frame_bytes(self._frame))
            self._frame = None

    def _event(self, event: Event, out: list[bytes]) -> None:
        match event:
            case PartStarted() | Delta() | StateGiven() | Cited() | PartStopped() | PartGiven():
                self._writer.part(event, out)
            case Started():
                self._writer.start(event, out)
            case Filtered():
                self._writer.filter(event, out)
            case Stopped():
                self._writer.stop(event, out)
            case UsageReported():
                self._usage = event.usage
            case Failed():
                self._fail(event, out)
            case Ended():
                self._over = True
                self._writer.end(self._usage if self._asks_usage else None, out)
                out.append(_DONE)
            case Pinged():
                out.append(_PING)
            case Framed():
                pass  # of another dialect; see `feed`
            case _:
                assert_never(event)

    def _fail(self, event: Failed, out: list[bytes]) -> None:
        self._over = True
        held: Obj = {
            "message": event.message,
            "type": error_type(event.status),
            "param": None,
            "code": event.code,
        }
        out.append(b"data: " + _ENCODE({"error": held}) + b"\n\n")
