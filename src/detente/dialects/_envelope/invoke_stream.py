"""InvokeModel's envelope around an answer: frames of Amazon's, each with one native event.

`FramesOpened` reads Bedrock's stream as the publisher's own API would send it, `EventsFramed`
writes such a stream as Bedrock does; `OpenedTap` and `FramedTap` put them before and behind a
dialect's tap. Every split gives the same bytes. A whole answer needs nothing: it travels as it is.

>>> opened = FramesOpened().feed(_frame(b'{"type":"message_stop"}'))
>>> opened
b'event: message_stop\\ndata: {"type":"message_stop"}\\n\\n'
>>> EventsFramed().feed(opened) == _frame(b'{"type":"message_stop"}')
True
"""

from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import Final

import msgspec

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects._anthropic import failure as anthropic_failure
from detente.dialects._bedrock.failure import error_type, exception_frame, stream_error_type
from detente.dialects._framing.aws_events import AwsEvent, AwsEventCutter, framed, header_block
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.codec import ErrorText
from detente.dialects.spec import EVENT_BYTES_MAX, StreamTap

BASE64_GROWTH: Final = 2
"""A frame is longer than what it holds, by a third and a little: so its bound is, too."""
UNSAID: Final = "the provider broke the stream off; try again"
_ERROR: Final = b"error"
_DONE: Final = b"[DONE]"
"""What OpenAI's streams end with and Amazon's do not."""
_PING: Final = b"ping"
"""Anthropic's sign of life, which Bedrock does not send."""

STATUSES: Final = {
    "throttlingException": 429,
    "serviceUnavailableException": 503,
    "modelTimeoutException": 504,
    "validationException": 400,
    "internalServerException": 500,
    "modelStreamErrorException": 500,
}
"""Exceptions that a stream may end with, as the status that says the same."""
ERROR_STATUSES: Final = {
    "rate_limit_error": 429,
    "overloaded_error": 503,
    "timeout_error": 504,
    "invalid_request_error": 400,
    "rate_limit_exceeded": 429,
}
"""Words for errors in native streams, as the status that says the same; others are 500."""


class Chunk(msgspec.Struct, gc=False):
    """A frame's payload: a native event in base64. Bedrock pads beside it, for eavesdroppers."""

    bytes: str


class Native(msgspec.Struct, gc=False):
    """Of a native event, its type."""

    type: str = ""


class Detail(msgspec.Struct, gc=False):
    """An error as Anthropic and OpenAI tell it."""

    message: str = UNSAID
    type: str | None = None
    code: str | int | None = None


class NativeError(msgspec.Struct, gc=False):
    """`{"error": {…}}`."""

    error: Detail


class Told(msgspec.Struct, gc=False):
    """`{"message": …}`."""

    message: str = UNSAID


_CHUNK: Final = msgspec.json.Decoder(Chunk)
_NATIVE: Final = msgspec.json.Decoder(Native)
_NATIVE_ERROR: Final = msgspec.json.Decoder(NativeError)
_TOLD: Final = msgspec.json.Decoder(Told)
_ENCODE: Final = msgspec.json.Encoder().encode
_HEADERS: Final = header_block(
    {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class FramesOpened:
    """Frames in, the events of Anthropic's own API out."""

    __slots__ = ("_cutter",)

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._cutter = AwsEventCutter(event_bytes_max=event_bytes_max * BASE64_GROWTH)

    def feed(self, piece: bytes) -> bytes:
        """Whole events; raises `ProviderFault` for a frame that is broken or holds none."""
        return b"".join(_native(frame) for frame in self._cutter.feed(piece))


class EventsFramed:
    """The events of a native API in, frames out."""

    __slots__ = ("_cutter",)

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)

    def feed(self, piece: bytes) -> bytes:
        """Whole frames; raises `ProviderFault` for an event beyond the bound."""
        return b"".join(_framed(name, data) for name, data in self._cutter.feed(piece))

    def close(self) -> bytes:
        """What was held, where only its blank line had not come; half an event is let go."""
        held = [(name, data) for name, data in self._cutter.close() if _is_json(data)]
        return b"".join(_framed(name, data) for name, data in held)


class _Around:
    """What a tap around another one says is what that one says."""

    __slots__ = ("_tap", "complete", "failed", "usage")

    def __init__(self, tap: StreamTap) -> None:
        self._tap = tap
        self.usage: Usage | None = None
        self.complete = False
        self.failed = False

    def output_tokens_seen(self) -> int:
        """The inner tap's."""
        return self._tap.output_tokens_seen()

    def _told(self, shown: bytes) -> bytes:
        """`shown`, after what the inner tap has learnt was copied."""
        tap = self._tap
        self.usage, self.complete, self.failed = tap.usage, tap.complete, tap.failed
        return shown


class OpenedTap(_Around):
    """A tap behind an upstream that frames its stream; see `StreamTap`."""

    __slots__ = ("_frames",)

    def __init__(self, tap: StreamTap, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        super().__init__(tap)
        self._frames = FramesOpened(event_bytes_max=event_bytes_max)

    def feed(self, piece: bytes) -> bytes:
        """What the inner tap forwards of the frames' events."""
        opened = self._frames.feed(piece)
        return self._told(self._tap.feed(opened)) if opened else b""

    def close(self) -> bytes:
        """The inner tap's; half a frame is no event."""
        return self._told(self._tap.close())


class FramedTap(_Around):
    """A tap before a client that wants frames; see `StreamTap`."""

    __slots__ = ("_events",)

    def __init__(self, tap: StreamTap, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        super().__init__(tap)
        self._events = EventsFramed(event_bytes_max=event_bytes_max)

    def feed(self, piece: bytes) -> bytes:
        """What the inner tap forwards, in frames."""
        return self._told(self._events.feed(self._tap.feed(piece)))

    def close(self) -> bytes:
        """What was held, in frames."""
        return self._told(self._events.feed(self._tap.close()) + self._events.close())


def error_told(status: int, body: bytes) -> tuple[str, bytes]:
    """A native error answer as Bedrock's clients expect it: its name, for the header
    `x-amzn-errortype`, and the body."""
    kind = error_type(status)
    try:
        message = _NATIVE_ERROR.decode(body).error.message
    except _UNREADABLE:
        message = UNSAID
    return kind, _ENCODE({"message": message})


def read_error(body: bytes) -> ErrorText | None:
    """What Bedrock says in an error answer; its name for it stands in a header."""
    try:
        return ErrorText(message=_TOLD.decode(body).message)
    except _UNREADABLE:
        return None


def _native(frame: AwsEvent) -> bytes:
    """One frame as an event of Anthropic's API; empty for frames of no known kind."""
    headers = frame.headers
    if headers.get(":message-type", "event") != "event":
        return _broken_off(headers, frame.payload)
    if headers.get(":event-type") != "chunk":
        return b""
    try:
        data = a2b_base64(_CHUNK.decode(frame.payload).bytes, strict_mode=True)
        kind = _NATIVE.decode(data).type
    except (*_UNREADABLE, Base64Error, ValueError):
        raise ProviderFault(
            "upstream_failed", "the provider sent a frame without a JSON event in it; try again"
        ) from None
    if b"\n" in data or b"\r" in data:  # JSON on several lines: an event's data is one
        data = msgspec.json.format(data, indent=-1)
    if not kind.isidentifier():
        return b"data: %b\n\n" % data
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def _broken_off(headers: dict[str, str], payload: bytes) -> bytes:
    """An exception's frame as the `error` event of Anthropic's API."""
    name = headers.get(":exception-type") or headers.get(":error-code", "")
    try:
        message = _TOLD.decode(payload).message
    except _UNREADABLE:
        message = headers.get(":error-message", UNSAID)
    kind = anthropic_failure.error_type(STATUSES.get(name, 500))
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return b"event: error\ndata: %b\n\n" % _ENCODE(error)


def _framed(name: bytes, data: bytes) -> bytes:
    """One native event as a frame; empty for what Bedrock does not send."""
    if name == _PING or data == _DONE or not data:
        return b""
    if name == _ERROR or (not name and data.startswith(b'{"error"')):
        return _exception(data)
    return _frame(data)


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except _UNREADABLE:
        return False
    return True


def _exception(data: bytes) -> bytes:
    try:
        error = _NATIVE_ERROR.decode(data).error
    except _UNREADABLE:
        error = Detail()
    status = ERROR_STATUSES.get(str(error.code), 0) or ERROR_STATUSES.get(error.type or "", 500)
    return exception_frame(stream_error_type(status), _ENCODE({"message": error.message}))


def _frame(data: bytes) -> bytes:
    return framed(_HEADERS, b'{"bytes":"%b"}' % b64encode(data))
