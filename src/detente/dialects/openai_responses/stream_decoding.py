"""A stream of events, read.

The response's own events are read here: its begin, its end, errors. What it consists of,
`item_reading` reads.

>>> decoder = ResponsesDecoder(id_prefix="call", frames=False, event_bytes_max=1000)
>>> decoder.feed(b'event: keepalive\\ndata: {"type":"keepalive"}\\n\\n')
[Pinged()]
"""

from collections.abc import Callable
from typing import Final

from detente.canonical.events import (
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    Pinged,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.response import StopReason
from detente.dialects._codec.fields import (
    Misfit,
    items,
    member_or_none,
    number_or_none,
    read_object,
    text_or_none,
)
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.openai_responses.item_reading import READERS, ItemReader
from detente.dialects.openai_responses.response import filters_of, incomplete_stop
from detente.dialects.openai_responses.usage import counted
from detente.dialects.openai_responses.words import DIALECT
from detente.dialects.spec import EVENT_BYTES_MAX


def new_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
) -> "ResponsesDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return ResponsesDecoder(id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max)


class ResponsesDecoder:
    """See `StreamDecoder`."""

    __slots__ = ("_cutter", "_frames", "_items", "_out", "_over", "_started")

    def __init__(self, *, id_prefix: str, frames: bool, event_bytes_max: int) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._frames = frames
        self._out: list[Event] = []
        self._items = ItemReader(id_prefix)
        self._started = False
        self._over = False

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        try:
            for name, data in self._cutter.feed(piece):
                self._read(name, data)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        return self._taken()

    def close(self) -> list[Event]:
        """What was held; half an event is none."""
        for name, data in self._cutter.close():
            try:
                self._read(name, data)
            except Misfit:
                break
        return self._taken()

    def _taken(self) -> list[Event]:
        out, self._out = self._out, []
        return out

    def _read(self, name: bytes, data: bytes) -> None:
        self._items.parts.out = self._out
        if data == b"[DONE]":  # some hosts end as chat does; the end was before it
            return
        wire = read_object(data)
        kind = wire.get("type")
        if self._frames:
            shown = name.decode("utf-8", "replace")
            self._out.append(Framed(dialect=DIALECT, name=shown, members=wire))
        if self._over:
            return
        if type(kind) is not str:
            return
        read_item = READERS.get(kind)
        if read_item is not None:
            self._start({})
            read_item(self._items, wire)
            return
        read = _READERS.get(kind)
        if read is not None:
            read(self, wire)

    def _start(self, response: Obj) -> None:
        if self._started:
            return
        self._started = True
        created = number_or_none(response, "created_at")
        self._out.append(
            Started(
                id=text_or_none(response, "id") or "",
                model=text_or_none(response, "model") or "",
                created_s=int(created) if created is not None and 0 <= created < 1e12 else None,
                service_tier=text_or_none(response, "service_tier"),
            )
        )

    def begin(self, wire: Obj) -> None:
        """`response.created`, `response.queued`, `response.in_progress`."""
        self._start(member_or_none(wire, "response") or {})

    def completed(self, wire: Obj) -> None:
        """`response.completed`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        self._stop(response, self._items.parts.whole_stop(), None)

    def incomplete(self, wire: Obj) -> None:
        """`response.incomplete`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        stop, detail = incomplete_stop(response)
        self._stop(response, stop, detail)

    def cancelled(self, wire: Obj) -> None:
        """`response.cancelled`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        self._stop(response, "cancelled", None)

    def failed(self, wire: Obj) -> None:
        """`response.failed`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        usage = member_or_none(response, "usage")
        counts = counted(usage) if usage else None
        if counts is not None:
            self._out.append(UsageReported(usage=counts))
        self.error(member_or_none(response, "error") or {})

    def error(self, wire: Obj) -> None:
        """`error`: flat, or as error answers have it."""
        self._over = True
        told = member_or_none(wire, "error") or wire
        code = text_or_none(told, "code") or "server_error"
        self._out.append(
            Failed(
                code=code,
                message=text_or_none(told, "message") or "the provider reported an error",
                status=429 if code.startswith("rate_limit") else 502,
            )
        )

    def ping(self, wire: Obj) -> None:  # noqa: ARG002 - as all readers
        """`keepalive`."""
        self._out.append(Pinged())

    def _finish(self, response: Obj) -> None:
        """The end: what is open is closed, and what came in no event of its own is told."""
        self._start(response)
        self._items.parts.close_all()
        if self._items.parts.next_index == 0:
            for at, item in enumerate(items(response, "output")):
                if type(item) is dict:
                    self._items.whole(at, item)
        self._out += (Filtered(filter=filter_) for filter_ in filters_of(response))

    def _stop(self, response: Obj, stop: StopReason, detail: str | None) -> None:
        self._over = True
        self._out.append(Stopped(stop=stop, stop_detail=detail))
        usage = member_or_none(response, "usage")
        counts = counted(usage) if usage else None
        if counts is not None:
            tier = text_or_none(response, "service_tier")
            self._out.append(UsageReported(usage=counts, service_tier=tier))
        self._out.append(Ended())


_READERS: Final[dict[str, Callable[[ResponsesDecoder, Obj], None]]] = {
    "error": ResponsesDecoder.error,
    "keepalive": ResponsesDecoder.ping,
    "response.cancelled": ResponsesDecoder.cancelled,
    "response.completed": ResponsesDecoder.completed,
    "response.created": ResponsesDecoder.begin,
    "response.failed": ResponsesDecoder.failed,
    "response.in_progress": ResponsesDecoder.begin,
    "response.incomplete": ResponsesDecoder.incomplete,
    "response.queued": ResponsesDecoder.begin,
}
"""Events of the response as a whole."""
