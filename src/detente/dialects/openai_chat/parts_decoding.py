"""Content parts of chat messages, as canonical parts. What no part is known by stays `Native`.

>>> parts, marks = content_parts({"content": "hi"})
>>> parts[0].text, marks
('hi', ())
"""

from detente.canonical.content import (
    CacheLifetime,
    CacheMark,
    Inline,
    Linked,
    Media,
    MediaKind,
    Native,
    Part,
    Reasoning,
    Refusal,
    Source,
    Text,
    Uploaded,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.media import inline_of, kind_of
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.mistral_parts import referred, thinking_of
from detente.dialects.openai_chat.words import (
    AUDIO_PART,
    AUDIO_TYPES,
    CHAT,
    FILE,
    FILE_PART,
    LINKED_PARTS,
    REFUSAL_PART,
    TEXT_PART,
)

LIFETIMES: dict[Json, CacheLifetime] = {"5m": "5m", "30m": "30m", "1h": "1h", "12h": "12h"}


def content_parts(message: Obj) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The parts in `content`, and the marks of how it was written; raises `Misfit`."""
    content = message.get("content")
    if type(content) is str:
        return ((Text(text=content),), ()) if content else ((), ())
    if content is None:
        return (), ()
    if type(content) is not list:
        raise Misfit("content", "must be a string or a list of parts")
    parts = referred(fields.each(message, "content", part_of))
    one_text = len(parts) == 1 and type(parts[0]) is Text and parts[0].cache is None
    return parts, (("listed",) if one_text or _holds_answer_parts(parts) else ())


def _holds_answer_parts(parts: tuple[Part, ...]) -> bool:
    """Parts that would be written as members of the message otherwise."""
    return any(isinstance(part, (Refusal, Reasoning)) for part in parts)


def part_of(source: Obj) -> Part:
    """One part of a list; raises `Misfit`."""
    kind = source.get("type")
    match kind:
        case "text":
            return _text(source)
        case "image_url" | "video_url" | "audio_url" | "document_url":
            return _linked(source, kind)
        case "input_audio":
            return _audio(source)
        case "file":
            return _file(source)
        case "refusal" | "thinking":
            return _refusal(source) if kind == "refusal" else thinking_of(source) or native(source)
        case _:
            return native(source)


def native(source: Obj) -> Native:
    """A part as it stands."""
    kind = source.get("type")
    return Native(dialect=CHAT, name=kind if type(kind) is str else "part", value=source)


def _refusal(source: Obj) -> Refusal | Native:
    text = source.get("refusal")
    if type(text) is not str:
        return native(source)
    return Refusal(text=text, extras=rest(source, REFUSAL_PART, CHAT))


def _text(source: Obj) -> Text:
    text = fields.text(source, "text")
    if len(source) == 2:
        return Text(text=text)
    cache, known = cached(source, TEXT_PART)
    return Text(text=text, cache=cache, extras=rest(source, known, CHAT))


def _linked(source: Obj, kind: str) -> Media | Native:
    """A part with a URL: an object in OpenAI's form, a bare string in Mistral's."""
    held = source.get(kind)
    members: Obj | None = None
    marks: tuple[str, ...] = (kind,) if kind != "image_url" else ()
    spelling: Obj | None = None
    detail: Json = None
    if type(held) is dict:
        url = held.get("url")
        detail = held.get("detail")
        if not (held.keys() <= {"url", "detail"}):
            members = {kind: {k: v for k, v in held.items() if k not in ("url", "detail")}}
        if detail is None and "detail" in held:
            spelling = {kind: {"detail": None}}
    else:
        url = held
        marks = (*marks, "bare")
    if type(url) is not str or not (detail is None or type(detail) is str):
        return native(source)
    inline = None if url.startswith("data:;") else inline_of(url)
    cache, known = cached(source, frozenset(("type", kind)))
    title = source.get("document_name") if kind == "document_url" else None
    if type(title) is str:
        known |= {"document_name"}
    return Media(
        kind=LINKED_PARTS[kind],
        source=inline or Linked(url=url),
        title=title if type(title) is str else None,
        detail=detail,
        cache=cache,
        extras=rest(source, known, CHAT, members=members, spelling=spelling, marks=marks),
    )


def _audio(source: Obj) -> Media | Native:
    """A sound: OpenAI's data and format, or Mistral's bare string where that says what it is."""
    held = source.get("input_audio")
    if type(held) is str and held.startswith(("data:audio/", "https://")):
        return _linked(source, "input_audio")
    if type(held) is not dict:
        return native(source)
    data, form = held.get("data"), held.get("format")
    if type(data) is not str or type(form) is not str:
        return native(source)
    media_type = AUDIO_TYPES.get(form) or f"audio/{form}"
    more: Obj = {k: v for k, v in held.items() if k not in ("data", "format")}
    members: Obj | None = {"input_audio": more} if more else None
    cache, known = cached(source, AUDIO_PART)
    return Media(
        kind="audio",
        source=Inline(media_type=media_type, data=data),
        cache=cache,
        extras=rest(source, known, CHAT, members=members),
    )


def _file(source: Obj) -> Media | Native:
    """A file by its id, or its content as a `data:` URL (some hosts take plain URLs, too)."""
    held = source.get("file")
    if type(held) is not dict:
        return native(source)
    data, file_id, name = held.get("file_data"), held.get("file_id"), held.get("filename")
    said: Source | None = None
    kind: MediaKind = "document"
    if type(file_id) is str and data is None:
        said = Uploaded(id=file_id, dialect=CHAT)
    elif type(data) is str and file_id is None:
        inline = None if data.startswith("data:;") else inline_of(data)
        kind = kind_of(inline.media_type) if inline else "document"
        said = inline or Linked(url=data)
    if said is None or not (name is None or type(name) is str):
        return native(source)
    more: Obj = {k: v for k, v in held.items() if k not in FILE and v is not None}
    nulls: Obj = {k: None for k, v in held.items() if v is None}
    members: Obj | None = {"file": more} if more else None
    spelling: Obj | None = {"file": nulls} if nulls else None
    marks: tuple[str, ...] = ("unnamed",) if name is None and data is not None else ()
    if kind != "document" or isinstance(said, Linked):
        marks = (*marks, "file")
    cache, known = cached(source, FILE_PART)
    return Media(
        kind=kind,
        source=said,
        title=name,
        cache=cache,
        extras=rest(source, known, CHAT, members=members, spelling=spelling, marks=marks),
    )


def cached(source: Obj, known: frozenset[str]) -> tuple[CacheMark | None, frozenset[str]]:
    """The cache mark of a part or tool, and `known` with the member that said it: OpenAI's
    breakpoint, or the `cache_control` that hosts of Claude take."""
    point = source.get("prompt_cache_breakpoint")
    if type(point) is dict:
        return _mark(point, "mode", "explicit", ()), known | {"prompt_cache_breakpoint"}
    point = source.get("cache_control")
    if type(point) is dict:
        mark = _mark(point, "type", "ephemeral", ("cache_control",))
        return mark, known | {"cache_control"}
    return None, known


def _mark(point: Obj, key: str, word: str, marks: tuple[str, ...]) -> CacheMark:
    lifetime = LIFETIMES.get(point.get("ttl")) if type(point.get("ttl")) is str else None
    spelling: Obj = {}
    if point.get(key) != word or (lifetime is None and "ttl" in point):
        spelling = {k: v for k, v in point.items() if k in (key, "ttl")}
    if key not in point:
        marks = (*marks, "-" + key)
    extras: Extras | None = rest(
        point, frozenset((key, "ttl")), CHAT, spelling=spelling or None, marks=marks
    )
    return CacheMark(lifetime=lifetime, extras=extras)
