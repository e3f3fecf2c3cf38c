"""The frames of a Converse stream, written: `wire_event`; and those that Converse itself said,
written again with what the events after them say (`Rewriter`).

>>> wire_event("messageStop", {"stopReason": "end_turn"})[-29:-4]
b'{"stopReason":"end_turn"}'
"""

from typing import Final

import msgspec

from detente.canonical.content import Opaque
from detente.canonical.events import Delta, Event, Failed, Framed, PartStarted, Stopped
from detente.canonical.extras import Obj
from detente.dialects._codec.state import carried, carried_base64
from detente.dialects._framing.aws_events import framed, header_block
from detente.dialects.bedrock_converse.exceptions import FRAME, failed_event, framed_exception
from detente.dialects.bedrock_converse.response import stop_meant, stop_word
from detente.dialects.bedrock_converse.words import DIALECT

_ENCODE: Final = msgspec.json.Encoder().encode
_NAMES: Final = (
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
    "ping",
)


def _block(name: str) -> bytes:
    return header_block(
        {
            ":event-type": name,
            ":content-type": "application/json",
            ":message-type": "event",
        }
    )


_HEADERS: Final = {name: _block(name) for name in _NAMES}


def wire_event(name: str, payload: Obj) -> bytes:
    """One frame of the stream."""
    return framed(_HEADERS.get(name) or _block(name), _ENCODE(payload))


def without_text(wire: Obj) -> Obj:
    """A delta without the text that the event after it says."""
    delta = wire.get("delta")
    if type(delta) is not dict:
        return wire
    kept: Obj = {}
    for name, value in delta.items():
        if name == "text":
            kept[name] = ""
        elif type(value) is dict:
            kept[name] = {
                key: "" if key in ("text", "input") and type(told) is str else told
                for key, told in value.items()
            }
        else:
            kept[name] = value
    return {**wire, "delta": kept}


class Rewriter:
    """Writes frames of Converse's again: each is its `Framed`, with the text of the deltas after
    it, and with what has changed since of a call's name or the reason to stop."""

    __slots__ = ("_name", "_payload")

    def __init__(self) -> None:
        self._name: str | None = None
        self._payload: Obj = {}

    def begin(self, frame: Framed) -> bytes:
        """The frame before, complete; `frame` waits for what comes after it."""
        before = self.flush()
        self._name = frame.name
        self._payload = frame.members
        return before

    def add(self, event: Event) -> bytes:
        """What `event` changes of the frame; a delta of text that belongs to no frame is one."""
        match event:
            case Delta():
                return self._add_delta(event)
            case PartStarted():
                self._rename(event)
            case Stopped():
                word = self._payload.get("stopReason")
                if type(word) is str and stop_meant(word)[0] != event.stop:
                    told = stop_word(event.stop, event.stop_detail)
                    self._payload = {**self._payload, "stopReason": told}
            case Failed() if self._name != FRAME:
                return self.flush() + failed_event(event)
            case _:
                pass
        return b""

    def flush(self) -> bytes:
        """The frame that waits, if one does."""
        name, self._name = self._name, None
        if name is None:
            return b""
        if name == FRAME:
            return framed_exception(self._payload)
        return wire_event(name, self._payload)

    def _add_delta(self, event: Delta) -> bytes:
        if self._name == "contentBlockDelta":
            delta = self._payload.get("delta")
            told = delta_of(event)
            name = next(iter(told), "")
            if type(delta) is dict and name in delta:
                inner, new = delta[name], told[name]
                merged = {**inner, **new} if type(inner) is dict and type(new) is dict else new
                self._payload = {**self._payload, "delta": {**delta, name: merged}}
                return b""
        index = self._payload.get("contentBlockIndex", 0)
        return wire_event(
            "contentBlockDelta", {"contentBlockIndex": index, "delta": delta_of(event)}
        )

    def _rename(self, event: PartStarted) -> None:
        start = self._payload.get("start")
        call = start.get("toolUse") if type(start) is dict else None
        if type(start) is dict and type(call) is dict and event.name:
            call = {**call, "toolUseId": event.id, "name": event.name}
            self._payload = {**self._payload, "start": {**start, "toolUse": call}}


def delta_of(event: Delta) -> Obj:
    """The member `delta` of a delta's frame."""
    match event.kind:
        case "tool_call" | "custom_call":
            return {"toolUse": {"input": event.text}}
        case "reasoning" | "summary":
            return {"reasoningContent": {"text": event.text}}
        case _:
            return {"text": event.text}


def state_delta(state: Opaque) -> Obj:
    """The member `delta` of the frame that gives a thought's state."""
    if state.kind == "redacted":
        return {"reasoningContent": {"redactedContent": carried_base64(state, DIALECT)}}
    return {"reasoningContent": {"signature": carried(state, DIALECT)}}
