"""Events as a stream of Oracle Cloud's, in the format that the client asked in.

Events have no names, and calls no indexes, so parts go out one after the other. Finish reasons wait
for the end: the stream ends by closing behind them.
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
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.leftovers import over
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.sequencer import Sequencer
from detente.dialects.codec import Reply
from detente.dialects.oci_chat.failure import stream_error
from detente.dialects.oci_chat.frames import DONE, call_message, chunk_of, text_message
from detente.dialects.oci_chat.logprobs import told_logprobs
from detente.dialects.oci_chat.parts_decoding import citation_told
from detente.dialects.oci_chat.response_encoding import answerable, asks_coheres, finish_of
from detente.dialects.oci_chat.usage import usage_told
from detente.dialects.oci_chat.wire import COHERE, NAME

_ENCODE: Final = msgspec.json.Encoder().encode
_KEEP_ALIVE: Final = b": keep-alive\n\n"
_DONE_LINE: Final = b"data: [DONE]\n\n"
_FINISHES: Final[dict[StopReason, str]] = {
    "end": "COMPLETE",
    "stop_sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "context_window": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "error": "ERROR",
    "malformed": "ERROR",
}
"""Cohere's words, which the other format says otherwise."""


def stream_encoder(reply: Reply) -> "ChatStreamEncoder":
    """A fresh encoder (see `Codec.stream_encoder`)."""
    return ChatStreamEncoder(reply)


class ChatStreamEncoder:
    """See `StreamEncoder`. `_held` is the text of calls that go out whole."""

    __slots__ = (
        "_calls",
        "_coheres",
        "_frame",
        "_framed",
        "_held",
        "_losses",
        "_lost",
        "_over",
        "_sequencer",
        "_stops",
        "_usage",
        "_wants_usage",
        "losses",
    )

    losses: list[Loss]

    def __init__(self, reply: Reply) -> None:
        self._losses = Losses()
        self.losses = self._losses.found
        self._coheres = asks_coheres(None, reply)
        self._wants_usage = reply.request is None or reply.request.asks_usage or self._coheres
        self._sequencer = Sequencer()
        self._calls: dict[tuple[int, int], PartStarted] = {}
        self._held: dict[tuple[int, int], list[str]] = {}
        self._stops: dict[int, StopReason] = {}
        self._usage: Usage | None = None
        self._over = False
        self._lost: set[str] = set()
        self._frame: Framed | None = None
        self._framed: list[Event] = []

    def feed(self, events: Iterable[Event]) -> bytes:
        """The chunks of `events`."""
        out: list[bytes] = []
        plain: list[Event] = []
        for event in events:
            if isinstance(event, Framed) and event.dialect == NAME:
                self._flush(out)
                self._frame = event
            elif self._frame is not None:
                self._framed.append(event)
            else:
                plain.append(event)
        self._flush(out)
        for event in self._sequencer.feed(plain):
            if not self._over:
                self._one(event, out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The error as a chunk; nothing follows."""
        self._over = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _flush(self, out: list[bytes]) -> None:
        """The chunk that a frame of this dialect stood for."""
        if self._frame is None:
            return
        if self._frame.name == DONE:
            out.append(_DONE_LINE)
        else:
            _write(out, over(chunk_of(self._framed), self._frame.members))
        self._frame = None
        self._framed = []

    def _one(self, event: Event, out: list[bytes]) -> None:  # noqa: C901, PLR0912 -- one case each
        match event:
            case Delta():
                self._delta(event, out)
            case PartStarted():
                self._begin(event, out)
            case PartStopped():
                self._stopped(event.choice, event.index, out)
            case PartGiven():
                self._given(event, out)
            case StateGiven():
                self._lose_state(event.choice, event.index)
            case Cited():
                self._cite(event, out)
            case Stopped():
                self._stops[event.choice] = event.stop
            case UsageReported():
                self._usage = event.usage
            case Filtered():
                self._lose("content_filter", "filters", f"Oracle has no `{event.filter.name}`")
            case Ended():
                self._end(out)
            case Failed():
                self._over = True
                _write(out, {"code": "InternalServerError", "message": event.message})
            case Pinged():
                out.append(_KEEP_ALIVE)
            case Started() | Framed():
                pass
            case _:
                assert_never(event)

    def _begin(self, event: PartStarted, out: list[bytes]) -> None:
        if event.state is not None:
            self._lose_state(event.choice, event.index)
        place = (event.choice, event.index)
        path = f"choices[{event.choice}].parts[{event.index}]"
        if event.kind in ("tool_call", "custom_call"):
            self._calls[place] = event
            if event.kind == "custom_call":
                why = "arguments are a JSON object here, so the text stands in one"
                self._losses.lose("tools", f"{path}.arguments", why, "drop")
            if event.kind == "custom_call" or self._coheres:
                self._held[place] = []
            else:
                self._message(event.choice, call_message({"id": event.id, "name": event.name}), out)
        elif event.kind == "audio":
            self._losses.lose("audio_output", path, "Oracle's chat answers in text only", "drop")

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        if event.kind in ("tool_call", "custom_call"):
            held = self._held.get((event.choice, event.index))
            if held is not None:
                held.append(event.text)
            elif event.text:
                self._message(event.choice, call_message({"arguments": event.text}), out)
        elif event.kind != "audio" and (event.text or event.logprobs):
            message = _cohere_message(event) if self._coheres else text_message(event)
            beside: Obj = {"logprobs": told_logprobs(event.logprobs)} if event.logprobs else {}
            if self._coheres and beside:
                self._lose("logprobs", "choices[0].logprobs", "Cohere's chunks have none")
                beside = {}
            self._message(event.choice, message, out, beside)

    def _stopped(self, choice: int, index: int, out: list[bytes]) -> None:
        """A call that had to wait goes out whole."""
        started = self._calls.pop((choice, index), None)
        held = self._held.pop((choice, index), None)
        if started is None or held is None:
            return
        text = "".join(held)
        arguments = arguments_text({"_": text}) if started.kind == "custom_call" else text
        function: Obj = {"name": started.name, "arguments": arguments}
        call: Obj = {"id": started.id, **({"function": function} if self._coheres else function)}
        self._message(choice, call_message(call), out)

    def _given(self, event: PartGiven, out: list[bytes]) -> None:
        """A part that came whole, as the events of one."""
        kept = answerable((event.part,), self._losses, choice=event.choice, first=event.index)
        for part in kept:
            kind, text = _told(part)
            call = part if isinstance(part, ToolCall) else None
            started = PartStarted(
                kind=kind,
                index=event.index,
                choice=event.choice,
                id=call.id if call is not None else "",
                name=call.name if call is not None else "",
            )
            self._begin(started, out)
            delta = Delta(kind=kind, index=event.index, text=text, choice=event.choice)
            self._delta(delta, out)
            self._stopped(event.choice, event.index, out)

    def _cite(self, event: Cited, out: list[bytes]) -> None:
        if event.citation.kind != "url" or self._coheres:
            path = f"choices[{event.choice}].parts[{event.index}].citations"
            self._lose("citations", path, "Oracle's stream has citations of pages only")
            return
        told = citation_told(event.citation)
        self._message(event.choice, {"role": "ASSISTANT", "annotations": [told]}, out)

    def _message(
        self, choice: int, message: Obj, out: list[bytes], beside: Obj | None = None
    ) -> None:
        if self._coheres:
            if choice == 0:
                _write(out, {"apiFormat": COHERE, "message": message})
            else:
                self._lose("choices", f"choices[{choice}]", "an answer of Cohere's has one message")
            return
        _write(out, {"index": choice, "message": message, **(beside or {})})

    def _end(self, out: list[bytes]) -> None:
        self._over = True
        for choice, index in sorted(self._held):
            self._stopped(choice, index, out)
        if self._coheres:
            stop = self._stops.get(0, "end")
            last: Obj = {"apiFormat": COHERE, "finishReason": _FINISHES.get(stop, "COMPLETE")}
            if stop not in _FINISHES:
                self._lose("stop_reason", "choices[0].stop", f"Oracle has no reason `{stop}`")
            if self._usage is not None:
                last["usage"] = usage_told(self._usage)
            _write(out, last)
            return
        for choice, stop in sorted((self._stops or {0: "end"}).items()):
            word = finish_of(stop, self._losses, choice=choice)
            message: Obj = {"role": "ASSISTANT"}
            _write(out, {"index": choice, "message": message, "finishReason": word})
        if self._usage is not None and self._wants_usage:
            _write(out, {"usage": usage_told(self._usage)})

    def _lose_state(self, choice: int, index: int) -> None:
        path = f"choices[{choice}].parts[{index}]"
        self._lose("reasoning_state", path, "Oracle's chat carries no reasoning state")

    def _lose(self, feature: str, path: str, why: str) -> None:
        """Once for each place, however many events tell of it."""
        if path not in self._lost:
            self._lost.add(path)
            self._losses.lose(feature, path, why)


def _write(out: list[bytes], chunk: Obj) -> None:
    out.append(b"data: " + _ENCODE(chunk) + b"\n\n")


def _cohere_message(event: Delta) -> Obj:
    """The message that adds a text or a thought, in Cohere's words."""
    thinks = event.kind in ("reasoning", "summary")
    content: Obj = (
        {"type": "THINKING", "thinking": event.text}
        if thinks
        else {
            "type": "TEXT",
            "text": event.text,
        }
    )
    return {"role": "ASSISTANT", "content": [content]}


def _told(part: Part) -> tuple[PartKind, str]:
    """What kind of part it is, and its text."""
    match part:
        case ToolCall():
            return ("custom_call" if part.kind == "custom" else "tool_call"), part.arguments
        case Reasoning():
            return "reasoning", part.text or "\n\n".join(part.summary)
        case Refusal():
            return "refusal", part.text
        case Text():
            return "text", part.text
        case _:
            return "text", ""
