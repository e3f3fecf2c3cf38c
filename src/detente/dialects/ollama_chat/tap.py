"""The stream of an Ollama chat in passing: usage, end, errors.

Every line but the last adds to the answer, so lines are counted and only those that may be more
are read. Half a line is held back: no client can use it, and an error may have to follow.

>>> seen = ChatTap()
>>> seen.feed(b'{"message":{"content":"hi"},"done":false}\\n{"done":true,"eval_count":1}\\n') != b""
True
>>> seen.complete, seen.usage.output_tokens
(True, 1)
"""

import re
from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._framing.heads import is_set
from detente.dialects._framing.ndjson import LineCutter
from detente.dialects.ollama_chat.usage import usage_of
from detente.dialects.ollama_chat.wire import ChatLine
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

_LINE: Final = msgspec.json.Decoder(ChatLine)
_UNUSUAL: Final = re.compile(rb'"done": ?true|"error"')
"""Quotes within a text are escaped, so no text looks like this."""


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "ChatTap":
    """A fresh tap."""
    return ChatTap(event_bytes_max=event_bytes_max)


class ChatTap:
    """See `StreamTap`."""

    __slots__ = ("_cutter", "_lines", "complete", "failed", "usage")

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self.usage: Usage | None = None
        self.complete = False
        self.failed = False
        self._cutter = LineCutter(line_bytes_max=event_bytes_max)
        self._lines = 0

    def feed(self, piece: bytes) -> bytes:
        """What to forward now (see `StreamTap`)."""
        run = self._cutter.whole(piece)
        if run:
            self._scan(run)
        return run

    def close(self) -> bytes:
        """What was held: a line without its end, which is still read."""
        run = self._cutter.rest()
        if run:
            self._scan(run)
        return run

    def output_tokens_seen(self) -> int:
        """The number of lines: about one token in each."""
        return self._lines

    def _scan(self, run: bytes) -> None:
        self._lines += run.count(b"\n")
        if _UNUSUAL.search(run) is None:
            return
        for text in run.split(b"\n"):
            if _UNUSUAL.search(text) is not None:
                self._examine(text)

    def _examine(self, text: bytes) -> None:
        try:
            line = _LINE.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if is_set(line.error):
            self.failed = True
        if line.done:
            self._lines -= 1
            self.complete = not self.failed
            self.usage = usage_of(line) or self.usage
