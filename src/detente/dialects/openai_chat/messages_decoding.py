"""What an assistant's message says, in a request's history and in an answer, as canonical parts.

Chat has a member for each kind of part and no order among them; the canonical order is thoughts,
text, refusal, audio, calls.
"""

from typing import Final

import msgspec

from detente.canonical.content import (
    Inline,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Source,
    Text,
    ToolCall,
    Uploaded,
)
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.annotations import citations_of
from detente.dialects.openai_chat.calls import beside_state, calls_of, state_in
from detente.dialects.openai_chat.parts_decoding import content_parts
from detente.dialects.openai_chat.reasoning import MEMBERS, reasoning_of
from detente.dialects.openai_chat.words import CHAT

ANY_AUDIO: Final = "audio/*"
"""The type of audio in an answer, which only the request knows."""

_ALWAYS: Final = ("role", "content")
_AUDIO: Final = frozenset(("id", "data", "transcript", "expires_at"))


class Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The parts of a message, and the rest of it."""

    parts: tuple[Part, ...]
    extras: Extras | None


def said_by(message: Obj, id_prefix: str, *, named: bool = False) -> Said:
    """What an assistant's message says; ids that its calls lack begin with `id_prefix`. `named` is
    whether the speaker's name is read elsewhere. Raises `Misfit`."""
    content = message.get("content")
    if type(content) is str and content:
        said = _said_plainly(message, content)
        if said is not None:
            return said
    parts, marks = content_parts(message)
    used: list[str] = [*_ALWAYS, "name"] if named else [*_ALWAYS]
    spelling: Obj = {"content": ""} if content == "" else {}
    if type(message.get("prefix")) is bool:  # Mistral's word for what the last message is anyway
        spelling["prefix"] = message["prefix"]
        used.append("prefix")
    parts = _with_citations(message, parts, used)
    thought = _thought(message, used, spelling)
    if thought is not None:
        parts = (thought, *parts)
    parts += _refusal(message, used, spelling)
    parts += _audio(message, used)
    calls = calls_of(message, id_prefix)
    used += ("tool_calls", "function_call")
    if "extra_content" in message:
        parts, more = _with_state(message, parts, calls, used, spelling)
        marks += more
    parts += tuple(calls)
    extras = rest(message, frozenset(used), CHAT, spelling=spelling or None, marks=marks)
    return Said(parts=parts, extras=extras)


def _said_plainly(message: Obj, text: str) -> Said | None:
    """A message of text alone, which most are; None where another member says something."""
    spelling: Obj = {}
    for key, value in message.items():
        if value is None or value == []:
            spelling[key] = value
        elif key not in ("role", "content"):
            return None
    extras = Extras(dialect=CHAT, spelling=spelling) if spelling else None
    return Said(parts=(Text(text=text),), extras=extras)


def _thought(message: Obj, used: list[str], spelling: Obj) -> Reasoning | None:
    thought = reasoning_of(message)
    for member in MEMBERS:
        if message.get(member) == "":
            spelling[member] = ""
            used.append(member)
    if thought is None:
        return None
    used += thought.extras.marks if thought.extras is not None else ()
    if thought.state is not None and thought.state.kind == "encrypted":
        used.append("reasoning_details")
    return thought


def _refusal(message: Obj, used: list[str], spelling: Obj) -> tuple[Part, ...]:
    text = fields.text_or_none(message, "refusal")
    used.append("refusal")
    if text:
        return (Refusal(text=text),)
    if text is not None:
        spelling["refusal"] = text
    return ()


def _audio(message: Obj, used: list[str]) -> tuple[Part, ...]:
    """What was spoken: in an answer whole, in the history by its id."""
    held = message.get("audio")
    if type(held) is not dict:
        return ()
    name, data, words = held.get("id"), held.get("data"), held.get("transcript")
    if type(name) is not str or not (words is None or type(words) is str):
        return ()
    source: Source
    if type(data) is str:
        source = Inline(media_type=ANY_AUDIO, data=data)
    elif data is None:
        source = Uploaded(id=name, dialect=CHAT)
    else:
        return ()
    used.append("audio")
    spelling: Obj | None = None
    if "expires_at" in held:
        spelling = {"expires_at": held["expires_at"]}
    extras = rest(held, _AUDIO, CHAT, spelling=spelling)
    return (Media(kind="audio", source=source, id=name, transcript=words, extras=extras),)


def _with_citations(message: Obj, parts: tuple[Part, ...], used: list[str]) -> tuple[Part, ...]:
    """A lone text with the annotations of its message; others ride along unknown."""
    annotations = message.get("annotations")
    if annotations == [] or annotations is None:
        used.append("annotations")
        return parts
    if type(annotations) is not list or len(parts) != 1:
        return parts
    cited = citations_of(annotations)
    text = parts[0]
    if cited is None or not isinstance(text, Text) or text.citations:
        return parts
    used.append("annotations")
    return (msgspec.structs.replace(text, citations=cited),)


def _with_state(
    message: Obj, parts: tuple[Part, ...], calls: list[ToolCall], used: list[str], spelling: Obj
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The parts, and marks. A signature of the message as a whole belongs to its first call (which
    is replaced in `calls`), as Google's own API has it, else to its text."""
    state = state_in(message)
    if state is None:
        return parts, ()
    beside = beside_state(message)
    if beside:
        spelling["extra_content"] = beside
    used.append("extra_content")
    marks: tuple[str, ...] = ("message_state",)
    if message.get("thought_signature") == state.value:
        marks = ("message_state", "thought_signature")
        used.append("thought_signature")
    if calls and calls[0].state is None:
        calls[0] = msgspec.structs.replace(calls[0], state=state)
        return parts, marks
    return _stated(parts, state), marks


def _stated(parts: tuple[Part, ...], state: Opaque) -> tuple[Part, ...]:
    for index, part in enumerate(parts):
        if isinstance(part, Text) and part.state is None:
            stated = msgspec.structs.replace(part, state=state)
            return (*parts[:index], stated, *parts[index + 1 :])
    return (Reasoning(state=state), *parts)
