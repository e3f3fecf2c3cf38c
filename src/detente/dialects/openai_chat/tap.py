"""The stream of a chat completion in passing: usage, end, errors, the chunk to hide.

Where the gateway asked for usage and the client did not, the extra chunk (usage, no choices) is
hidden. Azure's first chunk has no choices either, but no usage: it stays.
"""

import re
from typing import ClassVar, Final

import msgspec

from detente.canonical.usage import Usage, in_tier
from detente.dialects._framing.heads import is_set
from detente.dialects._framing.sse import StreamScanner, data_of
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.openai_chat.wire import Chunk, ChunkEnd, Delta
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead

_CHUNK: Final = msgspec.json.Decoder(Chunk)
_CHUNK_END: Final = msgspec.json.Decoder(ChunkEnd)
_NOTHING: Final = (b"", b"null", b'""', b"[]")
_USUAL: Final = re.compile(
    rb'"delta": ?\{(?:"role": ?"assistant", ?)?(?:"(?:content|refusal|reasoning|reasoning_content)"'
    rb'|"tool_calls": ?\[\{"index": ?\d+, ?"function": ?\{"arguments"): ?"'
)


def tap(head: RequestHead, *, event_bytes_max: int = EVENT_BYTES_MAX) -> "ChatTap":
    """A fresh tap for the answer to the request with that head."""
    hides = head.stream and not head.asks_usage
    return ChatTap(hides=hides, event_bytes_max=event_bytes_max)


class ChatTap(StreamScanner):
    """See `StreamTap`. Some hosts end without `[DONE]`: a finish reason then counts as the end."""

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

    def _examine(self, event: bytes) -> bool:
        data = data_of(event)
        if data.strip() == b"[DONE]":
            self.complete = True
            return False
        try:
            chunk = _CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            chunk = _end_of(data)
        if is_set(chunk.error):
            self.failed = True
        if chunk.usage is not None:
            self.usage = in_tier(completion_usage(chunk.usage), chunk.service_tier)
        for choice in chunk.choices or ():
            if choice.delta is not None and _says_something(choice.delta):
                self._deltas += 1
                self._remember(event)
            if is_set(choice.finish_reason):
                self._finished = True
        return chunk.usage is not None and chunk.choices == () and not self.failed

    def _remember(self, event: bytes) -> None:
        usual = _USUAL.search(event)
        if usual is not None and event.startswith(b"data:"):
            self._learn(event, event[: usual.end()])


def _says_something(delta: Delta) -> bool:
    return any(
        bytes(part) not in _NOTHING
        for part in (
            delta.content,
            delta.reasoning_content,
            delta.reasoning,
            delta.tool_calls,
            delta.refusal,
            delta.function_call,
            delta.audio,
        )
    )


def _end_of(data: bytes) -> Chunk:
    try:
        end = _CHUNK_END.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Chunk()
    return Chunk(usage=end.usage, error=end.error)
