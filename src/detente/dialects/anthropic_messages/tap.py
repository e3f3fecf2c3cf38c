"""The stream of a message in passing: usage, end, errors. Nothing is hidden.

`message_start` reports the input, `message_delta` the output so far, and may overwrite the
input; `message_stop` is the end.
"""

import re
from typing import ClassVar, Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._anthropic.tokens import MessageUsage, billed_usage, overwritten
from detente.dialects._framing.sse import StreamScanner, data_of, inked
from detente.dialects.anthropic_messages.wire import Event
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

INKED_BYTES_PER_16_TOKENS: Final = 51
"""English text has about 4 bytes a token, one in five a space, and events are padded with spaces:
what is counted is the rest. Events hold several tokens each, so that deltas alone count low."""

_EVENT: Final = msgspec.json.Decoder(Event)
_CLOSING_BYTES: Final = len('"}}\n\n')
_USUAL: Final = re.compile(
    rb"(?:event: ?content_block_delta\r?\n)?"
    rb'data: ?\{"type": ?"content_block_delta", ?"index": ?\d+, ?"delta": ?'
    rb'\{"type": ?"(?:text|thinking|input_json)_delta", ?"\w+": ?"'
)


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "MessagesTap":
    """A fresh tap for the answer to the request with that head."""
    return MessagesTap(event_bytes_max=event_bytes_max)


class MessagesTap(StreamScanner):
    """See `StreamTap`."""

    __slots__ = ("_wire",)

    usage: Usage | None

    _MEASURES_TEXT: ClassVar[bool] = True

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        super().__init__(event_bytes_max=event_bytes_max)
        self._wire: MessageUsage | None = None

    def output_tokens_seen(self) -> int:
        """The larger of the number of deltas and what the length of the text suggests."""
        text_bytes = self._text_bytes - _CLOSING_BYTES * self._deltas
        return max(self._deltas, text_bytes * 16 // INKED_BYTES_PER_16_TOKENS)

    def _examine(self, event: bytes) -> bool:
        try:
            wire = _EVENT.decode(data_of(event))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        match wire.type:
            case "content_block_delta":
                self._read_delta(event, bytes(wire.delta))
            case "message_start" if wire.message is not None and wire.message.usage is not None:
                self._report(wire.message.usage)
            case "message_delta" if wire.usage is not None:
                self._report(wire.usage)
            case "message_stop":
                self.complete = True
            case "error":
                self.failed = True
            case _:
                pass
        return False

    def _read_delta(self, event: bytes, delta: bytes) -> None:
        if b'"signature_delta"' in delta or b'"citations_delta"' in delta:
            return
        self._deltas += 1
        usual = _USUAL.match(event)
        if usual is None:
            self._text_bytes += inked(delta)
            return
        self._text_bytes += inked(event) - inked(usual[0])
        self._learn(event, usual[0])

    def _report(self, wire: MessageUsage) -> None:
        self._wire = overwritten(self._wire, wire)
        self.usage = billed_usage(self._wire)
