"""Both lanes through InvokeModel: a publisher's `Spec` and `Codec`, with the envelope around them.

The bodies of requests are not opened here (`invoke.opened`), for their dialect shows only then.

>>> from detente.dialects.anthropic_messages import SPEC
>>> client_spec(SPEC).stream_error is SPEC.stream_error
False
"""

from collections.abc import Iterable

import msgspec

from detente.canonical.events import Event
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.request import Request
from detente.dialects._bedrock.failure import error_body, error_lines, last_status, stream_error
from detente.dialects._envelope.invoke import wrapped
from detente.dialects._envelope.invoke_stream import (
    EventsFramed,
    FramedTap,
    FramesOpened,
    OpenedTap,
    read_error,
)
from detente.dialects.codec import (
    AWS_EVENTS,
    Codec,
    Encoded,
    Reply,
    StreamDecoder,
    StreamEncoder,
    Target,
)
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead, Spec, StreamTap


def client_spec(spec: Spec) -> Spec:
    """What `spec` is towards a client of Bedrock's: frames, and its errors."""

    def tap(head: RequestHead, *, event_bytes_max: int = EVENT_BYTES_MAX) -> StreamTap:
        inner = spec.tap(head, event_bytes_max=event_bytes_max)
        return FramedTap(inner, event_bytes_max=event_bytes_max)

    return msgspec.structs.replace(
        spec,
        tap=tap,
        error_body=error_body,
        error_lines=error_lines,
        last_status=last_status,
        stream_error=stream_error,
        request_id_header=b"x-amzn-requestid",
    )


def upstream_spec(spec: Spec) -> Spec:
    """What `spec` is in front of Bedrock: its stream comes in frames."""

    def tap(head: RequestHead, *, event_bytes_max: int = EVENT_BYTES_MAX) -> StreamTap:
        inner = spec.tap(head, event_bytes_max=event_bytes_max)
        return OpenedTap(inner, event_bytes_max=event_bytes_max)

    return msgspec.structs.replace(spec, tap=tap)


def client_codec(codec: Codec) -> Codec:
    """What `codec` is towards a client of Bedrock's, whose request was opened before."""

    def stream_encoder(reply: Reply) -> StreamEncoder:
        return FramedEncoder(codec.stream_encoder(reply))

    return msgspec.structs.replace(
        codec, stream_content_type=AWS_EVENTS, stream_encoder=stream_encoder
    )


def upstream_codec(codec: Codec) -> Codec:
    """What `codec` is in front of Bedrock: requests wrapped, streams in frames, its errors."""

    def encode_request(request: Request, target: Target) -> Encoded:
        encoded = codec.encode_request(request, target)
        body = wrapped(encoded.body, api_version=target.api_version)
        return Encoded(body=body, losses=encoded.losses)

    def stream_decoder(
        *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
    ) -> StreamDecoder:
        inner = codec.stream_decoder(
            id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max
        )
        return OpenedDecoder(inner, event_bytes_max=event_bytes_max)

    return msgspec.structs.replace(
        codec,
        stream_content_type=AWS_EVENTS,
        encode_request=encode_request,
        stream_decoder=stream_decoder,
        read_error=read_error,
        streams_by_path=True,
    )


class FramedEncoder:
    """See `StreamEncoder`: events in, frames out."""

    __slots__ = ("_events", "_inner", "losses")

    def __init__(self, inner: StreamEncoder) -> None:
        self._inner = inner
        self._events = EventsFramed()
        self.losses: list[Loss] = inner.losses

    def feed(self, events: Iterable[Event]) -> bytes:
        """The frames of `events`."""
        framed = self._events.feed(self._inner.feed(events))
        self.losses = self._inner.losses
        return framed

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """An exception's frame."""
        return stream_error(failure, request_id=request_id, decision_id=decision_id)


class OpenedDecoder:
    """See `StreamDecoder`: frames in, events out."""

    __slots__ = ("_frames", "_inner")

    def __init__(self, inner: StreamDecoder, *, event_bytes_max: int) -> None:
        self._inner = inner
        self._frames = FramesOpened(event_bytes_max=event_bytes_max)

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        return self._inner.feed(self._frames.feed(piece))

    def close(self) -> list[Event]:
        """What the inner decoder held; half a frame is no event."""
        return self._inner.close()
