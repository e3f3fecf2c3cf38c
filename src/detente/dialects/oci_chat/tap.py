"""The stream of Oracle Cloud's chat in passing: usage, end, errors, the chunk to hide.

Events have no names. A stream ends by closing, after a chunk with a finish reason; some hosts send
a line `[DONE]`. Where the gateway asked for usage and the client did not, the chunk that tells it
alone is hidden.
"""

import re
from typing import ClassVar, Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._framing.heads import is_set
from detente.dialects._framing.sse import StreamScanner, data_of
from detente.dialects.oci_chat.usage import usage_of
from detente.dialects.oci_chat.wire import Chunk, Tokens
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

_CHUNK: Final = msgspec.json.Decoder(Chunk)
_TOKENS: Final = msgspec.json.Decoder(Tokens)
_FINISH: Final = b'"finishReason"'
_USUAL: Final = re.compile(
    rb'data: ?\{"index": ?\d+, ?"message": ?\{"role": ?"ASSISTANT", ?'
    rb'(?:"content": ?\[\{"type": ?"TEXT", ?"text": ?"'
    rb'|"reasoningContent": ?"'
    rb'|"toolCalls": ?\[\{"type": ?"FUNCTION", ?"arguments": ?")'
)


def tap(head: RequestHead, *, event_bytes_max: int = EVENT_BYTES_MAX) -> "ChatTap":
    """A fresh tap for the answer to the request with that head."""
    hides = head.stream and not head.asks_usage
    return ChatTap(hides=hides, event_bytes_max=event_bytes_max)


class ChatTap(StreamScanner):
    """See `StreamTap`."""

    __slots__ = ("_finished",)

    usage: Usage | None

    _USAGE_BESIDE_TEXT: ClassVar[bool] = True

    def __init__(self, *, hides: bool, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        super().__init__(hides=hides, event_bytes_max=event_bytes_max)
        self._finished = False

    def close(self) -> bytes:
        """What was held (see `StreamTap`)."""
        rest = super().close()
        self.complete = self.complete or (self._finished and not self.failed)
        return rest

    def _count_usual(self, run: bytes) -> bool:
        """The last chunk of an answer may begin as all others do."""
        return _FINISH not in run and super()._count_usual(run)

    def _examine(self, event: bytes) -> bool:
        data = data_of(event)
        if data.strip() == b"[DONE]":
            self.complete = self._finished
            return False
        try:
            chunk = _CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if is_set(chunk.code):
            self.failed = True
        counts = _counts_of(chunk.usage)
        if counts is not None:
            self.usage = counts
        says = bool(chunk.message) or bool(chunk.text)
        if is_set(chunk.finish_reason):
            self._finished = True
        elif says:
            self._deltas += 1
            usual = _USUAL.match(event)
            if usual is not None:
                self._learn(event, usual[0])
        return counts is not None and not says and not is_set(chunk.finish_reason)


def _counts_of(raw: msgspec.Raw) -> Usage | None:
    if not is_set(raw):
        return None
    try:
        return usage_of(_TOKENS.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
