"""Canonical events as the stream that a client of this API expects.

`message_start` first, then one block after the other with indexes that count from 0, then
`message_delta` with the reason and the usage, and `message_stop`. What is written waits for nothing
but the end: the usage may come after the reason. Events that were framed by this dialect's own
decoder are written as they were.

>>> from detente.canonical.events import Ended
>>> MessagesEncoder(Reply()).feed([Pinged(), Ended()])[:41]
b'event: ping\\ndata: {"type": "ping"}\\n\\nevent'
"""

from collections.abc import Iterable
from typing import Final, assert_never

import msgspec

from detente.canonical.content import Opaque, Part
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
from detente.dialects._codec.rest import laid_over
from detente.dialects._codec.sequencer import Sequencer
from detente.dialects._codec.state import carried
from detente.dialects.anthropic_messages.answer_parts import encode_answer_part
from detente.dialects.anthropic_messages.citations import encode_citation
from detente.dialects.anthropic_messages.counts import delta_wire, name_placeless, usage_wire
from detente.dialects.anthropic_messages.frames import (
    DELTAS,
    event_bytes,
    unfolded,
    unframed,
)
from detente.dialects.anthropic_messages.response import ending, message_id, refusal_details
from detente.dialects.anthropic_messages.words import NAME
from detente.dialects.codec import Reply

_ENCODE: Final = msgspec.json.Encoder().encode
_PING: Final = b'event: ping\ndata: {"type": "ping"}\n\n'
_STOP: Final = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_END: Final = b"}}\n\n"


class MessagesEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_begun",
        "_called",
        "_count",
        "_done",
        "_head",
        "_lost",
        "_named",
        "_open",
        "_refused",
        "_reply",
        "_sequencer",
        "_started",
        "_state",
        "_stopped",
        "_tier",
        "_usage",
        "losses",
    )

    losses: list[Loss]

    def __init__(self, reply: Reply) -> None:
        self._lost = Losses()
        self.losses = self._lost.found
        self._reply = reply
        self._sequencer = Sequencer()
        self._named: set[str] = set()
        self._begun = False
        self._done = False
        self._started: Started | None = None
        self._stopped: Stopped | None = None
        self._usage: Usage | None = None
        self._tier: str | None = None
        self._count = 0
        self._open: PartStarted | None = None
        self._head = b""
        self._state: Opaque | None = None
        self._called = False
        self._refused = False

    def feed(self, events: Iterable[Event]) -> bytes:
        """See `StreamEncoder.feed`."""
        out: list[bytes] = []
        plain = unframed(events, out)
        if self._stopped is None and plain and isinstance(plain[-1], Ended):
            plain.insert(-1, Stopped(stop="end"))  # what is open ends with it
        for event in self._sequencer.feed(plain):
            if not self._done:
                self._write(event, out)
        if self._started is not None and not self._done:
            self._begin(out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """See `StreamEncoder.fail`."""
        self._done = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _write(self, event: Event, out: list[bytes]) -> None:  # noqa: C901, PLR0912 -- one case each
        if isinstance(event, Delta):
            self._add(event, out)
            return
        match event:
            case Started():
                self._started = event
                self._tier = event.service_tier
            case PartStarted():
                self._open_part(event, out)
            case StateGiven():
                self._keep_state(event)
            case Cited():
                self._cite(event, out)
            case PartStopped():
                self._close_part(event.choice, out)
            case PartGiven():
                self._give(event, out)
            case Filtered():
                self._lose("content_filter", event.filter.name, "Messages says nothing of filters")
            case Stopped():
                if event.choice == 0:
                    self._stopped = event
            case UsageReported():
                self._usage = event.usage
                self._tier = event.service_tier or self._tier
            case Failed():
                self._fail(event, out)
            case Ended():
                self._end(out)
            case Pinged():
                out.append(_PING)
            case Framed():
                pass
            case _:
                assert_never(event)

    def _begin(self, out: list[bytes]) -> None:
        """Write `message_start` where it is still to come."""
        if self._begun:
            return
        self._begun = True
        started = self._started
        usage = usage_wire(self._usage, self._tier)
        message: Obj = {
            "id": message_id((started.id if started else "") or self._reply.request_id),
            "type": "message",
            "role": "assistant",
            "model": started.model if started else "",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        out.append(event_bytes("message_start", {"message": message}))

    def _is_lost(self, choice: int) -> bool:
        """Whether this is of an answer beyond the first."""
        if choice:
            self._lose("choices", f"choices[{choice}]", "Messages gives one answer")
        return choice != 0

    def _open_part(self, event: PartStarted, out: list[bytes]) -> None:
        if self._is_lost(event.choice):
            return
        self._open = event
        if event.kind == "audio":
            self._lose("audio_output", _path(event.index), "an answer of Messages is text")
            self._head = b""
            return
        self._begin(out)
        block = self._block(event)
        out.append(
            event_bytes("content_block_start", {"index": self._count, "content_block": block})
        )
        kind, member = DELTAS[event.kind]
        self._head = (
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
            b'"delta":{"type":"%b","%b":' % (self._count, kind.encode(), member.encode())
        )
        if event.kind == "custom_call":
            out.append(self._head + _ENCODE('{"_":"') + _END)

    def _block(self, event: PartStarted) -> Obj:
        """The block as it begins."""
        state = event.state
        if event.kind in ("reasoning", "summary"):
            if state is not None and state.kind == "redacted":
                return {"type": "redacted_thinking", "data": carried(state, NAME)}
            self._state = state
            return {"type": "thinking", "thinking": "", "signature": ""}
        if state is not None:
            self._lose_state(event.index)
        if event.kind in ("tool_call", "custom_call"):
            self._called = True
            call: Obj = {"type": "tool_use", "id": event.id, "name": event.name}
            laid_over(call, event.extras, NAME)
            call["input"] = {}
            return call
        self._refused = self._refused or event.kind == "refusal"
        return {"type": "text", "text": ""}

    def _add(self, event: Delta, out: list[bytes]) -> None:
        if event.logprobs:
            self._lose("logprobs", "choices[0].logprobs", "Messages has none")
        if self._is_lost(event.choice) or not self._head or not event.text:
            return
        if event.kind == "custom_call":
            told = _ENCODE(_ENCODE(event.text)[1:-1].decode())
        else:
            told = _ENCODE(event.text)
        out.append(self._head + told + _END)

    def _keep_state(self, event: StateGiven) -> None:
        """A signature stands last in its block."""
        if self._is_lost(event.choice):
            return
        if self._open is not None and self._open.kind in ("reasoning", "summary"):
            self._state = event.state
        else:
            self._lose_state(event.index)

    def _lose_state(self, index: int) -> None:
        self._lose(
            "reasoning_state", f"{_path(index)}.state", "only thoughts of Messages have signatures"
        )

    def _cite(self, event: Cited, out: list[bytes]) -> None:
        if self._is_lost(event.choice):
            return
        if self._open is None or self._open.kind != "text":
            self._lose("citations", _path(event.index), "only texts of Messages cite")
            return
        if event.citation.start is not None:
            self._lose("citations", _path(event.index), "Messages cites for a whole text")
        self._put_delta(
            {"type": "citations_delta", "citation": encode_citation(event.citation)}, out
        )

    def _put_delta(self, delta: Obj, out: list[bytes]) -> None:
        out.append(event_bytes("content_block_delta", {"index": self._count, "delta": delta}))

    def _close_part(self, choice: int, out: list[bytes]) -> None:
        if self._is_lost(choice) or self._open is None:
            return
        part, self._open = self._open, None
        if not self._head:
            return
        if part.kind == "custom_call":
            out.append(self._head + _ENCODE('"}') + _END)
        if self._state is not None:
            signature = carried(self._state, NAME)
            self._put_delta({"type": "signature_delta", "signature": signature}, out)
            self._state = None
        self._put_stop(out)

    def _put_stop(self, out: list[bytes]) -> None:
        out.append(event_bytes("content_block_stop", {"index": self._count}))
        self._head = b""
        self._count += 1

    def _give(self, event: PartGiven, out: list[bytes]) -> None:
        """A part that came whole."""
        if self._is_lost(event.choice):
            return
        block = encode_answer_part(event.part, _path(event.index), self._lost)
        if block is None:
            return
        self._begin(out)
        self._note(event.part, block)
        begun, deltas = unfolded(block)
        out.append(
            event_bytes("content_block_start", {"index": self._count, "content_block": begun})
        )
        for delta in deltas:
            self._put_delta(delta, out)
        self._put_stop(out)

    def _note(self, part: Part, block: Obj) -> None:
        self._called = self._called or block["type"] == "tool_use"
        self._refused = self._refused or type(part).__name__ == "Refusal"

    def _fail(self, event: Failed, out: list[bytes]) -> None:
        failure = Failure(
            code=event.code, message=event.message, blame="provider", status=event.status
        )
        out.append(self.fail(failure, request_id=self._reply.request_id))

    def _end(self, out: list[bytes]) -> None:
        self._begin(out)
        self._close_part(0, out)
        self._done = True
        stopped = self._stopped or Stopped(stop="end")
        delta = ending(stopped.stop, stopped.stop_sequence, stopped.stop_detail, self._lost)
        if delta["stop_reason"] == "end_turn" and self._called:
            delta["stop_reason"] = "tool_use"
        elif delta["stop_reason"] == "end_turn" and self._refused:
            delta["stop_reason"] = "refusal"
            delta["stop_details"] = refusal_details(stopped.stop_detail)
        name_placeless(self._usage, self._lost)
        usage = delta_wire(self._usage)
        out.append(event_bytes("message_delta", {"delta": delta, "usage": usage}))
        out.append(_STOP)

    def _lose(self, what: str, path: str, why: str) -> None:
        """Name a loss once, not with every delta."""
        key = f"{what}@{path}"
        if key not in self._named and len(self._named) < 1000:
            self._named.add(key)
            self._lost.lose(what, path, why)


def _path(index: int) -> str:
    return f"choices[0].parts[{index}]"
