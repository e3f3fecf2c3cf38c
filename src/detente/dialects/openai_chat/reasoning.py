"""Thoughts in an assistant's message.

OpenAI shows none in chat; compatible hosts do, in four ways: `reasoning_content` (DeepSeek, vLLM),
`reasoning` (OpenRouter, Groq, Ollama), OpenRouter's `reasoning_details`, which hold the model's
opaque state, and Mistral's parts (see `mistral_parts.py`).

The state of a thought from chat says how it goes back: the details as JSON, or the name of the
member that its text stood in. So a client of any dialect can hand it back, and DeepSeek, which
wants its thoughts again within a tool loop, gets them where it put them.

>>> reasoning_of({"reasoning_content": "Hm."}).state.value
'reasoning_content'
"""

from typing import Final

import msgspec

from detente.canonical.content import Citation, Opaque, Reasoning
from detente.canonical.events import PartKind
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.fields import Misfit, read_json
from detente.dialects.openai_chat.mistral_parts import (
    THINKING,
    is_thinking,
    references_of,
    thinking_state,
)
from detente.dialects.openai_chat.words import CHAT

MEMBERS: Final = ("reasoning_content", "reasoning")
Piece = tuple[PartKind, str] | Opaque | Citation
"""More of a part, the state of a thought, or a source of the text before it."""
_ENCODE: Final = msgspec.json.Encoder().encode
_GROWING: Final = ("text", "summary", "data")


def reasoning_of(message: Obj) -> Reasoning | None:
    """The thoughts of a message, None where there are none."""
    details = message.get("reasoning_details")
    given = details if type(details) is list and details else None
    for member in MEMBERS:
        text = message.get(member)
        if type(text) is str and text:
            return Reasoning(
                text=text,
                state=details_state(given) if given else Opaque(origin=CHAT, value=member),
                extras=Extras(dialect=CHAT, marks=(member,)),
            )
    return Reasoning(state=details_state(given)) if given else None


def details_state(details: list[Json]) -> Opaque:
    """OpenRouter's details as state."""
    return Opaque(origin=CHAT, value=_ENCODE(details).decode(), kind="encrypted")


def member_of(part: Reasoning) -> str | None:
    """The member that a thought stood in where it came from chat, `thinking` for a part, None where
    it did not come from chat."""
    if part.extras is not None and part.extras.dialect == CHAT:
        for member in MEMBERS:
            if member in part.extras.marks:
                return member
    state = part.state
    if state is None or state.origin != CHAT:
        return None
    if is_thinking(state):
        return THINKING
    return state.value if state.value in MEMBERS else "reasoning"


def details_of(state: Opaque | None) -> list[Json] | None:
    """OpenRouter's details out of a state from chat, None where it holds none."""
    if state is None or state.origin != CHAT or not state.value.startswith("["):
        return None
    try:
        value = read_json(state.value)
    except Misfit:
        return None
    return value if type(value) is list else None


def listed_pieces(content: list[Json]) -> list[Piece]:
    """What Mistral's lists of content add in a stream: thoughts, with their signatures, texts, and
    what they cite."""
    found: list[Piece] = []
    for item in content:
        if type(item) is not dict:
            continue
        text, thinking = item.get("text"), item.get("thinking")
        if type(text) is str and text:
            found.append(("text", text))
        for inner in thinking if type(thinking) is list else ():
            thought = inner.get("text") if type(inner) is dict else None
            if type(thought) is str and thought:
                found.append(("reasoning", thought))
        if thinking is not None:
            found.append(thinking_state(item.get("signature")))
        found += references_of(item)
    return found


def merged_details(pieces: list[Json]) -> list[Json]:
    """The details of a stream, where each comes in pieces: those of one index and type are one."""
    whole: list[Json] = []
    for piece in pieces:
        last = whole[-1] if whole else None
        if type(piece) is dict and type(last) is dict and _same(last, piece):
            _grow(last, piece)
        else:
            whole.append(dict(piece) if type(piece) is dict else piece)
    return whole


def _same(one: Obj, other: Obj) -> bool:
    return (
        "index" in one
        and one.get("index") == other.get("index")
        and one.get("type") == other.get("type")
    )


def _grow(target: Obj, piece: Obj) -> None:
    for key, value in piece.items():
        before = target.get(key)
        if key in _GROWING and type(before) is str and type(value) is str:
            target[key] = before + value
        elif value not in (None, "") or key not in target:
            target[key] = value
