"""Mistral's own parts of content: thoughts, and references to what tools had found.

A thought's `signature` has Mistral replay it in the next turns (mistralai 3.7.0, `ThinkChunk`, read
2026-11-22; what it answers to a wrong one is not documented). It is opaque state, which a client of
any dialect hands back; `closed` is only for prefixes. A reference stands behind the text that rests
on it and names what is cited by ids of a tool's result (`ReferenceChunk`, ibid.): citations of that
text. Other hosts have neither part.

>>> thought = thinking_of({"type": "thinking", "signature": "s",
...                        "thinking": [{"type": "text", "text": "Hm."}]})
>>> thought.text, thought.state.value
('Hm.', 'thinking:s')
>>> thinking_part(thought.text, thought.state)["signature"]
's'
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detente.canonical.content import Citation, Native, Opaque, Part, Reasoning, Text
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.spelling import has, spelt
from detente.dialects.openai_chat.words import CHAT

THINKING: Final = "thinking"
_SIGNED: Final = "thinking:"
_KNOWN: Final = frozenset(("type", "thinking", "signature", "closed"))
_REFERENCE: Final = "reference"
_ALSO: Final = "reference_too"
"""The mark of a citation that the one before it has the wire part of."""


def thinking_of(source: Obj) -> Reasoning | None:
    """A thought: texts in a list, or one text; None where it is something else."""
    held = source.get("thinking")
    texts = [held] if type(held) is str else _texts(held)
    if texts is None:
        return None
    listed = type(held) is list
    spelling: Obj = {}
    if listed and not _is_one_text(held):
        spelling["thinking"] = held
    signature, closed = source.get("signature"), source.get("closed")
    if signature is not None and (type(signature) is not str or not signature):
        spelling["signature"] = signature
    if closed is not None:
        spelling["closed"] = closed
    marks = ("part", "listed") if listed else ("part",)
    return Reasoning(
        text="".join(texts),
        state=thinking_state(signature),
        extras=rest(source, _KNOWN, CHAT, spelling=spelling or None, marks=marks),
    )


def thinking_state(signature: Json) -> Opaque:
    """Where a thought stood, and its signature where it has one."""
    signed = type(signature) is str and bool(signature)
    return Opaque(origin=CHAT, value=f"{_SIGNED}{signature}" if signed else THINKING)


def is_thinking(state: Opaque | None) -> bool:
    """Whether a thought with such a state stood in a part of Mistral's."""
    return (
        state is not None
        and state.origin == CHAT
        and (state.value == THINKING or state.value.startswith(_SIGNED))
    )


def thinking_part(text: str, state: Opaque | None) -> Obj:
    """A thought as a part; other platforms' thoughts have no signature of Mistral's."""
    target: Obj = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
    if state is not None and state.origin == CHAT and state.value.startswith(_SIGNED):
        target["signature"] = state.value.removeprefix(_SIGNED)
    return target


def respelt_thinking(part: Reasoning) -> Obj:
    """A thought that came as a part, as it was written."""
    target = thinking_part(part.text, part.state)
    if not has(part.extras, "listed"):
        target["thinking"] = part.text
    return spelt(target, part.extras)


def referred(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts of a list with each reference as citations of the text before it; one that follows
    no text stays as it is."""
    if not any(type(part) is Native and part.name == _REFERENCE for part in parts):
        return parts
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Native) and part.name == _REFERENCE and isinstance(last, Text):
            cited = references_of(part.value)
            if cited:
                found[-1] = msgspec.structs.replace(last, citations=(*last.citations, *cited))
                continue
        found.append(part)
    return tuple(found)


def references_of(source: Json) -> tuple[Citation, ...]:
    """The citations that a reference holds, none where it cannot be read. The first one knows how
    it was written."""
    ids = source.get("reference_ids") if type(source) is dict else None
    if type(source) is not dict or type(ids) is not list:
        return ()
    found: list[Citation] = []
    for one in ids:
        if type(one) is not int and type(one) is not str:
            return ()
        extras = Extras(dialect=CHAT, marks=(_ALSO,))
        if not found:
            extras = Extras(dialect=CHAT, spelling=source, marks=(_REFERENCE,))
        index = one if type(one) is int else None
        title = one if type(one) is str else None
        found.append(Citation(kind="document", source_index=index, title=title, extras=extras))
    return tuple(found)


def references(citations: Iterable[Citation]) -> list[Json]:
    """The references among a text's citations, as they were written."""
    return [
        one.extras.spelling
        for one in citations
        if one.extras is not None and has(one.extras, _REFERENCE)
    ]


def is_reference(citation: Citation) -> bool:
    """Whether a citation came as a reference."""
    return has(citation.extras, _REFERENCE) or has(citation.extras, _ALSO)


def _texts(held: Json) -> list[str] | None:
    """The texts of a thought's list; what it refers to is spelling."""
    if type(held) is not list:
        return None
    texts: list[str] = []
    for item in held:
        if type(item) is not dict:
            return None
        text, kind = item.get("text"), item.get("type")
        if kind in (_REFERENCE, "tool_reference"):
            continue
        if type(text) is not str or kind != "text" or len(item) != 2:
            return None
        texts.append(text)
    return texts


def _is_one_text(held: Json) -> bool:
    only = held[0] if type(held) is list and len(held) == 1 else None
    return type(only) is dict and only.get("type") == "text"
