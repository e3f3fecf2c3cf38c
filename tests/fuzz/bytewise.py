"""The laws of what cuts, wraps and signs bytes, whatever dialect is in them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from detente.canonical.failure import ClientFault, ProviderFault
from detente.configuration.callers import Key
from detente.configuration.schema import Configuration
from detente.dialects._codec.error_text import error_text
from detente.dialects._envelope.invoke import betas_of, opened, wrapped
from detente.dialects._envelope.invoke_stream import (
    EventsFramed,
    FramesOpened,
    error_told,
    read_error,
)
from detente.dialects._framing.aws_events import AwsEventCutter, aws_event
from detente.dialects._framing.ndjson import LineCutter
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects._translation.blobs import laid_back, lifted
from detente.gateway.callers.principals import Keys
from detente.providers._sigv4 import SignatureFault, read_claim, verify
from tests.fuzz.lanes import pieces, reads

EVENT_BYTES_MAX: Final = 4_096
"""A small bound, so that it is met."""
NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
BLOB: Final = b"QUJD" * 5_000
"""What `~` stands for: long enough to be lifted."""

_KEYS: Final = Keys(
    Configuration(keys={"aws": Key(hash="sha256:" + "0" * 64, project="p")}), "a master key"
)
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")

Feed = Callable[[bytes], object]


def _fed(feed: Callable[[bytes], Sequence[object]], cut: Sequence[bytes]) -> object:
    found: list[object] = []
    try:
        for piece in cut:
            found += feed(piece)
    except ProviderFault:
        return "fault"
    return found


def events(data: bytes) -> None:
    """Server-sent events are the same however they are split, and at most so large."""
    whole = _fed(EventCutter().feed, [data])
    assert _fed(EventCutter().feed, pieces(data)) == whole
    _fed(EventCutter(event_bytes_max=64).feed, pieces(data))


def lines(data: bytes) -> None:
    """Lines are the same however they are split."""
    whole = _fed(LineCutter().feed, [data])
    assert _fed(LineCutter().feed, pieces(data)) == whole
    _fed(LineCutter(line_bytes_max=64).feed, pieces(data))


def frames(data: bytes) -> None:
    """Frames of Amazon's are the same however they are split, broken ones too."""
    for stream in (data, aws_event({":event-type": "chunk"}, data) + data):
        whole = _fed(AwsEventCutter(event_bytes_max=EVENT_BYTES_MAX).feed, [stream])
        cut = _fed(AwsEventCutter(event_bytes_max=EVENT_BYTES_MAX).feed, pieces(stream))
        assert cut == whole


def invoke_request(data: bytes) -> None:
    """An envelope opens and closes, or is the client's fault."""
    betas_of(data)
    try:
        inner = opened(data, model="m", stream=False)
    except ClientFault:
        pass
    else:
        reads(inner.body)
    with suppress(ClientFault):
        reads(wrapped(data, betas=("beta",)))


def invoke_stream(data: bytes) -> None:
    """Frames become events and events frames, which open again or are at fault."""
    read_error(data)
    error_told(400, data)
    try:
        FramesOpened().feed(data)
        FramesOpened().feed(aws_event({":event-type": "chunk"}, data))
    except ProviderFault:
        pass
    framed = EventsFramed(event_bytes_max=EVENT_BYTES_MAX)
    try:
        written = b"".join([*map(framed.feed, pieces(data)), framed.close()])
    except ProviderFault:
        return
    with suppress(ProviderFault):
        FramesOpened().feed(written)


def blobs(data: bytes) -> None:
    """Large strings that are lifted out of a body come back, in the standard alphabet."""
    body = data.replace(b"~", BLOB)
    small, found = lifted(body)
    back = laid_back(small, found)
    assert back == body or back.translate(_URL_SAFE) == body.translate(_URL_SAFE)
    assert len(back) == len(body)


def signature(data: bytes) -> None:
    """A signature is believed or not, however it is written."""
    first, _, rest = data.partition(b"\n")
    moment, _, target = rest.partition(b"\n")
    headers = {b"authorization": first, b"x-amz-date": moment, b"host": b"gateway"}
    try:
        read_claim(headers)
        verify(b"POST", target, headers, data, secret_of=lambda _: "secret", now=NOW)
    except SignatureFault:
        pass


def key(data: bytes) -> None:
    """A key is known or it is the client's fault, wherever it stands."""
    names = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key", b"origin")
    values = data.split(b"\n", len(names))
    headers = {name: value for name, value in zip(names, values, strict=False) if value}
    with suppress(ClientFault):
        _KEYS.authenticate(values[-1], headers, 1_790_000_000_000_000, None)


def error(data: bytes) -> None:
    """An error of any shape is read or not."""
    error_text(data)


LAWS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "events": events,
    "lines": lines,
    "frames": frames,
    "invoke request": invoke_request,
    "invoke stream": invoke_stream,
    "blobs": blobs,
    "signature": signature,
    "key": key,
    "error": error,
}
"""By the name of what is fuzzed."""
