"""A part that came at once and whole, as if it had come in pieces.

>>> given = PartGiven(index=0, part=Text(text="hi"))
>>> [type(piece).__name__ for piece in pieces_of(given)]
['PartStarted', 'Delta', 'PartStopped']
"""

from detente.canonical.content import Part, Reasoning, Refusal, Text, ToolCall
from detente.canonical.events import (
    Cited,
    Delta,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    StateGiven,
)

PartEvent = PartStarted | Delta | StateGiven | Cited | PartStopped | PartGiven
"""The events that a choice's parts consist of."""


def pieces_of(event: PartGiven) -> list[PartEvent]:
    """A whole part as if it had come in pieces; none where chat has no such part."""
    kind, text, name, call_id = _piece_of(event.part)
    if kind is None:
        return []
    index, choice = event.index, event.choice
    state = event.part.state if isinstance(event.part, (Text, ToolCall, Reasoning)) else None
    return [
        PartStarted(kind=kind, index=index, choice=choice, id=call_id, name=name, state=state),
        Delta(kind=kind, index=index, text=text, choice=choice),
        PartStopped(index=index, choice=choice),
    ]


def _piece_of(part: Part) -> tuple[PartKind | None, str, str, str]:
    """Kind, text, name and id of a part that can come in pieces."""
    match part:
        case Text():
            return "text", part.text, "", ""
        case Refusal():
            return "refusal", part.text, "", ""
        case Reasoning():
            return "reasoning", part.text or "\n\n".join(part.summary), "", ""
        case ToolCall():
            kind: PartKind = "tool_call" if part.kind == "function" else "custom_call"
            return kind, part.arguments, part.name, part.id
        case _:
            return None, "", "", ""
