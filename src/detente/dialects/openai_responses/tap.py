"""The stream of a response in passing: usage, end, errors. Nothing is hidden.

The end is the terminal event, which carries the whole response and its usage; there is no
`[DONE]`.
"""

import re
from typing import Final

import msgspec

from detente.dialects._framing.heads import is_set
from detente.dialects._framing.sse import StreamScanner, data_of
from detente.dialects.openai_responses.usage import read_usage
from detente.dialects.openai_responses.wire import Event
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

_EVENT: Final = msgspec.json.Decoder(Event)
_ENDS: Final = ("response.completed", "response.incomplete", "response.failed")
_USUAL: Final = re.compile(
    rb'(?:event: ?response\.[a-z_.]+\.delta\r?\n)?data: ?\{"type": ?"response\.[a-z_.]+\.delta",'
)


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "ResponsesTap":
    """A fresh tap for the answer to the request with that head."""
    return ResponsesTap(event_bytes_max=event_bytes_max)


class ResponsesTap(StreamScanner):
    """See `StreamTap`."""

    __slots__ = ()

    def _examine(self, event: bytes) -> bool:
        try:
            wire = _EVENT.decode(data_of(event))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if wire.type.endswith(".delta"):
            self._deltas += 1
            usual = _USUAL.match(event)
            if usual is not None:
                self._learn(event, usual[0])
        elif wire.type in _ENDS:
            self.complete = True
            self.failed = self.failed or wire.type == "response.failed"
            self.usage = read_usage(wire.response) or self.usage
        elif wire.type == "error" or is_set(wire.error):
            self.failed = True
        return False
