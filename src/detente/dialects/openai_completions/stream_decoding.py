"""A streamed completion as events.

The end is `[DONE]`; hosts that leave it out have ended where each choice has its reason.

>>> decoder = stream_decoder()
>>> events = decoder.feed(b'data: {"id":"a","choices":[{"text":"hi","index":0}]}\\n\\n')
>>> [type(event).__name__ for event in events]
['Started', 'PartStarted', 'Delta']
"""

from typing import Final

from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    Framed,
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
from detente.dialects.openai_completions.frames import DONE, chunk_of
from detente.dialects.openai_completions.logprobs import read_logprobs
from detente.dialects.openai_completions.response import stop_of, usage_of
from detente.dialects.openai_completions.wire import NAME
from detente.dialects.spec import EVENT_BYTES_MAX

CHOICES_MAX: Final = 1024
"""Choices that one stream can have: prompts times `n`."""

_DONE: Final = DONE.encode()
_STATUS: Final = 502


def stream_decoder(
    *,
    id_prefix: str = "call",  # noqa: ARG001 -- completions call nothing
    frames: bool = False,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "CompletionDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return CompletionDecoder(frames=frames, event_bytes_max=event_bytes_max)


class CompletionDecoder:
    """See `StreamDecoder`. `_open` says of each choice whether its text is open."""

    __slots__ = ("_cutter", "_frames", "_open", "_over", "_started", "_stopped")

    def __init__(self, *, frames: bool, event_bytes_max: int) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._frames = frames
        self._started = False
        self._over = False
        self._open: dict[int, bool] = {}
        self._stopped: set[int] = set()

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        events: list[Event] = []
        for name, data in self._cutter.feed(piece):
            self._read(name, data, events)
        return events

    def close(self) -> list[Event]:
        """What was held, if it is a whole event; raises `ProviderFault`."""
        events: list[Event] = []
        for name, data in self._cutter.close():
            if data.strip() == _DONE or data.rstrip().endswith(b"}"):
                self._read(name, data, events)
        if not self._over and self._stopped and self._stopped == self._open.keys():
            self._over = True
            events.append(Ended())
        return events

    def _read(self, name: bytes, data: bytes, events: list[Event]) -> None:
        """One wire event; nothing counts after the end."""
        if self._over or not data.strip():
            return
        if data.strip() == _DONE:
            self._end(events)
            return
        told: list[Event] = []
        try:
            wire = fields.read_object(data)
            self._chunk(wire, told)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        if self._frames:
            frame = name.decode("utf-8", "replace")
            events.append(Framed(dialect=NAME, name=frame, members=left(wire, chunk_of(told))))
        events += told

    def _chunk(self, wire: Obj, events: list[Event]) -> None:
        error = wire.get("error")
        if error is not None:
            self._fail(error, events)
            return
        if not self._started:
            self._start(wire, events)
        for item in fields.items(wire, "choices"):
            if type(item) is dict:
                self._choice(item, events)
        usage = usage_of(wire.get("usage"))
        if usage is not None:
            events.append(UsageReported(usage=usage))

    def _start(self, wire: Obj, events: list[Event]) -> None:
        self._started = True
        told, model, created = wire.get("id"), wire.get("model"), wire.get("created")
        events.append(
            Started(
                id=told if type(told) is str else "",
                model=model if type(model) is str else "",
                created_s=created if type(created) is int else None,
            )
        )

    def _choice(self, item: Obj, events: list[Event]) -> None:
        at = item.get("index")
        choice = at if type(at) is int and at >= 0 else 0
        if choice not in self._open:
            if len(self._open) >= CHOICES_MAX:
                raise Misfit("choices", "are too many")
            self._open[choice] = False
        if choice in self._stopped:
            return
        text = item.get("text")
        logprobs = read_logprobs(item["logprobs"]) if item.get("logprobs") is not None else ()
        if type(text) is str and (text or logprobs):
            if not self._open[choice]:
                self._open[choice] = True
                events.append(PartStarted(kind="text", index=0, choice=choice))
            events.append(Delta(kind="text", index=0, text=text, choice=choice, logprobs=logprobs))
        stop = stop_of(item.get("finish_reason"))
        if stop is not None:
            self._stop(choice, item, events)

    def _stop(self, choice: int, item: Obj, events: list[Event]) -> None:
        if self._open[choice]:
            events.append(PartStopped(index=0, choice=choice))
        self._stopped.add(choice)
        stop = stop_of(item.get("finish_reason")) or "other"
        sequence = item.get("stop_reason")
        if type(sequence) is str and stop == "end":
            events.append(Stopped(stop="stop_sequence", choice=choice, stop_sequence=sequence))
        else:
            events.append(Stopped(stop=stop, choice=choice))

    def _fail(self, error: Json, events: list[Event]) -> None:
        self._over = True
        held: Obj = error if type(error) is dict else {"message": error}
        message, code = held.get("message"), held.get("code")
        events.append(
            Failed(
                code=code if type(code) is str and code else "server_error",
                message=message if type(message) is str else "the provider reported an error",
                status=_STATUS,
            )
        )

    def _end(self, events: list[Event]) -> None:
        self._over = True
        if self._frames:
            events.append(Framed(dialect=NAME, name=DONE, members={}))
        if not self._started:
            self._started = True
            events.append(Started(id="", model=""))
        for choice, is_open in self._open.items():
            if is_open and choice not in self._stopped:
                events.append(PartStopped(index=0, choice=choice))
        events.append(Ended())
