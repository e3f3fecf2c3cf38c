"""A streamed answer's events, as canonical events.

Blocks come one after the other: each is a part. What the platform's own tools say is gathered and
given whole at its end, as a `Native` part. An event or delta of an unknown type says nothing to
other dialects, and is kept for this one.

>>> decoder = MessagesDecoder()
>>> decoder.feed(b'event: ping\\ndata: {"type": "ping"}\\n\\n')
[Pinged()]
"""

from typing import Final

from detente.canonical.events import (
    Ended,
    Event,
    Failed,
    Framed,
    Pinged,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ProviderFault
from detente.dialects._anthropic.tokens import MessageUsage, message_usage, overwritten
from detente.dialects._codec.fields import (
    Misfit,
    member,
    member_or_none,
    read_json,
    read_object,
    text_or_none,
)
from detente.dialects._codec.rest import rest
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.anthropic_messages.counts import read_counts, served_tier
from detente.dialects.anthropic_messages.response import stop_detail_of, stop_of
from detente.dialects.anthropic_messages.stream_blocks import OpenBlocks
from detente.dialects.anthropic_messages.words import NAME
from detente.dialects.spec import EVENT_BYTES_MAX

_STATUSES: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def stream_decoder(
    *,
    id_prefix: str = "call",  # noqa: ARG001 -- calls have ids here
    frames: bool = False,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "MessagesDecoder":
    """See `Codec.stream_decoder`."""
    return MessagesDecoder(frames=frames, event_bytes_max=event_bytes_max)


class MessagesDecoder:
    """See `StreamDecoder`."""

    __slots__ = ("_blocks", "_counts", "_cutter", "_ended", "_frames")

    def __init__(self, *, frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._frames = frames
        self._blocks = OpenBlocks(event_bytes_max)
        self._counts: MessageUsage | None = None
        self._ended = False

    def feed(self, piece: bytes) -> list[Event]:
        """See `StreamDecoder.feed`."""
        out: list[Event] = []
        for name, data in self._cutter.feed(piece):
            self._read(name, data, out)
        return out

    def close(self) -> list[Event]:
        """See `StreamDecoder.close`; half an event at the end is nothing."""
        out: list[Event] = []
        for name, data in self._cutter.close():
            try:
                read_json(data)
            except Misfit:
                continue
            self._read(name, data, out)
        return out

    def _read(self, name: bytes, data: bytes, out: list[Event]) -> None:
        if self._ended:
            return
        at = len(out)
        try:
            wire = read_object(data)
            members = self._event(wire.get("type"), wire, out)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        except RecursionError:
            raise ProviderFault(
                "upstream_failed", "an event is nested too deeply; try another deployment"
            ) from None
        if self._frames:
            told = name.decode("utf-8", "replace")
            out.insert(at, Framed(dialect=NAME, name=told, members=members))

    def _event(self, kind: Json, wire: Obj, out: list[Event]) -> Obj:
        """Append the events to `out`; what of `wire` they do not say."""
        match kind:
            case "content_block_delta":
                return self._blocks.add(wire, out)
            case "content_block_start":
                return self._blocks.start(wire, out)
            case "content_block_stop":
                return self._blocks.stop(wire, out)
            case "message_start":
                self._message_start(wire, out)
            case "message_delta":
                self._message_delta(wire, out)
            case "message_stop":
                self._ended = True
                out.append(Ended())
            case "ping":
                out.append(Pinged())
            case "error":
                self._ended = True
                out.append(_failed(wire))
            case _:
                pass
        return wire

    def _message_start(self, wire: Obj, out: list[Event]) -> None:
        message = member(wire, "message")
        usage = message.get("usage")
        out.append(
            Started(
                id=text_or_none(message, "id") or "",
                model=text_or_none(message, "model") or "",
                service_tier=served_tier(usage),
            )
        )
        self._report(usage, out)

    def _message_delta(self, wire: Obj, out: list[Event]) -> None:
        delta = member_or_none(wire, "delta") or {}
        stop = stop_of(text_or_none(delta, "stop_reason"))
        if stop is not None:
            out.append(
                Stopped(
                    stop=stop,
                    stop_sequence=text_or_none(delta, "stop_sequence"),
                    stop_detail=stop_detail_of(delta),
                )
            )
        self._report(wire.get("usage"), out)

    def _report(self, wire: Json, out: list[Event]) -> None:
        counts = read_counts(wire)
        if counts is not None:
            self._counts = overwritten(self._counts, counts)
            out.append(
                UsageReported(usage=message_usage(self._counts), service_tier=served_tier(wire))
            )


def _failed(wire: Obj) -> Failed:
    error = member_or_none(wire, "error") or {}
    kind = text_or_none(error, "type") or "api_error"
    return Failed(
        code=kind,
        message=text_or_none(error, "message") or "the provider reported an error",
        status=_STATUSES.get(kind, 502),
        extras=rest(wire, frozenset(("type", "error", "request_id")), NAME),
    )
