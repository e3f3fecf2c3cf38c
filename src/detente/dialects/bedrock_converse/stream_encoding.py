"""Canonical events as a Converse stream, in the order in which the platform sends it.

A block of text begins with its first delta, so an empty one never shows. A block's state goes out
at its end. `messageStop` and `metadata` are the end; a stream without them was cut off, and a
client sees it miss them. A sign of life is an event that no client knows, and all skip.

>>> StreamEncoder(Reply()).feed([Started(id="", model="")])[-24:-4]
b'{"role":"assistant"}'
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detente.canonical.content import Media, Opaque, Reasoning, Refusal, Text, ToolCall
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
from detente.canonical.failure import Failure, ProviderFault
from detente.canonical.loss import Loss
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects._bedrock.failure import stream_error
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.sequencer import Sequencer
from detente.dialects.bedrock_converse.citations import citation_object
from detente.dialects.bedrock_converse.exceptions import failed_event
from detente.dialects.bedrock_converse.frames import Rewriter, delta_of, state_delta, wire_event
from detente.dialects.bedrock_converse.given import opened, pieces_of
from detente.dialects.bedrock_converse.guardrail import trace_object
from detente.dialects.bedrock_converse.response import metadata_object, stopped_object
from detente.dialects.bedrock_converse.words import DIALECT
from detente.dialects.codec import Reply

_ENCODE: Final = msgspec.json.Encoder().encode
_CALLS: Final = ("tool_call", "custom_call")
_THOUGHTS: Final = ("reasoning", "summary")


class StreamEncoder:
    """See `codec.StreamEncoder`."""

    __slots__ = (
        "_begun",
        "_filters",
        "_index",
        "_kind",
        "_losses",
        "_named",
        "_order",
        "_over",
        "_refused",
        "_reply",
        "_rewriter",
        "_state",
        "_stopped",
        "_tier",
        "_usage",
        "_wrote",
        "losses",
    )

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._losses = Losses()
        self.losses: list[Loss] = self._losses.found
        self._named: set[str] = set()
        self._order = Sequencer()
        self._rewriter: Rewriter | None = None
        self._index = 0
        self._kind: PartKind = "text"
        self._state: Opaque | None = None
        self._begun = False
        self._wrote = False
        self._refused = False
        self._stopped = False
        self._over = False
        self._filters: list[ContentFilter] = []
        self._usage: Usage | None = None
        self._tier: str | None = None

    def feed(self, events: Iterable[Event]) -> bytes:
        """The frames of `events`; raises `ProviderFault` where one cannot be written."""
        try:
            return self._frames(events)
        except RecursionError:
            raise ProviderFault(
                "upstream_failed",
                "the provider's answer is nested too deeply; try another deployment",
            ) from None

    def _frames(self, events: Iterable[Event]) -> bytes:
        if self._rewriter is not None:
            return self._rewrite(self._rewriter, events)
        listed = list(events)
        if any(type(event) is Framed and event.dialect == DIALECT for event in listed):
            self._rewriter = Rewriter()
            return self._rewrite(self._rewriter, listed)
        out: list[bytes] = []
        for event in self._order.feed(listed):
            if not self._over:
                self._write(event, out)
        return b"".join(out)

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The gateway's error as an exception; nothing follows."""
        if self._over:
            return b""
        self._over = True
        return stream_error(failure, request_id=request_id, decision_id=decision_id)

    def _rewrite(self, rewriter: Rewriter, events: Iterable[Event]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if self._over:
                break
            if isinstance(event, Framed):
                out.append(rewriter.begin(event))
            else:
                out.append(rewriter.add(event))
                self._over = isinstance(event, Failed)
        out.append(rewriter.flush())
        return b"".join(out)

    def _write(self, event: Event, out: list[bytes]) -> None:
        match event:
            case Delta():
                self._delta(event, out)
            case PartStarted():
                self._start(event, out)
            case PartStopped():
                if event.choice == 0:
                    self._stop_part(out)
            case StateGiven():
                if event.choice == 0:
                    self._keep_state(event.state, event.index)
            case Cited():
                self._cite(event, out)
            case PartGiven():
                self._given(event, out)
            case _:
                self._write_frame(event, out)

    def _write_frame(self, event: Event, out: list[bytes]) -> None:
        """What belongs to no part."""
        match event:
            case Started():
                out.append(wire_event("messageStart", {"role": "assistant"}))
            case Filtered():
                self._filters.append(event.filter)
            case Stopped():
                if event.choice == 0:
                    self._stop(event, out)
            case UsageReported():
                self._usage = event.usage
                self._tier = event.service_tier or self._tier
            case Ended():
                self._end(out)
            case Failed():
                self._over = True
                out.append(failed_event(event))
            case Pinged():
                out.append(wire_event("ping", {}))
            case _:
                pass

    def _start(self, event: PartStarted, out: list[bytes]) -> None:
        if event.choice != 0:
            self._lose_once("choices", f"choices[{event.choice}]", "Converse gives one answer")
            return
        self._kind = event.kind
        self._state = None
        self._begun = self._wrote = False
        self._refused = self._refused or event.kind == "refusal"
        if event.state is not None:
            self._keep_state(event.state, event.index)
        if event.kind in _CALLS:
            self._begun = True
            call: Obj = {"toolUseId": event.id, "name": event.name}
            self._open({"toolUse": call}, out)
            if event.kind == "custom_call":
                path = f"choices[0].parts[{event.index}]"
                why = "a tool of Converse takes an object"
                self._losses.lose("custom_tool", path, why, "drop")
                self._begin_and(out, {"toolUse": {"input": '{"_":"'}})

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        if event.choice != 0 or not event.text:
            return
        if event.logprobs:
            self._lose_once("logprobs", "choices[0]", "Converse gives no log probabilities")
        if event.kind == "audio":
            self._lose_once("audio_output", "choices[0]", "Converse does not speak")
        elif event.kind == "custom_call":
            escaped = _ENCODE(event.text).decode()[1:-1]
            self._begin_and(out, {"toolUse": {"input": escaped}})
        else:
            self._begin_and(out, delta_of(event))

    def _cite(self, event: Cited, out: list[bytes]) -> None:
        if event.choice == 0:
            path = f"choices[0].parts[{event.index}].citations"
            told = citation_object(event.citation, self._losses, path)
            self._begin_and(out, {"citation": told})

    def _begin_and(self, out: list[bytes], delta: Obj) -> None:
        self._begun = self._wrote = True
        payload: Obj = {"contentBlockIndex": self._index, "delta": delta}
        out.append(wire_event("contentBlockDelta", payload))

    def _open(self, start: Obj, out: list[bytes]) -> None:
        payload: Obj = {"contentBlockIndex": self._index, "start": start}
        out.append(wire_event("contentBlockStart", payload))

    def _keep_state(self, state: Opaque, index: int) -> None:
        """A thought's state waits for its end; other parts have no place for one."""
        if self._kind in _THOUGHTS:
            self._state = state
        else:
            path = f"choices[0].parts[{index}].state"
            why = "Converse carries state beside thoughts only"
            self._losses.lose("reasoning_state", path, why)

    def _stop_part(self, out: list[bytes]) -> None:
        state, self._state = self._state, None
        if state is not None:
            self._begin_and(out, state_delta(state))
        elif self._kind == "custom_call":
            self._begin_and(out, {"toolUse": {"input": '"}'}})
        elif self._kind == "tool_call" and not self._wrote:
            self._begin_and(out, {"toolUse": {"input": "{}"}})
        if self._begun:
            out.append(wire_event("contentBlockStop", {"contentBlockIndex": self._index}))
            self._index += 1
        self._begun = False

    def _given(self, event: PartGiven, out: list[bytes]) -> None:
        if event.choice != 0:
            self._lose_once("choices", f"choices[{event.choice}]", "Converse gives one answer")
            return
        part = event.part
        if isinstance(part, (Text, Refusal, Reasoning, ToolCall)):
            for one in opened(part, event.index):
                self._write(one, out)
            return
        pieces = pieces_of(part)
        if pieces is None:
            feature = "image" if isinstance(part, Media) and part.kind == "image" else "native_part"
            path = f"choices[0].parts[{event.index}]"
            self._losses.lose(feature, path, "a stream of Converse has no such block")
        else:
            self._whole(*pieces, out)

    def _whole(self, start: Obj, delta: Obj, out: list[bytes]) -> None:
        self._kind = "text"
        self._open(start, out)
        self._begin_and(out, delta)
        self._stop_part(out)

    def _stop(self, event: Stopped, out: list[bytes]) -> None:
        self._stopped = True
        told = stopped_object(event, self._reply, self._losses, refused=self._refused)
        out.append(wire_event("messageStop", told))

    def _end(self, out: list[bytes]) -> None:
        self._over = True
        if not self._stopped:
            self._stop(Stopped(stop="end"), out)
        payload = metadata_object(self._usage, self._tier, self._losses)
        trace = trace_object(self._filters, self._losses)
        if trace is not None:
            payload["trace"] = trace
        out.append(wire_event("metadata", payload))

    def _lose_once(self, feature: str, path: str, why: str) -> None:
        if feature not in self._named:
            self._named.add(feature)
            self._losses.lose(feature, path, why)


def stream_encoder(reply: Reply) -> StreamEncoder:
    """A fresh encoder."""
    return StreamEncoder(reply)
