"""An event of a stream, and the canonical events that it is made of.

For round trips in the same dialect: `event_of` is what the events of one wire event say of it.
"""

from typing import Final

from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    Failed,
    PartStarted,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.usage import Usage
from detente.dialects._codec.rest import laid_over
from detente.dialects.cohere_chat.citations import citation_told
from detente.dialects.cohere_chat.logprobs import piece_told
from detente.dialects.cohere_chat.usage import usage_told
from detente.dialects.cohere_chat.wire import FINISHES, NAME

DONE: Final = "[DONE]"
"""The name of the frame that stands for the last line, which is no JSON."""


def event_of(name: str, events: list[Event]) -> Obj:
    """What `events` say of the wire event `name`."""
    wire: Obj = {"type": name}
    for event in events:
        match event:
            case Started():
                wire["id"] = event.id
            case PartStarted():
                _begin(wire, name, event)
            case Delta():
                _add(wire, name, event)
            case Cited():
                told = citation_told(event.citation, "", 0)
                wire["delta"] = {"message": {"citations": told}}
            case Failed():
                wire["delta"] = {"error": event.message}
            case Stopped() | UsageReported():
                _finish(wire, event)
            case _:
                pass
    return wire


def _begin(wire: Obj, name: str, event: PartStarted) -> None:
    if name == "tool-call-start":
        wire["delta"] = {"message": {"tool_calls": call_started(event)}}
    elif name == "content-start":
        key = "text" if event.kind == "text" else "thinking"
        wire["delta"] = {"message": {"content": {"type": key, key: ""}}}


def call_started(event: PartStarted) -> Obj:
    """A call that begins: its arguments are still to come."""
    function: Obj = {"name": event.name, "arguments": ""}
    call: Obj = {"id": event.id, "type": "function", "function": function}
    return laid_over(call, event.extras, NAME)


def _add(wire: Obj, name: str, event: Delta) -> None:
    if name == "tool-plan-delta":
        message: Obj = {"tool_plan": event.text}
    elif event.kind == "tool_call":
        function: Obj = {"arguments": event.text}
        message = {"tool_calls": {"function": function}}
    else:
        message = {"content": {"text" if event.kind == "text" else "thinking": event.text}}
    wire["delta"] = {"message": message}
    if event.logprobs:
        wire["logprobs"] = piece_told(event.logprobs[0])


def _finish(wire: Obj, event: Stopped | UsageReported) -> None:
    delta = wire.setdefault("delta", {})
    if type(delta) is not dict:
        return
    if isinstance(event, Stopped):
        delta["finish_reason"] = FINISHES.get(event.stop, "COMPLETE")
    else:
        delta["usage"] = usage_told(event.usage or Usage())
