"""Wire events: made, repeated as they were framed, and a whole block unfolded into them.

>>> event_bytes("content_block_stop", {"index": 0})
b'event: content_block_stop\\ndata: {"type":"content_block_stop","index":0}\\n\\n'
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detente.canonical.events import Delta, Event, Framed
from detente.canonical.extras import Json, Obj
from detente.dialects.anthropic_messages.words import NAME

_ENCODE: Final = msgspec.json.Encoder().encode

DELTAS: Final[dict[str, tuple[str, str]]] = {
    "text": ("text_delta", "text"),
    "refusal": ("text_delta", "text"),
    "reasoning": ("thinking_delta", "thinking"),
    "summary": ("thinking_delta", "thinking"),
    "tool_call": ("input_json_delta", "partial_json"),
    "custom_call": ("input_json_delta", "partial_json"),
}
"""The delta's type for each kind of part, and the member that has the text."""


def event_bytes(name: str, members: Obj) -> bytes:
    """One event of that type."""
    data: Obj = {"type": name, **members}
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _ENCODE(data))


def unframed(events: Iterable[Event], out: list[bytes]) -> list[Event]:
    """The events that no frame of this dialect opened; those frames are written at once."""
    plain: list[Event] = []
    frame: Framed | None = None
    said: list[Event] = []
    for event in events:
        if isinstance(event, Framed) and event.dialect == NAME:
            if frame is not None:
                out.append(_framed(frame, said))
            frame, said = event, []
        elif frame is not None:
            said.append(event)
        else:
            plain.append(event)
    if frame is not None:
        out.append(_framed(frame, said))
    return plain


def _framed(frame: Framed, said: list[Event]) -> bytes:
    """The wire event that a frame and what it opened stood for."""
    members = frame.members
    if "type" not in members and said and isinstance(said[0], Delta):
        delta = said[0]
        kind, member = DELTAS[delta.kind]
        inner = members.get("delta")
        told: Obj = {"type": kind, member: delta.text}
        if type(inner) is dict:
            told.update(inner)
        members = {
            "type": "content_block_delta",
            "index": delta.index,
            **members,
            "delta": told,
        }
    name = b"event: %b\n" % frame.name.encode() if frame.name else b""
    return b"%bdata: %b\n\n" % (name, _ENCODE(members))


def unfolded(block: Obj) -> tuple[Obj, list[Obj]]:
    """A whole block as it begins, and the deltas that make the rest of it."""
    match block.get("type"):
        case "text":
            deltas: list[Obj] = [{"type": "text_delta", "text": block["text"]}]
            cited: Json = block.get("citations")
            if type(cited) is list:
                deltas.extend({"type": "citations_delta", "citation": one} for one in cited)
            return {"type": "text", "text": ""}, deltas
        case "thinking":
            shown: list[Obj] = []
            if block["thinking"]:
                shown.append({"type": "thinking_delta", "thinking": block["thinking"]})
            if block["signature"]:
                shown.append({"type": "signature_delta", "signature": block["signature"]})
            return {"type": "thinking", "thinking": "", "signature": ""}, shown
        case "tool_use":
            told = _ENCODE(block["input"]).decode()
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": told}]
        case _:
            return block, []
