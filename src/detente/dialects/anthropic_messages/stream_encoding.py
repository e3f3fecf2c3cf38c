"""Canonical events as the stream that a client of this API expects.

`message_start` first, then one block after the other, then `message_delta` with the reason and the
usage, and `message_stop`. Only the end waits: the usage may come after the reason. Events that were
framed by this dialect's own decoder are written as they were.

>>> MessagesEncoder(Reply()).feed([Pinged(), Ended()])[:41]
b'event: ping\\ndata: {"type": "ping"}\\n\\nevent'
"""

from collections.abc import Iterable
from typing import Final, assert_never

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
from detente.canonical.extras import Obj
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.usage import Usage
from detente.dialects._anthropic.failure import stream_error
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.sequencer import Sequencer
from detente.dialects.anthropic_messages.counts import (
    delta_wire,
    name_placeless,
    name_untold,
    usage_wire,
)
from detente.dialects.anthropic_messages.frames import event_bytes, unframed
from detente.dialects.anthropic_messages.response import ending, message_id, refusal_details
from detente.dialects.anthropic_messages.stream_parts import PartWriter
from detente.dialects.codec import Reply

_PING: Final = b'event: ping\ndata: {"type": "ping"}\n\n'
_STOP: Final = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'

_OfAPart = PartStarted | Delta | StateGiven | Cited | PartStopped | PartGiven


class MessagesEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_begun",
        "_done",
        "_lost",
        "_parts",
        "_reply",
        "_sequencer",
        "_started",
        "_stopped",
        "_tier",
        "_told",
        "_usage",
        "losses",
    )

    losses: list[Loss]

    def __init__(self, reply: Reply) -> None:
        self._lost = Losses()
        self.losses = self._lost.found
        self._reply = reply
        self._sequencer = Sequencer()
        self._parts = PartWriter(self._lost)
        self._begun = False
        self._done = False
        self._started: Started | None = None
        self._stopped: Stopped | None = None
        self._usage: Usage | None = None
        self._told: Usage | None = None
        self._tier: str | None = None

    def feed(self, events: Iterable[Event]) -> bytes:
        """See `StreamEncoder.feed`."""
        out: list[bytes] = []
        plain = unframed(events, out)
        if self._stopped is None and plain and isinstance(plain[-1], Ended):
            plain.insert(-1, Stopped(stop="end"))  # what is open ends with it
        for event in self._sequencer.feed(plain):
            if self._done:
                break
            if isinstance(event, _OfAPart):
                self._write_part(event, out)
            else:
                self._write(event, out)
        if self._started is not None and not self._done:
            self._begin(out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """See `StreamEncoder.fail`."""
        self._done = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _write_part(self, event: _OfAPart, out: list[bytes]) -> None:
        if event.choice != 0:
            self._parts.lose("choices", f"choices[{event.choice}]", "Messages gives one answer")
            return
        match event:
            case Delta():
                self._parts.add(event, out)
            case PartStarted():
                self._begin(out)
                self._parts.open(event, out)
            case StateGiven():
                self._parts.keep_state(event)
            case Cited():
                self._parts.cite(event, out)
            case PartStopped():
                self._parts.close(out)
            case PartGiven():
                self._begin(out)
                self._parts.give(event, out)
            case _:
                assert_never(event)

    def _write(
        self,
        event: Started | Stopped | UsageReported | Filtered | Failed | Ended | Pinged | Framed,
        out: list[bytes],
    ) -> None:
        match event:
            case Started():
                self._started = event
                self._tier = event.service_tier
            case Stopped():
                if event.choice == 0 and self._stopped is None:  # else it is the one of `feed`
                    self._stopped = event
            case UsageReported():
                self._usage = event.usage
                self._tier = event.service_tier or self._tier
            case Filtered():
                name = event.filter.name
                self._parts.lose("content_filter", name, "Messages says nothing of filters")
            case Failed():
                self._fail(event, out)
            case Ended():
                self._end(out)
            case Pinged():
                out.append(_PING)
            case Framed():  # of another dialect
                pass
            case _:
                assert_never(event)

    def _begin(self, out: list[bytes]) -> None:
        """Write `message_start` where it is still to come."""
        if self._begun:
            return
        self._begun = True
        self._told = self._usage
        started = self._started
        message: Obj = {
            "id": message_id((started.id if started else "") or self._reply.request_id),
            "type": "message",
            "role": "assistant",
            "model": started.model if started else "",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage_wire(self._usage, self._tier),
        }
        out.append(event_bytes("message_start", {"message": message}))

    def _fail(self, event: Failed, out: list[bytes]) -> None:
        failure = Failure(
            code=event.code, message=event.message, blame="provider", status=event.status
        )
        out.append(self.fail(failure, request_id=self._reply.request_id))

    def _end(self, out: list[bytes]) -> None:
        self._begin(out)
        self._parts.close(out)
        self._done = True
        stopped = self._stopped or Stopped(stop="end")
        delta = ending(stopped.stop, stopped.stop_sequence, stopped.stop_detail, self._lost)
        if delta["stop_reason"] == "end_turn" and self._parts.called:
            delta["stop_reason"] = "tool_use"
        elif delta["stop_reason"] == "end_turn" and self._parts.refused:
            delta["stop_reason"] = "refusal"
            delta["stop_details"] = refusal_details(stopped.stop_detail)
        name_placeless(self._usage, self._lost)
        name_untold(self._usage, self._told, self._lost)
        usage = delta_wire(self._usage)
        out.append(event_bytes("message_delta", {"delta": delta, "usage": usage}))
        out.append(_STOP)
