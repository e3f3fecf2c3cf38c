"""The stream of an answer in passing: usage, end, errors. Nothing is hidden.

Every event is a whole answer in small, with the usage so far; the end is the closing of the
connection, after a finish reason for every candidate or a blocked prompt.
"""

from typing import Final

import msgspec

from detente.canonical.usage import Usage, in_tier
from detente.dialects._codec.fields import Misfit, read_object
from detente.dialects._framing.sse import StreamScanner, data_of
from detente.dialects._google.tokens import billed_tier, generate_usage
from detente.dialects.gemini_generate.wire import Chunk
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

TEXT_BYTES_PER_TOKEN: Final = 4
"""The usual rule of thumb, for events that come without a count."""

_CONTENT_BYTES: Final = len('{"parts":[{"text":""}],"role":"model"}')
_CHUNK: Final = msgspec.json.Decoder(Chunk)


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "GenerateTap":
    """A fresh tap for the answer to the request with that head."""
    return GenerateTap(event_bytes_max=event_bytes_max)


class GenerateTap(StreamScanner):
    """See `StreamTap`."""

    __slots__ = ("_content_bytes", "_finished", "_seen", "_untold")

    usage: Usage | None

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        super().__init__(event_bytes_max=event_bytes_max)
        self._content_bytes = 0
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self._untold = b""

    def close(self) -> bytes:
        """What was held; now it shows whether all candidates had ended."""
        rest = super().close()
        self._tell()
        self.complete = bool(self._finished) and self._finished >= self._seen and not self.failed
        return rest

    def output_tokens_seen(self) -> int:
        """The tokens that the platform has counted so far, else what the size suggests."""
        self._tell()
        if self.usage is not None and self.usage.output_tokens:
            return self.usage.output_tokens
        text_bytes = self._content_bytes - _CONTENT_BYTES * self._deltas
        return max(self._deltas, text_bytes // TEXT_BYTES_PER_TOKEN)

    def _examine(self, event: bytes) -> bool:
        try:
            wire = _CHUNK.decode(data_of(event))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if wire.error:
            self.failed = True
        if wire.prompt_feedback is not None and wire.prompt_feedback.block_reason:
            self._finished.add(-1)
        told = self.usage is None or not wire.candidates
        for position, candidate in enumerate(wire.candidates or ()):
            index = position if candidate.index is None else candidate.index
            self._seen.add(index)
            if candidate.finish_reason:
                self._finished.add(index)
                told = True
            if candidate.content:
                self._deltas += 1
                self._content_bytes += len(bytes(candidate.content))
        if wire.usage:
            self._untold = bytes(wire.usage)
            if told:
                self._tell()
        return False

    def _tell(self) -> None:
        """Read the last counts: of those that every event brings, the first and last matter."""
        untold, self._untold = self._untold, b""
        if not untold:
            return
        try:
            counts = read_object(untold)
            self.usage = in_tier(generate_usage(counts), billed_tier(counts))
        except Misfit:
            return
