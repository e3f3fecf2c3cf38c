"""A streamed answer of Ollama's chat as events.

Every line is a message that continues the one before; calls come whole. The last line says `done`.

>>> decoder = stream_decoder()
>>> events = decoder.feed(b'{"model":"m","message":{"content":"hi"},"done":false}\\n'
...                       b'{"model":"m","message":{"content":""},"done":true}\\n')
>>> [type(event).__name__ for event in events]
['Started', 'PartStarted', 'Delta', 'PartStopped', 'Stopped', 'Ended']
"""

from typing import Final

from detente.canonical.content import Media
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._framing.ndjson import LineCutter
from detente.dialects.ollama_chat.calls import read_call
from detente.dialects.ollama_chat.frames import left_of
from detente.dialects.ollama_chat.logprobs import read_logprobs
from detente.dialects.ollama_chat.media import image_of
from detente.dialects.ollama_chat.response import seconds_of, stop_of, usage_of
from detente.dialects.ollama_chat.wire import NAME
from detente.dialects.spec import EVENT_BYTES_MAX

_STATUS: Final = 502


def stream_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
) -> "ChatStreamDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return ChatStreamDecoder(id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max)


class ChatStreamDecoder:
    """See `StreamDecoder`."""

    __slots__ = (
        "_calls",
        "_cutter",
        "_frames",
        "_next",
        "_open",
        "_over",
        "_prefix",
        "_started",
    )

    def __init__(self, *, id_prefix: str, frames: bool, event_bytes_max: int) -> None:
        self._cutter = LineCutter(line_bytes_max=event_bytes_max)
        self._prefix = id_prefix
        self._frames = frames
        self._started = False
        self._over = False
        self._next = 0
        self._calls = 0
        self._open = ""

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        events: list[Event] = []
        for line in self._cutter.feed(piece):
            self._read(line, events)
        return events

    def close(self) -> list[Event]:
        """What was held, if it is a whole line; raises `ProviderFault`."""
        events: list[Event] = []
        for line in self._cutter.close():
            if line.rstrip().endswith(b"}"):
                self._read(line, events)
        return events

    def _read(self, line: bytes, events: list[Event]) -> None:
        """One line; nothing counts after the last."""
        if self._over:
            return
        try:
            wire = fields.read_object(line)
            told: list[Event] = []
            self._line(wire, told)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        if self._frames:
            events.append(Framed(dialect=NAME, name="", members=left_of(wire, told)))
        events += told

    def _line(self, wire: Obj, events: list[Event]) -> None:
        error = wire.get("error")
        if error is not None:
            self._over = True
            message = error if type(error) is str else "the provider reported an error"
            events.append(Failed(code="server_error", message=message, status=_STATUS))
            return
        if not self._started:
            self._start(wire, events)
        message = wire.get("message")
        if type(message) is dict:
            self._message(wire, message, events)
        elif message is not None:
            raise Misfit("message", "must be an object")
        if wire.get("done") is True:
            self._end(wire, events)

    def _start(self, wire: Obj, events: list[Event]) -> None:
        self._started = True
        model = wire.get("model")
        created_s = seconds_of(wire.get("created_at"))
        events.append(
            Started(id="", model=model if type(model) is str else "", created_s=created_s)
        )

    def _message(self, wire: Obj, message: Obj, events: list[Event]) -> None:
        thinking = message.get("thinking")
        if type(thinking) is str and thinking:
            if self._open != "reasoning":
                self._begin("reasoning", events)
            events.append(Delta(kind="reasoning", index=self._next, text=thinking))
        content = message.get("content")
        logprobs = read_logprobs(wire.get("logprobs")) if "logprobs" in wire else ()
        if type(content) is str and (content or logprobs):
            if self._open != "text":
                self._begin("text", events)
            events.append(Delta(kind="text", index=self._next, text=content, logprobs=logprobs))
        if "images" in message or "tool_calls" in message:
            for data in fields.texts(message, "images"):
                self._give(image_of(data), events)
            for item in fields.items(message, "tool_calls"):
                if type(item) is not dict:
                    raise Misfit("message.tool_calls", "must be a list of objects")
                self._call(item, events)

    def _begin(self, kind: str, events: list[Event]) -> None:
        self._stop_part(events)
        self._open = kind
        events.append(PartStarted(kind="text" if kind == "text" else "reasoning", index=self._next))

    def _stop_part(self, events: list[Event]) -> None:
        if self._open:
            events.append(PartStopped(index=self._next))
            self._next += 1
            self._open = ""

    def _give(self, image: Media, events: list[Event]) -> None:
        self._stop_part(events)
        events.append(PartGiven(index=self._next, part=image))
        self._next += 1

    def _call(self, item: Obj, events: list[Event]) -> None:
        self._stop_part(events)
        try:
            call = read_call(item, f"{self._prefix}_{self._calls}")
        except Misfit as misfit:
            misfit.under("message.tool_calls")
            raise
        self._calls += 1
        index = self._next
        events.append(
            PartStarted(
                kind="tool_call", index=index, id=call.id, name=call.name, extras=call.extras
            )
        )
        events.append(Delta(kind="tool_call", index=index, text=call.arguments))
        events.append(PartStopped(index=index))
        self._next += 1

    def _end(self, wire: Obj, events: list[Event]) -> None:
        self._over = True
        self._stop_part(events)
        events.append(Stopped(stop=stop_of(wire.get("done_reason"), called=self._calls > 0)))
        usage = usage_of(wire)
        if usage is not None:
            events.append(UsageReported(usage=usage))
        events.append(Ended())
