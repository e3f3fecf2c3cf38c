"""Images, documents, films and sounds of Converse as canonical media.

Bytes are base64 text in JSON and stay so. A source or a state that is unknown makes the block a
`Native` one.

>>> block = {"image": {"format": "png", "source": {"bytes": "aGk="}}}
>>> media_of(block, "image").source
Inline(media_type='image/png', data='aGk=')
"""

from typing import Final

from detente.canonical.content import (
    Composed,
    Inline,
    Linked,
    Media,
    MediaKind,
    Native,
    Part,
    Plain,
    Source,
    Text,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.fields import (
    flag_or_none,
    member,
    member_or_none,
    text,
    text_or_none,
)
from detente.dialects.bedrock_converse.blocks import inner_rest
from detente.dialects.bedrock_converse.words import (
    DIALECT,
    DOCUMENT,
    FORMATS,
    IMAGE,
    MEDIA_TYPES,
)

_PLAIN_TYPE: Final = "text/plain"


def media_of(block: Obj, kind: MediaKind) -> Part:
    """The block's media; raises `Misfit`."""
    inner = member(block, kind)
    if inner.get("error") is not None:
        return Native(dialect=DIALECT, name=kind, value=block)
    source = member(inner, "source")
    format_ = text_or_none(inner, "format")
    media_type = _media_type(kind, format_)
    spelling: Obj = {}
    members: Obj = {}
    found = _source(source, media_type, spelling, members)
    if found is None:
        return Native(dialect=DIALECT, name=kind, value=block)
    if format_ is not None and (
        isinstance(found, Composed) or FORMATS[kind].get(media_type or _PLAIN_TYPE) != format_
    ):
        spelling["format"] = format_
    if kind == "document":
        return _document(block, inner, found, spelling, members)
    marks = () if format_ is not None else ("no_format",)
    extras = inner_rest(block, kind, IMAGE, spelling=spelling, members=members, marks=marks)
    return Media(kind=kind, source=found, extras=extras)


def _document(block: Obj, inner: Obj, source: Source, spelling: Obj, members: Obj) -> Media:
    citations = member_or_none(inner, "citations")
    cited = None
    if citations is not None:
        cited = flag_or_none(citations, "enabled")
        if len(citations) > 1:
            members["citations"] = {
                key: value for key, value in citations.items() if key != "enabled"
            }
    title = text_or_none(inner, "name")
    marks = tuple(f"no_{key}" for key in ("format", "name") if inner.get(key) is None)
    return Media(
        kind="document",
        source=source,
        title=title,
        context=text_or_none(inner, "context"),
        cited=cited,
        extras=inner_rest(
            block,
            "document",
            DOCUMENT,
            spelling=spelling,
            members=members,
            marks=marks,
        ),
    )


def _source(source: Obj, media_type: str | None, spelling: Obj, members: Obj) -> Source | None:
    """What a `source` has, None where that is unknown; the rest of it is added to the others."""
    known = next((key for key in _SOURCES if source.get(key) is not None), None)
    if known is None:
        return None
    if len(source) > 1:
        members["source"] = {key: value for key, value in source.items() if key != known}
    match known:
        case "bytes":
            return Inline(media_type=media_type or "", data=text(source, "bytes"))
        case "text":
            return Plain(text=text(source, "text"), media_type=media_type or _PLAIN_TYPE)
        case "content":
            parts = _texts(source["content"])
            return Composed(parts=parts) if parts is not None else None
        case _:
            location = member(source, "s3Location")
            if not text(location, "uri").startswith("s3://"):
                return None
            if len(location) > 1:  # the bucket's owner is nothing without the link
                spelling["source"] = {
                    "s3Location": {key: value for key, value in location.items() if key != "uri"}
                }
            return Linked(url=text(location, "uri"), media_type=media_type)


_SOURCES: Final = ("bytes", "s3Location", "text", "content")


def _texts(content: Json) -> tuple[Part, ...] | None:
    """The texts that a document consists of, None where it has anything else."""
    found: list[Part] = []
    for piece in content if type(content) is list else (None,):
        value = piece.get("text") if type(piece) is dict and len(piece) == 1 else None
        if type(value) is not str:
            return None
        found.append(Text(text=value))
    return tuple(found)


def _media_type(kind: MediaKind, format_: str | None) -> str | None:
    if format_ is None:
        return None
    known = MEDIA_TYPES[kind].get(format_)
    return known if known is not None else f"{kind}/{format_}"
