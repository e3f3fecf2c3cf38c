"""A stream, written as this API's clients demand it: `created`, `in_progress`, the items, one
terminal event with the whole response.

Events that came in this dialect (`Framed`) are written as they came, all others anew. A stream that
breaks off has no terminal event.

>>> from detente.canonical.events import Started
>>> encoder = ResponsesEncoder(Reply(now_s=1))
>>> encoder.feed([Started(id="a", model="m")])[:55]
b'event: response.created\\ndata: {"type":"response.created'
"""

from collections.abc import Iterable
from typing import Final, TypeAlias, assert_never

import msgspec

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.sequencer import Sequencer
from detente.dialects._openai.failure import responses_stream_error
from detente.dialects.codec import Reply
from detente.dialects.openai_responses.envelope import (
    ended,
    envelope,
    leave_stop,
    response_id,
)
from detente.dialects.openai_responses.frames import Frames
from detente.dialects.openai_responses.item_events import ItemEvents
from detente.dialects.openai_responses.response import shown_stop
from detente.dialects.openai_responses.usage import usage_counts
from detente.dialects.openai_responses.words import DIALECT, TIERS

_ENCODE: Final = msgspec.json.Encoder().encode
_PING: Final = b": ping\n\n"
"""A comment, which every parser of server-sent events skips."""

_TERMINAL: Final = {"completed": "response.completed", "failed": "response.failed"}


_OF_A_PART: Final = (Delta, PartStarted, PartStopped, PartGiven, Cited, StateGiven)
_OfAPart: TypeAlias = Delta | PartStarted | PartStopped | PartGiven | Cited | StateGiven
_OfAll: TypeAlias = Framed | Started | Stopped | UsageReported | Filtered | Failed | Ended | Pinged


class ResponsesEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_frames",
        "_items",
        "_lost",
        "_others",
        "_out",
        "_over",
        "_reply",
        "_sequence",
        "_sequencer",
        "_started",
        "_stopped",
        "_wire",
        "losses",
    )

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._lost = Losses()
        self.losses: list[Loss] = self._lost.found
        self._out: list[bytes] = []
        self._items = ItemEvents(self._say, self._lost)
        self._sequencer = Sequencer()
        self._frames = Frames()
        self._sequence = 0
        self._wire: Obj = {}
        self._stopped: Stopped | None = None
        self._started = False
        self._over = False
        self._others = False

    def feed(self, events: Iterable[Event]) -> bytes:
        """The bytes of `events`; those of one `Framed` come together."""
        anew: list[Event] = []
        framed: Framed | None = None
        said: str | None = None
        for event in events:
            if isinstance(event, Framed):
                if framed is not None:
                    self._write_frame(framed, said)
                framed, said = (event, None) if event.dialect == DIALECT else (None, None)
            elif framed is None:
                anew.append(event)
            elif isinstance(event, Delta):
                said = event.text if said is None else said + event.text
        if framed is not None:
            self._write_frame(framed, said)
        if anew:
            for event in self._sequencer.feed(anew):
                self._write(event)
        out = b"".join(self._out)
        self._out.clear()
        return out

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The gateway's own error, as the last event."""
        self._over = True
        return responses_stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _write_frame(self, framed: Framed, said: str | None) -> None:
        self._started = True
        self._out.append(self._frames.write(framed.name, framed.members, said))

    def _write(self, event: Event) -> None:
        if self._over:
            return
        if isinstance(event, _OF_A_PART):
            if event.choice == 0:
                self._start(None)
                self._write_part(event)
            else:
                self._leave_choice()
        else:
            self._write_whole(event)

    def _write_whole(self, event: _OfAll) -> None:
        match event:
            case Started():
                self._start(event)
            case Stopped():
                if event.choice == 0:
                    self._stopped = event
                    leave_stop(event.stop, self._lost)
            case UsageReported():
                self._count(event)
            case Filtered():
                self._filter(event)
            case Failed():
                self._fail(event)
            case Ended():
                self._end()
            case Pinged():
                self._out.append(_PING)
            case Framed():
                pass
            case _:
                assert_never(event)

    def _write_part(self, event: _OfAPart) -> None:
        match event:
            case Delta():
                self._items.delta(event)
            case PartStarted():
                self._items.start(event)
            case PartStopped():
                if event.index in self._sequencer.cut_off:
                    self._items.cut()
                else:
                    self._items.stop()
            case PartGiven():
                self._items.give(event.part, event.index)
            case Cited():
                self._items.cite(event.citation, f"choices[0].parts[{event.index}]")
            case StateGiven():
                self._items.state(event.state, f"choices[0].parts[{event.index}]")
            case _:
                assert_never(event)

    def _start(self, event: Started | None) -> None:
        if self._started:
            return
        self._started = True
        reply = self._reply
        id_ = response_id("" if event is None else event.id, reply)
        created_s = reply.now_s
        if event is not None and event.created_s is not None:
            created_s = event.created_s
        model = "" if event is None else event.model
        wire = envelope(reply, id_=id_, model=model, created_s=created_s)
        if event is not None and event.service_tier in TIERS:
            wire["service_tier"] = event.service_tier
        wire.update(self._wire)
        self._wire = wire
        self._items.response = id_
        self._say("response.created", {"response": {**wire, "usage": None}})
        self._say("response.in_progress", {"response": {**wire, "usage": None}})

    def _end(self) -> None:
        """The terminal event, with the whole response."""
        self._start(None)
        self._items.close()
        self._over = True
        stopped = self._stopped
        stop = None if stopped is None else stopped.stop
        stop = shown_stop(stop, refused=self._items.refused)
        wire = self._wire
        detail = None if stopped is None else stopped.stop_detail
        ended(wire, stop, detail, self._reply.now_s)
        wire["output"] = self._items.output
        type_ = _TERMINAL.get(str(wire["status"]), "response.incomplete")
        self._say(type_, {"response": wire})

    def _count(self, event: UsageReported) -> None:
        self._wire["usage"] = usage_counts(event.usage)
        if event.service_tier in TIERS:
            self._wire["service_tier"] = event.service_tier

    def _fail(self, event: Failed) -> None:
        self._over = True
        self._say("error", {"code": event.code, "message": event.message, "param": None})

    def _filter(self, event: Filtered) -> None:
        filter_ = event.filter
        if filter_.dialect == DIALECT:
            self._wire[filter_.name] = filter_.value
        else:
            self._lost.lose(
                "content_filter",
                "filters",
                f"only `{filter_.dialect}` tells what its filters say in `{filter_.name}`",
            )

    def _leave_choice(self) -> None:
        if not self._others:
            self._others = True
            self._lost.lose("choices", "choices[1]", "a response is one answer")

    def _say(self, type_: str, members: Obj) -> None:
        data: dict[str, Json] = {"type": type_, "sequence_number": self._sequence, **members}
        self._sequence += 1
        self._out.append(b"event: %b\ndata: %b\n\n" % (type_.encode(), _ENCODE(data)))
