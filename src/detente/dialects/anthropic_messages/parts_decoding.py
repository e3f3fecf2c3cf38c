"""Content blocks as parts: of messages, of tool results, of answers.

A block of a type that is not known here, and every block that the platform's own tools make, is a
`Native` part: it keeps its place and comes back as it was. Raises `Misfit` only where a block that
is known lacks what makes it one.

>>> decode_block({"type": "text", "text": "hi"}).text
'hi'
"""

from collections.abc import Callable
from typing import Final

from detente.canonical.content import (
    CacheLifetime,
    CacheMark,
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Plain,
    Reasoning,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import (
    Misfit,
    each,
    filled,
    flag_or_none,
    member,
    member_or_none,
    text,
    text_or_none,
    within,
)
from detente.dialects._codec.rest import rest
from detente.dialects._codec.state import opaque_of
from detente.dialects.anthropic_messages.citations import decode_citation
from detente.dialects.anthropic_messages.words import (
    CACHE_CONTROL,
    CITED,
    DOCUMENT,
    IMAGE,
    NAME,
    REDACTED,
    SEARCH_RESULT,
    SOURCES,
    TEXT,
    THOUGHT,
    TOOL_RESULT,
    TOOL_USE,
)

_LIFETIMES: Final[dict[str, CacheLifetime]] = {"5m": "5m", "1h": "1h"}
_DIRECT: Final[Json] = {"type": "direct"}


def decode_content(
    wire: Obj, key: str, decode: Callable[[Obj], Part]
) -> tuple[tuple[Part, ...], bool]:
    """A text, or a list of blocks; and whether it was a list of one text, which most would write as
    a text."""
    value = wire.get(key)
    if type(value) is str:
        return (Text(text=value),), False
    parts = each(wire, key, decode)
    return parts, len(parts) == 1 and is_bare(parts[0])


def is_bare(part: Part) -> bool:
    """Whether a text on its own says the same as the part."""
    return (
        isinstance(part, Text) and part.extras is None and part.cache is None and not part.citations
    )


def decode_block(wire: Obj) -> Part:
    """One block of a message."""
    return _one_of(wire, _BLOCKS)


def decode_block_of_result(wire: Obj) -> Part:
    """One block of what a tool gave; no block that says something itself."""
    return _one_of(wire, _BLOCKS_OF_RESULT)


def _decode_block_of_document(wire: Obj) -> Part:
    return _one_of(wire, _BLOCKS_OF_DOCUMENT)


def _one_of(wire: Obj, blocks: dict[str, Callable[[Obj], Part]]) -> Part:
    kind = wire.get("type")
    if type(kind) is not str:
        raise Misfit("type", "must be a string")
    decode = blocks.get(kind)
    return Native(dialect=NAME, name=kind, value=wire) if decode is None else decode(wire)


def decode_cache(wire: Obj) -> CacheMark | None:
    """`cache_control` of whatever can have one."""
    return within(wire, "cache_control", _cache_mark) if "cache_control" in wire else None


def _cache_mark(wire: Obj) -> CacheMark:
    lifetime = text_or_none(wire, "ttl")
    spelling: Obj = {}
    if wire.get("type") != "ephemeral":
        spelling["type"] = wire.get("type")
    if lifetime is not None and lifetime not in _LIFETIMES:
        spelling["ttl"] = lifetime
    return CacheMark(
        lifetime=_LIFETIMES.get(lifetime or ""),
        extras=rest(wire, CACHE_CONTROL, NAME, spelling=spelling or None),
    )


def _text(wire: Obj) -> Text:
    citations: tuple[Citation, ...] = ()
    if "citations" in wire:
        citations = each(wire, "citations", decode_citation)
    return Text(
        text=text(wire, "text"),
        citations=citations,
        cache=decode_cache(wire),
        extras=rest(wire, TEXT, NAME) if len(wire) > 2 else None,
    )


def _image(wire: Obj) -> Part:
    source = _source(wire)
    if source is None:
        return Native(dialect=NAME, name="image", value=wire)
    return Media(
        kind="image",
        source=source,
        cache=decode_cache(wire),
        extras=_media_rest(wire, IMAGE, None),
    )


def _document(wire: Obj) -> Part:
    source = _source(wire)
    if source is None:
        return Native(dialect=NAME, name="document", value=wire)
    cited, unknown = _cited(wire)
    return Media(
        kind="document",
        source=source,
        title=text_or_none(wire, "title"),
        context=text_or_none(wire, "context"),
        cited=cited,
        cache=decode_cache(wire),
        extras=_media_rest(wire, DOCUMENT, unknown),
    )


def _search_result(wire: Obj) -> Part:
    """A document of texts; where it was found is what is said about it."""
    cited, unknown = _cited(wire)
    return Media(
        kind="document",
        source=Composed(parts=each(wire, "content", _decode_block_of_document)),
        title=text_or_none(wire, "title"),
        context=text(wire, "source"),
        cited=cited,
        cache=decode_cache(wire),
        extras=rest(wire, SEARCH_RESULT, NAME, members=unknown, marks=("search_result",)),
    )


def _cited(wire: Obj) -> tuple[bool | None, Obj | None]:
    """`citations` of a document, and what of it is unknown."""
    config = member_or_none(wire, "citations")
    if config is None:
        return None, None
    unknown: Obj = {key: value for key, value in config.items() if key not in CITED}
    return flag_or_none(config, "enabled"), {"citations": unknown} if unknown else None


def _source(wire: Obj) -> Source | None:
    """Where an image's or document's content is, None for a kind that is not known."""
    source = member(wire, "source")
    kind = source.get("type")
    if type(kind) is not str or kind not in SOURCES:
        return None
    try:
        return _SOURCES[kind](source)
    except Misfit as misfit:
        misfit.under("source")
        raise


def _media_rest(wire: Obj, known: frozenset[str], members: Obj | None) -> Extras | None:
    """The rest of an image or document, its source's included."""
    source = member(wire, "source")
    kind = text(source, "type")
    unknown: Obj = {key: value for key, value in source.items() if key not in SOURCES[kind]}
    if unknown:
        members = {"source": unknown, **(members or {})}
    spelling: Obj = {}
    if kind == "content" and type(source["content"]) is str:
        spelling["source"] = {"content": source["content"]}
    return rest(wire, known, NAME, spelling=spelling or None, members=members)


def _composed(source: Obj) -> Composed:
    if type(source.get("content")) is str:
        return Composed(parts=(Text(text=text(source, "content")),))
    return Composed(parts=each(source, "content", _decode_block_of_document))


_SOURCES: Final[dict[str, Callable[[Obj], Source]]] = {
    "base64": lambda source: Inline(
        media_type=text(source, "media_type"), data=text(source, "data")
    ),
    "url": lambda source: Linked(url=text(source, "url")),
    "file": lambda source: Uploaded(id=text(source, "file_id"), dialect=NAME),
    "text": lambda source: Plain(text=text(source, "data"), media_type=text(source, "media_type")),
    "content": _composed,
}


def _thinking(wire: Obj) -> Reasoning:
    """A thought; without a signature it cannot go back to the platform."""
    signature = text_or_none(wire, "signature")
    return Reasoning(
        text=text(wire, "thinking"),
        state=opaque_of(signature, NAME, "signature") if signature else None,
        extras=rest(wire, THOUGHT, NAME, spelling={"signature": ""} if signature == "" else None)
        if len(wire) > 3 or not signature
        else None,
    )


def _redacted(wire: Obj) -> Reasoning:
    return Reasoning(
        state=opaque_of(text(wire, "data"), NAME, "redacted"), extras=rest(wire, REDACTED, NAME)
    )


def _tool_use(wire: Obj) -> ToolCall:
    return ToolCall(
        id=filled(wire, "id"),
        name=text(wire, "name"),
        arguments=arguments_text(member(wire, "input")),
        cache=decode_cache(wire),
        extras=call_rest(wire),
    )


def call_rest(wire: Obj) -> Extras | None:
    """The rest of a call; that the model itself made it goes without saying."""
    if len(wire) == 4:
        return None
    if wire.get("caller") == _DIRECT:
        return rest(wire, TOOL_USE | {"caller"}, NAME, spelling={"caller": _DIRECT})
    return rest(wire, TOOL_USE, NAME)


def _tool_result(wire: Obj) -> ToolResult:
    parts, listed = decode_content(wire, "content", decode_block_of_result)
    usual = len(wire) == 3 and parts and not listed
    return ToolResult(
        call_id=text(wire, "tool_use_id"),
        parts=parts,
        is_error=flag_or_none(wire, "is_error"),
        cache=decode_cache(wire),
        extras=None
        if usual
        else rest(wire, TOOL_RESULT, NAME, marks=("listed",) if listed else ()),
    )


_BLOCKS: Final[dict[str, Callable[[Obj], Part]]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
}

_BLOCKS_OF_DOCUMENT: Final = {kind: _BLOCKS[kind] for kind in ("text", "image")}
_BLOCKS_OF_RESULT: Final = {
    kind: _BLOCKS[kind] for kind in ("text", "image", "document", "search_result")
}
