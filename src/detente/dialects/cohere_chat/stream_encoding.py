"""Events as a stream of Cohere's.

Blocks of content and calls have indexes of their own kind, from 0, one after the other; the last
event tells reason and usage, and a line `[DONE]` follows.
"""

from collections.abc import Iterable
from typing import Final, assert_never

import msgspec

from detente.canonical.content import Part, Reasoning, Refusal, Text, ToolCall
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartKind,
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
from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec.leftovers import over
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.sequencer import Sequencer
from detente.dialects._cohere.failure import stream_error
from detente.dialects.codec import Reply
from detente.dialects.cohere_chat.citations import citation_told
from detente.dialects.cohere_chat.frames import DONE, call_started, event_of
from detente.dialects.cohere_chat.logprobs import piece_told
from detente.dialects.cohere_chat.response import answerable, finish_of
from detente.dialects.cohere_chat.usage import usage_told
from detente.dialects.cohere_chat.wire import NAME

_ENCODE: Final = msgspec.json.Encoder().encode
_DONE_LINE: Final = b"data: [DONE]\n\n"
_KEEP_ALIVE: Final = b": keep-alive\n\n"
_CALLS: Final = ("tool_call", "custom_call")


def stream_encoder(reply: Reply) -> "ChatStreamEncoder":
    """A fresh encoder (see `Codec.stream_encoder`)."""
    return ChatStreamEncoder(reply)


class ChatStreamEncoder:
    """See `StreamEncoder`."""

    __slots__ = (
        "_blocks",
        "_calls",
        "_citations",
        "_frame",
        "_framed",
        "_losses",
        "_lost",
        "_over",
        "_places",
        "_reply",
        "_sequencer",
        "_started",
        "_stop",
        "_texts",
        "_usage",
        "losses",
    )

    losses: list[Loss]

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._losses = Losses()
        self.losses = self._losses.found
        self._sequencer = Sequencer()
        self._places: dict[int, tuple[str, int]] = {}
        self._texts: dict[int, list[str]] = {}
        self._blocks = 0
        self._calls = 0
        self._citations = 0
        self._lost: set[str] = set()
        self._started = False
        self._over = False
        self._stop: StopReason | None = None
        self._usage: Usage | None = None
        self._frame: Framed | None = None
        self._framed: list[Event] = []

    def feed(self, events: Iterable[Event]) -> bytes:
        """The wire events of `events`."""
        out: list[bytes] = []
        free: list[Event] = []
        for event in events:
            if isinstance(event, Framed) and event.dialect == NAME:
                self._flush(out)
                self._frame = event
            elif self._frame is not None:
                self._framed.append(event)
            else:
                free.append(event)
        self._flush(out)
        for event in self._sequencer.feed(free):
            if not self._over:
                self._one(event, out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The error as the last event; no `[DONE]`, for the answer is not done."""
        self._over = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _flush(self, out: list[bytes]) -> None:
        """The wire event that a frame of this dialect stood for."""
        frame = self._frame
        if frame is None:
            return
        if frame.name == DONE:
            out.append(_DONE_LINE)
        else:
            wire = over(event_of(frame.name, self._framed), frame.members)
            head = f"event: {frame.name}\n".encode() if frame.name else b""
            out.append(head + b"data: " + _ENCODE(wire) + b"\n\n")
        self._frame = None
        self._framed = []

    def _one(self, event: Event, out: list[bytes]) -> None:  # noqa: C901, PLR0912 -- one case each
        if getattr(event, "choice", 0):
            self._lose("choices", "choices[1]", "an answer of Cohere's has one message")
            return
        if not self._started and not isinstance(event, Failed | Pinged):
            self._start(event, out)
        match event:
            case Delta():
                self._delta(event, out)
            case PartStarted():
                self._begin(event, out)
            case PartStopped():
                self._stopped(event.index, out)
            case PartGiven():
                self._given(event, out)
            case StateGiven():
                self._lose_state(event.index)
            case Cited():
                self._cite(event, out)
            case Stopped():
                self._stop = event.stop
            case UsageReported():
                self._usage = event.usage
            case Filtered():
                self._lose("content_filter", "filters", f"Cohere has no `{event.filter.name}`")
            case Ended():
                self._end(out)
            case Failed():
                self._over = True
                delta: Obj = {"error": event.message, "finish_reason": "ERROR"}
                _write(out, "message-end", {"id": self._reply.request_id, "delta": delta})
            case Pinged():
                out.append(_KEEP_ALIVE)
            case Started() | Framed():
                pass
            case _:
                assert_never(event)

    def _start(self, event: Event, out: list[bytes]) -> None:
        self._started = True
        told = event.id if isinstance(event, Started) else ""
        message: Obj = {
            "role": "assistant",
            "content": [],
            "tool_plan": "",
            "tool_calls": [],
            "citations": [],
        }
        begun: Obj = {"id": told or self._reply.request_id, "delta": {"message": message}}
        _write(out, "message-start", begun)

    def _begin(self, event: PartStarted, out: list[bytes]) -> None:
        if event.state is not None:
            self._lose_state(event.index)
        if event.kind in _CALLS:
            self._places[event.index] = (event.kind, self._calls)
            call = call_started(event)
            _write(
                out,
                "tool-call-start",
                {"index": self._calls, "delta": {"message": {"tool_calls": call}}},
            )
            self._calls += 1
            if event.kind == "custom_call":
                why = "arguments are a JSON object here, so the text stands in one"
                path = f"choices[0].parts[{event.index}].arguments"
                self._losses.lose("tools", path, why, "drop")
                self._texts[event.index] = []
        elif event.kind == "audio":
            path = f"choices[0].parts[{event.index}]"
            self._losses.lose("audio_output", path, "Cohere answers in text only", "drop")
        else:
            key = "text" if event.kind in ("text", "refusal") else "thinking"
            self._places[event.index] = (key, self._blocks)
            content: Obj = {"type": key, key: ""}
            _write(
                out,
                "content-start",
                {"index": self._blocks, "delta": {"message": {"content": content}}},
            )
            self._blocks += 1
            if key == "text":
                self._texts[event.index] = []

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        key, place = self._places.get(event.index, ("", 0))
        if not key:
            return
        if event.index in self._texts:
            self._texts[event.index].append(event.text)
        if key == "custom_call":
            return
        if key == "tool_call":
            call: Obj = {"function": {"arguments": event.text}}
            wire: Obj = {"index": place, "delta": {"message": {"tool_calls": call}}}
            _write(out, "tool-call-delta", wire)
            return
        wire = {"index": place, "delta": {"message": {"content": {key: event.text}}}}
        if event.logprobs:
            wire["logprobs"] = piece_told(event.logprobs[0])
            for token in event.logprobs[1:]:
                _write(out, "content-delta", wire)
                empty: Obj = {"message": {"content": {key: ""}}}
                wire = {"index": place, "delta": empty, "logprobs": piece_told(token)}
        _write(out, "content-delta", wire)

    def _stopped(self, index: int, out: list[bytes]) -> None:
        key, place = self._places.pop(index, ("", 0))
        if key == "custom_call":
            text = "".join(self._texts.pop(index, ()))
            arguments = _ENCODE({"_": text}).decode()
            call: Obj = {"function": {"arguments": arguments}}
            _write(
                out, "tool-call-delta", {"index": place, "delta": {"message": {"tool_calls": call}}}
            )
        if key in _CALLS:
            _write(out, "tool-call-end", {"index": place})
        elif key:
            _write(out, "content-end", {"index": place})

    def _given(self, event: PartGiven, out: list[bytes]) -> None:
        """A part that came whole, as the events of one."""
        for part in answerable((event.part,), self._losses, first=event.index):
            kind, text = _told(part)
            call = part if isinstance(part, ToolCall) else None
            started = PartStarted(
                kind=kind,
                index=event.index,
                id=call.id if call is not None else "",
                name=call.name if call is not None else "",
            )
            self._begin(started, out)
            self._delta(Delta(kind=kind, index=event.index, text=text), out)
            self._stopped(event.index, out)

    def _cite(self, event: Cited, out: list[bytes]) -> None:
        key, place = self._places.get(event.index, ("", 0))
        if key != "text":
            path = f"choices[0].parts[{event.index}]"
            self._losses.lose("citations", path, "Cohere cites in its text only")
            return
        told = citation_told(event.citation, "".join(self._texts.get(event.index, ())), place)
        wire: Obj = {"index": self._citations, "delta": {"message": {"citations": told}}}
        _write(out, "citation-start", wire)
        _write(out, "citation-end", {"index": self._citations})
        self._citations += 1

    def _end(self, out: list[bytes]) -> None:
        self._over = True
        for index in sorted(self._places):
            self._stopped(index, out)
        delta: Obj = {
            "finish_reason": finish_of(self._stop, self._losses),
            "usage": usage_told(self._usage or Usage()),
        }
        _write(out, "message-end", {"delta": delta})
        out.append(_DONE_LINE)

    def _lose_state(self, index: int) -> None:
        path = f"choices[0].parts[{index}]"
        self._lose("reasoning_state", path, "Cohere carries no reasoning state")

    def _lose(self, feature: str, path: str, why: str) -> None:
        """Once for each place, however many events tell of it."""
        if path not in self._lost:
            self._lost.add(path)
            self._losses.lose(feature, path, why)


def _write(out: list[bytes], name: str, members: Obj) -> None:
    told: Obj = {"type": name, **members}
    out.append(b"event: " + name.encode() + b"\ndata: " + _ENCODE(told) + b"\n\n")


def _told(part: Part) -> tuple[PartKind, str]:
    """What kind of part it is, and its text."""
    match part:
        case ToolCall():
            return ("custom_call" if part.kind == "custom" else "tool_call"), part.arguments
        case Reasoning():
            return "reasoning", part.text or "\n\n".join(part.summary)
        case Text() | Refusal():
            return "text", part.text
        case _:
            return "text", ""
