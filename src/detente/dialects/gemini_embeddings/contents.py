"""What is embedded, in Google's form: a content of parts, or in predict a plain text.

>>> read_content({"parts": [{"text": "hi"}]})[0][0].text
'hi'
"""

from typing import Final

from detente.canonical.content import Inline, Linked, Media, Native, Part, Text
from detente.canonical.embedding import EmbeddingInput
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import OCTETS, kind_of
from detente.dialects._codec.rest import foreign, laid_over, rest
from detente.dialects.gemini_embeddings.spelt import camel, snake
from detente.dialects.gemini_embeddings.wire import NAME

API: Final = "Google's API"
PLAIN: Final = "plain"
"""The mark of a content that is a plain text."""

_CONTENT: Final = frozenset(("parts", "role"))
_TEXT: Final = frozenset(("text",))
_INLINE: Final = frozenset(("mimeType", "data"))
_FILE: Final = frozenset(("mimeType", "fileUri"))


def read_content(value: Json) -> tuple[tuple[Part, ...], Extras | None]:
    """The parts of a content, and the rest of it; raises `Misfit`."""
    if type(value) is str:
        return (Text(text=value),), Extras(dialect=NAME, marks=(PLAIN,))
    if type(value) is not dict:
        raise Misfit("content", "must be an object")
    try:
        parts = fields.each(value, "parts", _part)
    except Misfit as misfit:
        misfit.under("content")
        raise
    role = fields.text_or_none(value, "role")
    spelling: Obj = {} if role is None else {"role": role}
    return parts, rest(value, _CONTENT, NAME, spelling=spelling)


def content_told(one: EmbeddingInput, extras: Extras | None, path: str, losses: Losses) -> Obj:
    """The content of an input; `extras` are its rest."""
    if one.tokens:
        losses.lose("embedding_tokens", path, f"{API} takes text, not token numbers")
    told: list[Json] = []
    for index, part in enumerate(one.parts):
        wire = _told(part, f"{path}.parts[{index}]", losses)
        if wire is not None:
            told.append(wire)
    return laid_over({"parts": told}, extras, NAME)


def _part(item: Obj) -> Part:
    source, marks = camel(item)
    if type(source.get("text")) is str:
        return Text(text=fields.text(source, "text"), extras=rest(source, _TEXT, NAME))
    for key in ("inlineData", "fileData"):
        inner = source.get(key)
        if type(inner) is dict:
            found = _media(source, key, inner, marks)
            if found is not None:
                return found
    return Native(dialect=NAME, name=next(iter(item), "part")[:64], value=item)


def _media(source: Obj, key: str, told: Obj, marks: tuple[str, ...]) -> Media | None:
    inner, inner_marks = camel(told)
    media_type = inner.get("mimeType")
    if media_type is not None and type(media_type) is not str:
        return None
    members: Obj = {}
    spelling: Obj = {}
    if key == "inlineData":
        data = inner.get("data")
        if type(data) is not str:
            return None
        standard = data.replace("-", "+").replace("_", "/")
        if standard != data:
            spelling[key] = {"data": data}
        where: Inline | Linked = Inline(media_type=media_type or OCTETS, data=standard)
        beyond: Obj = {name: value for name, value in inner.items() if name not in _INLINE}
    else:
        uri = inner.get("fileUri")
        if type(uri) is not str:
            return None
        where = Linked(url=uri, media_type=media_type)
        beyond = {name: value for name, value in inner.items() if name not in _FILE}
    if beyond:
        members[key] = beyond
    inner_marks = tuple(["." + mark for mark in inner_marks])
    if media_type is None:
        inner_marks = (*inner_marks, "untyped")
    extras = rest(
        source,
        frozenset((key,)),
        NAME,
        members=members,
        spelling=spelling,
        marks=(*marks, *inner_marks),
    )
    return Media(kind=kind_of(media_type or OCTETS), source=where, extras=extras)


def _told(part: Part, path: str, losses: Losses) -> Obj | None:
    """One part on the wire, None where it has no place here."""
    if isinstance(part, Native) and part.dialect == NAME:
        return part.value
    if isinstance(part, Text):
        wire: Obj = {"text": part.text}
        extras = part.extras
    elif isinstance(part, Media) and isinstance(part.source, Inline | Linked):
        extras = part.extras
        wire = _media_told(part.source, extras)
    else:
        feature = "uploaded_file" if isinstance(part, Media) else "native_part"
        losses.lose(feature, path, f"{API} does not know it")
        return None
    for key, _ in foreign((extras,), NAME):
        losses.lose("unknown_member", f"{path}.{key}", f"{API} does not know it")
    own = extras is not None and extras.dialect == NAME
    return snake(laid_over(wire, extras, NAME), extras.marks if own and extras is not None else ())


def _media_told(source: Inline | Linked, extras: Extras | None) -> Obj:
    marks = extras.marks if extras is not None and extras.dialect == NAME else ()
    inner_marks = tuple([mark[1:] for mark in marks if mark.startswith(".")])
    if isinstance(source, Inline):
        inner: Obj = {"mimeType": source.media_type, "data": source.data}
        key = "inlineData"
    else:
        inner = {"fileUri": source.url}
        if source.media_type is not None:
            inner["mimeType"] = source.media_type
        key = "fileData"
    if "untyped" in marks:
        inner.pop("mimeType", None)
    return {key: snake(inner, inner_marks)}
