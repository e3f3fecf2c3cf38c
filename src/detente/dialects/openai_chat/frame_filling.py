"""A chunk of a chat stream, put together again from its frame and its events.

The decoder leaves `""` in a chunk where an event says what stood there; here it is filled in, so
that what was changed in the events (a name, a word) is changed in the chunk.
"""

from typing import Final

import msgspec

from detente.canonical.events import (
    Delta,
    Event,
    Framed,
    PartStarted,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.dialects.openai_chat.counts import respelt
from detente.dialects.openai_chat.words import FINISHES

END: Final = "[DONE]"
"""The name of the frame that is the stream's end, and no chunk."""

_ENCODE: Final = msgspec.json.Encoder().encode
_MEMBERS: Final = {
    "text": ("content",),
    "refusal": ("refusal",),
    "reasoning": ("reasoning_content", "reasoning"),
}


def filled(chunk: Obj, event: Event) -> None:
    """Lays `event` into the chunk that it came from, in place."""
    match event:
        case Delta():
            _fill_delta(_choice(chunk, event.choice), event)
        case PartStarted():
            _fill_call(_choice(chunk, event.choice), event)
        case Stopped():
            choice = _choice(chunk, event.choice)
            if choice is not None and choice.get("finish_reason") == "":
                choice["finish_reason"] = FINISHES[event.stop]
        case UsageReported():
            rest = chunk.get("usage")
            if type(rest) is list:
                chunk["usage"] = respelt(event.usage, rest[0], rest[1])
        case _:
            pass


def frame_bytes(frame: Framed) -> bytes:
    """The wire event."""
    head = b"event: " + frame.name.encode() + b"\n" if frame.name else b""
    return head + b"data: " + _ENCODE(frame.members) + b"\n\n"


def index_of(choice: Obj) -> int:
    """A choice's index; one that has none is the first."""
    index = choice.get("index")
    return index if type(index) is int and index >= 0 else 0


def _choice(chunk: Obj, index: int) -> Obj | None:
    choices = chunk.get("choices")
    for choice in choices if type(choices) is list else ():
        if type(choice) is dict and index_of(choice) == index:
            return choice
    return None


def _fill_delta(choice: Obj | None, event: Delta) -> None:
    delta = None if choice is None else choice.get("delta")
    if type(delta) is not dict:
        return
    if event.kind in ("tool_call", "custom_call"):
        held = _called(delta)
        key = "input" if event.kind == "custom_call" else "arguments"
        if held is not None and held[1].get(key) == "":
            held[1][key] = event.text
    elif event.kind == "audio":
        audio = delta.get("audio")
        if type(audio) is dict:
            audio["data"] = event.text
    else:
        for member in _MEMBERS.get(event.kind, ()):
            if delta.get(member) == "":
                delta[member] = event.text
                return


def _fill_call(choice: Obj | None, event: PartStarted) -> None:
    delta = None if choice is None else choice.get("delta")
    call = _called(delta) if type(delta) is dict else None
    if call is None or event.kind not in ("tool_call", "custom_call"):
        return
    entry, held = call
    if held.get("name") == "":
        held["name"] = event.name
        if entry.get("id") == "":
            entry["id"] = event.id


def _called(delta: Obj) -> tuple[Obj, Obj] | None:
    """The one call of a delta, and what is said of it; several are left as they stand."""
    listed = delta.get("tool_calls")
    if type(listed) is list and len(listed) == 1:
        entry: Json = listed[0]
        if type(entry) is dict:
            for key in ("custom", "function"):
                held = entry.get(key)
                if type(held) is dict:
                    return entry, held
    older = delta.get("function_call")
    return ({}, older) if type(older) is dict else None
