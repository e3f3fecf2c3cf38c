"""Parts that came at once, as a stream of Converse has them.

>>> pieces_of(Media(kind="image", source=Inline(media_type="image/png", data="aGk=")))
({'image': {'format': 'png'}}, {'image': {'source': {'bytes': 'aGk='}}})
"""

from typing import Final

import msgspec

from detente.canonical.content import (
    Inline,
    Media,
    Native,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    PartKind,
    PartStarted,
    PartStopped,
)
from detente.canonical.extras import Json, Obj
from detente.dialects.bedrock_converse.words import DIALECT, FORMATS

_ENCODE: Final = msgspec.json.Encoder().encode


def pieces_of(part: Media | Native | ToolResult) -> tuple[Obj, Obj] | None:
    """The start and the one delta of a block, None where a stream has no such block."""
    if isinstance(part, Native):
        return _natives(part) if part.dialect == DIALECT else None
    if isinstance(part, ToolResult) or not isinstance(part.source, Inline):
        return None
    format_ = FORMATS["image"].get(part.source.media_type)
    if part.kind != "image" or format_ is None:
        return None
    told: Obj = {"image": {"source": {"bytes": part.source.data}}}
    return {"image": {"format": format_}}, told


def opened(part: Text | Refusal | Reasoning | ToolCall, index: int) -> list[Event]:
    """A part that came whole, as if it had come in pieces."""
    kind: PartKind
    id_ = name = ""
    match part:
        case Text():
            kind, told = "text", part.text
        case Refusal():
            kind, told = "refusal", part.text
        case Reasoning():
            kind, told = "reasoning", part.text or "\n\n".join(part.summary)
        case ToolCall():
            kind, told = ("tool_call" if part.kind == "function" else "custom_call"), part.arguments
            id_, name = part.id, part.name
    state = None if isinstance(part, Refusal) else part.state
    events: list[Event] = [PartStarted(kind=kind, index=index, id=id_, name=name, state=state)]
    events.append(Delta(kind=kind, index=index, text=told))
    if isinstance(part, Text):
        events += [Cited(index=index, citation=citation) for citation in part.citations]
    events.append(PartStopped(index=index))
    return events


def _natives(part: Native) -> tuple[Obj, Obj] | None:
    """The start and the one delta of a block that the platform made itself, None for others."""
    inner = part.value.get(part.name)
    if type(inner) is not dict:
        return None
    if part.name == "toolUse":
        start: Obj = {key: value for key, value in inner.items() if key != "input"}
        told = _ENCODE(inner.get("input")).decode()
        return {"toolUse": start}, {"toolUse": {"input": told}}
    if part.name == "toolResult":
        start = {key: value for key, value in inner.items() if key != "content"}
        content: Json = inner.get("content")
        return {"toolResult": start}, {"toolResult": content}
    return None
