"""One event of a stream for an encoder of this dialect: all that it said, but for the texts and
arguments, which travel in the canonical events that follow it.

So an event is written again as it came, with what was changed on the way.

>>> chunk = {"candidates": [{"content": {"parts": [{"text": "a"}]}}]}
>>> told = framed(chunk, [Delta(kind="text", index=0, text="a")])
>>> unframed(told, ["b"])
{'candidates': [{'content': {'parts': [{'text': 'b'}]}}]}
>>> unframed(told, []) is None
True
"""

from collections.abc import Sequence
from typing import Final

from detente.canonical.events import Delta, Event
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_object, arguments_text

_CHUNK: Final = "chunk"
_SLOTS: Final = "slots"
"""Where texts (`[candidate, part]`) and arguments (`[candidate, part, 1]`) stood."""


def framed(chunk: Obj, events: Sequence[Event]) -> Obj:
    """The members of a `Framed` for `chunk`, of which `events` were read."""
    deltas = [event.text for event in events if isinstance(event, Delta)]
    slots: list[Json] = []
    listed = chunk.get("candidates")
    if not deltas or type(listed) is not list:
        return {_CHUNK: chunk, _SLOTS: slots}
    candidates: list[Json] = list(listed)
    for at, candidate in enumerate(listed):
        if type(candidate) is not dict or type(content := candidate.get("content")) is not dict:
            continue
        if type(parts := content.get("parts")) is not list:
            continue
        emptied: list[Json] = list(parts)
        for index, part in enumerate(parts):
            if len(slots) < len(deltas) and type(part) is dict:
                said = deltas[len(slots)]
                if part.get("text") == said:
                    emptied[index] = {**part, "text": ""}
                    slots.append([at, index])
                elif _arguments(part) == said:
                    emptied[index] = _without_arguments(part)
                    slots.append([at, index, 1])
        candidates[at] = {**candidate, "content": {**content, "parts": emptied}}
    return {_CHUNK: {**chunk, "candidates": candidates}, _SLOTS: slots}


def unframed(members: Obj, texts: Sequence[str]) -> Obj | None:
    """The event with `texts` in their places, None where there are not as many of both."""
    chunk, slots = members.get(_CHUNK), members.get(_SLOTS)
    if type(chunk) is not dict or type(slots) is not list or len(slots) != len(texts):
        return None
    for slot, said in zip(slots, texts, strict=True):
        if type(slot) is not list or not _fill(chunk, slot, said):
            return None
    return chunk


def without_parts(members: Obj) -> Obj:
    """The event without any parts: for texts that have moved to another one."""
    chunk = members.get(_CHUNK)
    if type(chunk) is not dict:
        return {}
    listed = chunk.get("candidates")
    if type(listed) is not list:
        return chunk
    bare: list[Json] = []
    for candidate in listed:
        content = candidate.get("content") if type(candidate) is dict else None
        if type(candidate) is dict and type(content) is dict:
            bare.append({**candidate, "content": {**content, "parts": [{"text": ""}]}})
        else:
            bare.append(candidate)
    return {**chunk, "candidates": bare}


def _fill(chunk: Obj, slot: list[Json], said: str) -> bool:
    """Whether there was a place for `said`, where it stands now."""
    at, index = slot[0], slot[1]
    listed = chunk.get("candidates")
    if type(listed) is not list or type(at) is not int or type(index) is not int:
        return False
    candidate = listed[at]
    content = candidate.get("content") if type(candidate) is dict else None
    parts = content.get("parts") if type(content) is dict else None
    part = parts[index] if type(parts) is list else None
    if type(part) is not dict:
        return False
    if len(slot) == 2:
        part["text"] = said
        return True
    call = part.get("functionCall")
    if type(call) is not dict or (arguments := arguments_object(said)) is None:
        return False
    call["args"] = arguments
    return True


def _arguments(part: Obj) -> str | None:
    call = part.get("functionCall")
    arguments = call.get("args") if type(call) is dict else None
    return arguments_text(arguments) if type(arguments) is dict else None


def _without_arguments(part: Obj) -> Obj:
    call = part["functionCall"]
    return {**part, "functionCall": {**call, "args": {}}} if type(call) is dict else part
