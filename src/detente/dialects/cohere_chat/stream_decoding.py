"""A streamed answer of Cohere's chat as events.

`message-end` is the end; a line `[DONE]` follows it, which some hosts leave out.

>>> decoder = stream_decoder()
>>> events = decoder.feed(b'data: {"type":"message-start","id":"1"}\\n\\n')
>>> events += decoder.feed(b'data: {"type":"message-end","delta":{"finish_reason":"ERROR"}}\\n\\n')
>>> [type(event).__name__ for event in events + decoder.close()]
['Started', 'Stopped', 'Ended']
"""

from typing import Final

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Framed,
    PartKind,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.leftovers import left
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.cohere_chat.citations import read_citation
from detente.dialects.cohere_chat.frames import DONE, event_of
from detente.dialects.cohere_chat.logprobs import read_piece
from detente.dialects.cohere_chat.messages_decoding import read_call
from detente.dialects.cohere_chat.response import stop_of
from detente.dialects.cohere_chat.usage import read_counts
from detente.dialects.cohere_chat.wire import NAME
from detente.dialects.spec import EVENT_BYTES_MAX

_DONE: Final = DONE.encode()
_STATUS: Final = 502
_CONTENTS_MAX: Final = 4096
"""Blocks of content and calls that one answer can have open."""


def stream_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
) -> "ChatStreamDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return ChatStreamDecoder(id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max)


class ChatStreamDecoder:
    """See `StreamDecoder`. `_open` holds the parts that are open, by what the wire calls them."""

    __slots__ = (
        "_blocks",
        "_calls",
        "_cutter",
        "_finished",
        "_frames",
        "_next",
        "_open",
        "_over",
        "_prefix",
        "_started",
    )

    def __init__(self, *, id_prefix: str, frames: bool, event_bytes_max: int) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._prefix = id_prefix
        self._frames = frames
        self._started = False
        self._finished = False
        self._over = False
        self._next = 0
        self._calls = 0
        self._open: dict[tuple[str, Json], tuple[int, PartKind]] = {}
        self._blocks: dict[Json, int] = {}

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        events: list[Event] = []
        for name, data in self._cutter.feed(piece):
            self._read(name, data, events)
        return events

    def close(self) -> list[Event]:
        """What was held, if it is a whole event; the end, if it was seen and not yet told."""
        events: list[Event] = []
        for name, data in self._cutter.close():
            if data.strip() == _DONE or data.rstrip().endswith(b"}"):
                self._read(name, data, events)
        if self._finished and not self._over:
            self._over = True
            events.append(Ended())
        return events

    def _read(self, name: bytes, data: bytes, events: list[Event]) -> None:
        """One wire event; nothing counts after the end."""
        if self._over:
            return
        if data.strip() == _DONE:
            if self._frames:
                events.append(Framed(dialect=NAME, name=DONE, members={}))
            if self._finished:
                self._over = True
                events.append(Ended())
            return
        if not data.strip():
            return
        try:
            wire = fields.read_object(data)
            told: list[Event] = []
            kind = wire.get("type")
            self._event(kind if type(kind) is str else name.decode("utf-8", "replace"), wire, told)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        if self._frames:
            frame = name.decode("utf-8", "replace")
            members = left(wire, event_of(frame, told))
            events.append(Framed(dialect=NAME, name=frame, members=members))
        events += told

    def _event(self, kind: str, wire: Obj, events: list[Event]) -> None:  # noqa: C901 -- one case each
        if not self._started:
            self._start(wire, events)
        match kind:
            case "content-delta":
                self._content(wire, events)
            case "content-start":
                self._content_start(wire, events)
            case "tool-plan-delta":
                self._plan(wire, events)
            case "tool-call-start":
                self._call_start(wire, events)
            case "tool-call-delta":
                self._call(wire, events)
            case "content-end":
                self._stop(("content", _key(wire)), events)
            case "tool-call-end":
                self._stop(("call", _key(wire)), events)
            case "citation-start":
                self._cite(wire, events)
            case "message-end":
                self._end(wire, events)
            case _:
                pass

    def _start(self, wire: Obj, events: list[Event]) -> None:
        self._started = True
        told = wire.get("id")
        events.append(Started(id=told if type(told) is str else "", model=""))

    def _begin(
        self, key: tuple[str, Json], kind: PartKind, events: list[Event]
    ) -> tuple[int, PartKind]:
        """Open a part that is not a call; a plan ends where anything else begins."""
        if key[0] != "plan":
            self._stop(("plan", None), events)
        index = self._index(key, kind)
        events.append(PartStarted(kind=kind, index=index))
        return index, kind

    def _index(self, key: tuple[str, Json], kind: PartKind) -> int:
        if len(self._open) >= _CONTENTS_MAX or len(self._blocks) >= _CONTENTS_MAX:
            raise Misfit("index", "has too many values")
        index = self._next
        self._next += 1
        self._open[key] = (index, kind)
        return index

    def _stop(self, key: tuple[str, Json], events: list[Event]) -> None:
        found = self._open.pop(key, None)
        if found is not None:
            events.append(PartStopped(index=found[0]))

    def _content_start(self, wire: Obj, events: list[Event]) -> None:
        content = _inner(wire, "content")
        thinks = content.get("type") == "thinking" or (
            "type" not in content and "thinking" in content
        )
        key = ("content", _key(wire))
        self._stop(key, events)
        index, kind = self._begin(key, "reasoning" if thinks else "text", events)
        self._blocks[_key(wire)] = index
        text = content.get("thinking" if thinks else "text")
        if type(text) is str and text:
            events.append(Delta(kind=kind, index=index, text=text))

    def _content(self, wire: Obj, events: list[Event]) -> None:
        content = _inner(wire, "content")
        text = content.get("text")
        kind: PartKind = "text"
        if text is None and "thinking" in content:
            text, kind = content["thinking"], "reasoning"
        if type(text) is not str:
            return
        key = ("content", _key(wire))
        found = self._open.get(key)
        if found is None or found[1] != kind:
            self._stop(key, events)
            found = self._begin(key, kind, events)
            self._blocks[_key(wire)] = found[0]
        piece = wire.get("logprobs")
        logprobs = (read_piece(piece),) if type(piece) is dict else ()
        events.append(Delta(kind=kind, index=found[0], text=text, logprobs=logprobs))

    def _plan(self, wire: Obj, events: list[Event]) -> None:
        text = _message(wire).get("tool_plan")
        if type(text) is not str or not text:
            return
        found = self._open.get(("plan", None))
        if found is None:
            found = self._begin(("plan", None), "reasoning", events)
        events.append(Delta(kind="reasoning", index=found[0], text=text))

    def _call_start(self, wire: Obj, events: list[Event]) -> None:
        self._stop(("plan", None), events)
        key = ("call", _key(wire))
        self._stop(key, events)
        call = read_call(_inner(wire, "tool_calls"), f"{self._prefix}_{self._calls}")
        self._calls += 1
        index = self._index(key, "tool_call")
        events.append(
            PartStarted(
                kind="tool_call", index=index, id=call.id, name=call.name, extras=call.extras
            )
        )
        if call.arguments:
            events.append(Delta(kind="tool_call", index=index, text=call.arguments))

    def _call(self, wire: Obj, events: list[Event]) -> None:
        found = self._open.get(("call", _key(wire)))
        function = _inner(wire, "tool_calls").get("function")
        text = function.get("arguments") if type(function) is dict else None
        if found is not None and type(text) is str:
            events.append(Delta(kind="tool_call", index=found[0], text=text))

    def _cite(self, wire: Obj, events: list[Event]) -> None:
        told = _message(wire).get("citations")
        if type(told) is not dict:
            return
        index = self._blocks.get(_hashable(told.get("content_index")))
        if index is None and self._blocks:
            index = max(self._blocks.values())
        if index is not None:
            events.append(Cited(index=index, citation=read_citation(told)))

    def _end(self, wire: Obj, events: list[Event]) -> None:
        delta = wire.get("delta")
        held = delta if type(delta) is dict else {}
        error = held.get("error")
        if error is not None:
            self._over = True
            message = error if type(error) is str else "the provider reported an error"
            events.append(Failed(code="server_error", message=message, status=_STATUS))
            return
        for key in list(self._open):
            self._stop(key, events)
        stop = stop_of(held.get("finish_reason"))
        if stop is not None:
            events.append(Stopped(stop=stop))
        usage = read_counts(held.get("usage"))
        if usage is not None:
            events.append(UsageReported(usage=usage))
        self._finished = True


def _message(wire: Obj) -> Obj:
    delta = wire.get("delta")
    message = delta.get("message") if type(delta) is dict else None
    return message if type(message) is dict else {}


def _inner(wire: Obj, key: str) -> Obj:
    held = _message(wire).get(key)
    return held if type(held) is dict else {}


def _key(wire: Obj) -> Json:
    return _hashable(wire.get("index"))


def _hashable(value: Json) -> Json:
    return value if type(value) is int else None
