"""The stream of a Cohere chat in passing: usage, end, errors. Nothing is hidden.

`message-end` reports the usage and is the end; an error stands in it, too.
"""

import re
from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._framing.heads import is_set
from detente.dialects._framing.sse import StreamScanner, data_of
from detente.dialects.cohere_chat.usage import usage_of
from detente.dialects.cohere_chat.wire import ChatEvent, EventDelta
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

_EVENT: Final = msgspec.json.Decoder(ChatEvent)
_DELTA: Final = msgspec.json.Decoder(EventDelta)
_USUAL: Final = re.compile(
    rb"(?:event: ?content-delta\r?\n)?"
    rb'data: ?\{"type": ?"content-delta", ?"index": ?\d+, ?"delta": ?\{"message": ?'
    rb'\{"content": ?\{"(?:text|thinking)": ?"'
)
_DELTAS: Final = ("content-delta", "tool-plan-delta", "tool-call-delta")


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "ChatTap":
    """A fresh tap for the answer to the request with that head."""
    return ChatTap(event_bytes_max=event_bytes_max)


class ChatTap(StreamScanner):
    """See `StreamTap`."""

    __slots__ = ()

    usage: Usage | None

    def _examine(self, event: bytes) -> bool:
        try:
            wire = _EVENT.decode(data_of(event))
            if wire.type == "message-end" and wire.delta:
                self._end(_DELTA.decode(wire.delta))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if wire.type in _DELTAS:
            self._deltas += 1
            usual = _USUAL.match(event)
            if usual is not None:
                self._learn(event, usual[0])
        return False

    def _end(self, delta: EventDelta) -> None:
        if is_set(delta.error):
            self.failed = True
            return
        self.complete = True
        if delta.usage is not None:
            self.usage = usage_of(delta.usage)
