"""Content blocks of Converse as canonical parts.

A block is an object with one member, whose name says what it is. What only Converse has (guarded
content, search results, calls that the platform makes itself) stays a `Native` part, and so does
what is unknown. A cache point marks the part before it.

>>> parts_of({"content": [{"text": "hi"}, {"cachePoint": {"type": "default"}}]}, "content")[0].cache
CacheMark(lifetime=None, extras=None)
"""

from collections.abc import Callable
from typing import Final

import msgspec

from detente.canonical.content import (
    CacheMark,
    Native,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import (
    Misfit,
    each,
    filled,
    items,
    member,
    text,
    text_or_none,
)
from detente.dialects._codec.rest import rest
from detente.dialects._codec.state import opaque_of, opaque_of_base64
from detente.dialects.bedrock_converse.blocks import inner_rest, wrapped
from detente.dialects.bedrock_converse.citations import citation_of
from detente.dialects.bedrock_converse.media_decoding import media_of
from detente.dialects.bedrock_converse.words import (
    CACHE_POINT,
    CITATIONS_CONTENT,
    DIALECT,
    LIFETIMES,
    REASONING_TEXT,
    TOOL_CALL_TYPES,
    TOOL_RESULT,
    TOOL_USE,
)

_ENCODE: Final = msgspec.json.Encoder().encode
_JSON: Final = ("json",)


def parts_of(source: Obj, key: str) -> tuple[Part, ...]:
    """The blocks in the list `key`; raises `Misfit`."""
    parts: list[Part] = []
    for index, block in enumerate(items(source, key)):
        if type(block) is not dict:
            raise Misfit(f"{key}[{index}]", "must be an object")
        if len(block) == 1:
            said = block.get("text")
            if type(said) is str:
                parts.append(Text(text=said))
                continue
        try:
            if "cachePoint" in block and _marks_last(block, parts):
                continue
            parts.append(part_of(block))
        except Misfit as misfit:
            misfit.under(f"{key}[{index}]")
            raise
    return tuple(parts)


def part_of(block: Obj) -> Part:
    """One block; raises `Misfit`."""
    for name, value in block.items():
        if value is not None:
            decode = _DECODERS.get(name)
            if decode is not None:
                try:
                    return decode(block)
                except Misfit as misfit:
                    if misfit.path != name:
                        misfit.under(name)
                    raise
    return Native(dialect=DIALECT, name=next(iter(block), "block"), value=block)


def cache_mark(block: Obj) -> CacheMark | None:
    """The mark of a block `cachePoint`, None where it is of an unknown kind."""
    point = member(block, "cachePoint")
    ttl = point.get("ttl")
    if point.get("type") != "default" or (ttl is not None and ttl not in LIFETIMES):
        return None
    return CacheMark(
        lifetime=LIFETIMES[ttl] if type(ttl) is str else None,
        extras=inner_rest(block, "cachePoint", CACHE_POINT),
    )


def _marks_last(block: Obj, parts: list[Part]) -> bool:
    """Whether the last part takes the mark that `block` is."""
    last = parts[-1] if parts else None
    if last is None or isinstance(last, Native) or getattr(last, "cache", None) is not None:
        return False
    mark = cache_mark(block)
    if mark is None:
        return False
    parts[-1] = msgspec.structs.replace(last, cache=mark)
    return True


def _text(block: Obj) -> Part:
    return Text(text=text(block, "text"), extras=wrapped(block, "text"))


def _tool_call(block: Obj) -> Part:
    inner = member(block, "toolUse")
    kind = inner.get("type")
    if kind not in TOOL_CALL_TYPES:
        return Native(dialect=DIALECT, name="toolUse", value=block)
    value = inner.get("input")
    marks: tuple[str, ...] = ()
    spelling: Obj | None = {"type": kind} if kind is not None else None
    if type(value) is dict:
        arguments = arguments_text(value)
        known = value
    else:
        arguments, known = _ENCODE(value).decode(), None
        marks = ("no_input",) if "input" not in inner else ("no_object",)
    extras = None
    if len(block) > 1 or len(inner) != 3 or not known:
        extras = inner_rest(block, "toolUse", TOOL_USE, spelling=spelling, marks=marks)
    return ToolCall(
        id=filled(inner, "toolUseId"), name=text(inner, "name"), arguments=arguments, extras=extras
    )


def _tool_result(block: Obj) -> Part:
    inner = member(block, "toolResult")
    if inner.get("type") is not None:
        return Native(dialect=DIALECT, name="toolResult", value=block)
    status = text_or_none(inner, "status")
    content = items(inner, "content")
    data, parts = None, ()
    only = content[0] if len(content) == 1 else None
    if type(only) is dict and len(only) == 1 and type(only.get("json")) is dict:
        data = member(only, "json")
    else:
        parts = each(inner, "content", _result_part)
    spelling: Obj | None = None
    if status not in (None, "success", "error"):
        spelling = {"status": status}
    return ToolResult(
        call_id=filled(inner, "toolUseId"),
        parts=parts,
        data=data,
        is_error=None if status is None else status == "error",
        extras=inner_rest(
            block,
            "toolResult",
            TOOL_RESULT,
            spelling=spelling,
            marks=() if "content" in inner else ("no_content",),
        ),
    )


def _result_part(block: Obj) -> Part:
    """A block of a result: JSON among others is told as text."""
    if "json" in block and len(block) == 1:
        told = _ENCODE(block["json"]).decode()
        return Text(text=told, extras=Extras(dialect=DIALECT, marks=_JSON))
    return part_of(block)


def _reasoning(block: Obj) -> Part:
    inner = member(block, "reasoningContent")
    redacted = inner.get("redactedContent")
    if type(redacted) is str:
        return Reasoning(
            state=opaque_of_base64(redacted, DIALECT, "redacted"),
            extras=inner_rest(block, "reasoningContent", _REDACTED),
        )
    told = inner.get("reasoningText")
    if type(told) is not dict:
        return Native(dialect=DIALECT, name="reasoningContent", value=block)
    signature = text_or_none(told, "signature")
    extras = None
    if len(block) > 1 or len(inner) > 1 or not (told.keys() <= REASONING_TEXT):
        extras = inner_rest(block, "reasoningContent", _TOLD, members=_beyond(told))
    return Reasoning(
        text=text_or_none(told, "text") or "",
        state=opaque_of(signature, DIALECT, "signature") if signature else None,
        extras=_spelt_empty(extras, told, signature),
    )


_REDACTED: Final = frozenset(("redactedContent",))
_TOLD: Final = frozenset(("reasoningText",))


def _beyond(told: Obj) -> Obj | None:
    unknown = {key: value for key, value in told.items() if key not in REASONING_TEXT}
    return {"reasoningText": unknown} if unknown else None


def _spelt_empty(extras: Extras | None, told: Obj, signature: str | None) -> Extras | None:
    """An empty signature or an absent text, remembered as they were written."""
    spelling: Obj = {
        key: value
        for key, value in told.items()
        if key in REASONING_TEXT and (value is None or (key == "signature" and not signature))
    }
    marks = () if "text" in told else ("no_text",)
    if not spelling and not marks:
        return extras
    found = extras or Extras(dialect=DIALECT)
    return Extras(
        dialect=DIALECT,
        members=found.members,
        spelling={**found.spelling, "reasoningContent": {"reasoningText": spelling}},
        marks=found.marks + marks,
    )


def _cited_text(block: Obj) -> Part:
    inner = member(block, "citationsContent")
    pieces = items(inner, "content")
    texts = [_generated(piece) for piece in pieces]
    spelling: Obj | None = None
    if "content" in inner and pieces != [{"text": "".join(said or "" for said in texts)}]:
        spelling = {"content": pieces}
    marks = tuple(f"no_{key}" for key in ("content", "citations") if key not in inner)
    found = rest(inner, CITATIONS_CONTENT, DIALECT, spelling=spelling)
    return Text(
        text="".join(said for said in texts if said is not None),
        citations=each(inner, "citations", citation_of),
        extras=wrapped(block, "citationsContent", found, marks=("cited", *marks)),
    )


def _generated(piece: Json) -> str | None:
    said = piece.get("text") if type(piece) is dict else None
    return said if type(said) is str else None


def _image(block: Obj) -> Part:
    return media_of(block, "image")


def _document(block: Obj) -> Part:
    return media_of(block, "document")


def _video(block: Obj) -> Part:
    return media_of(block, "video")


def _audio(block: Obj) -> Part:
    return media_of(block, "audio")


_DECODERS: Final[dict[str, Callable[[Obj], Part]]] = {
    "text": _text,
    "toolUse": _tool_call,
    "toolResult": _tool_result,
    "image": _image,
    "document": _document,
    "reasoningContent": _reasoning,
    "citationsContent": _cited_text,
    "video": _video,
    "audio": _audio,
}
