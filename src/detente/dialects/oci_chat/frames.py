"""A chunk of a stream, and the events that it is made of.

For round trips in the same dialect: `chunk_of` is what the events of one chunk say of it, in the
format `GENERIC`; what a chunk had otherwise is kept beside them.
"""

from typing import Final

from detente.canonical.events import (
    Delta,
    Event,
    Failed,
    PartStarted,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.dialects.oci_chat.logprobs import told_logprobs
from detente.dialects.oci_chat.usage import usage_told
from detente.dialects.oci_chat.wire import FINISHES

DONE: Final = "[DONE]"
"""The name of the frame that stands for the line that some hosts end with; it is no JSON."""


def chunk_of(events: list[Event]) -> Obj:
    """What `events` say of the chunk that they came from."""
    wire: Obj = {}
    for event in events:
        match event:
            case Delta():
                message = _message(wire, event.choice)
                _add(message, event)
                if event.logprobs:
                    wire["logprobs"] = told_logprobs(event.logprobs)
            case PartStarted(kind="tool_call" | "custom_call"):
                calls = _message(wire, event.choice).setdefault("toolCalls", [])
                if type(calls) is list:
                    calls.append({"type": "FUNCTION", "id": event.id, "name": event.name})
            case Stopped():
                wire["finishReason"] = FINISHES.get(event.stop, "stop")
            case UsageReported():
                wire["usage"] = usage_told(event.usage)
            case Failed():
                wire["code"], wire["message"] = event.code, event.message
            case _:
                pass
    return wire


def text_message(event: Delta) -> Obj:
    """The message that adds a text, a refusal or a thought."""
    message: Obj = {"role": "ASSISTANT"}
    _add(message, event)
    return message


def call_message(call: Obj) -> Obj:
    """The message that begins a call, or adds to it."""
    return {"role": "ASSISTANT", "toolCalls": [{"type": "FUNCTION", **call}]}


def _message(wire: Obj, choice: int) -> Obj:
    wire.setdefault("index", choice)
    message = wire.setdefault("message", {"role": "ASSISTANT"})
    return message if type(message) is dict else {}


def _add(message: Obj, event: Delta) -> None:
    match event.kind:
        case "text":
            content: Json = message.setdefault("content", [])
            if type(content) is list:
                content.append({"type": "TEXT", "text": event.text})
        case "refusal":
            message["refusal"] = event.text
        case "reasoning" | "summary":
            message["reasoningContent"] = event.text
        case "tool_call" | "custom_call":
            calls = message.setdefault("toolCalls", [])
            if type(calls) is not list:
                return
            if not calls or "arguments" in (last := calls[-1] if type(calls[-1]) is dict else {}):
                calls.append({"type": "FUNCTION", "arguments": event.text})
            else:
                last["arguments"] = event.text
        case "audio":
            pass
