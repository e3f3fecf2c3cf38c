"""The stream of a completion in passing: usage, end, errors, the chunk to hide.

As chat's: where the gateway asked for usage and the client did not, the extra chunk is hidden.
Every chunk is read: the last one begins as all others do, and ends with the reason.
"""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._framing.heads import is_set
from detente.dialects._framing.sse import StreamScanner, data_of
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.openai_completions.wire import Chunk
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

_CHUNK: Final = msgspec.json.Decoder(Chunk)
_NOTHING: Final = (b"", b"null", b'""')


def tap(head: RequestHead, *, event_bytes_max: int = EVENT_BYTES_MAX) -> "CompletionTap":
    """A fresh tap for the answer to the request with that head."""
    hides = head.stream and not head.asks_usage
    return CompletionTap(hides=hides, event_bytes_max=event_bytes_max)


class CompletionTap(StreamScanner):
    """See `StreamTap`. Some hosts end without `[DONE]`: a finish reason then counts as the end."""

    __slots__ = ("_finished",)

    usage: Usage | None

    def __init__(self, *, hides: bool, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        super().__init__(hides=hides, event_bytes_max=event_bytes_max)
        self._finished = False

    def close(self) -> bytes:
        """What was held (see `StreamTap`)."""
        rest = super().close()
        self.complete = self.complete or (self._finished and not self.failed)
        return rest

    def _examine(self, event: bytes) -> bool:
        data = data_of(event)
        if data.strip() == b"[DONE]":
            self.complete = True
            return False
        try:
            chunk = _CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if is_set(chunk.error):
            self.failed = True
        if chunk.usage is not None:
            self.usage = completion_usage(chunk.usage)
        for choice in chunk.choices or ():
            if bytes(choice.text) not in _NOTHING:
                self._deltas += 1
            if is_set(choice.finish_reason):
                self._finished = True
        return chunk.usage is not None and chunk.choices == () and not self.failed
