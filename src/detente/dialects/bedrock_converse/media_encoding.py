"""Canonical media as Converse's images, documents, films and sounds.

It takes bytes, and links into Amazon's own store; it fetches nothing from the web and knows nobody
else's uploads.

>>> media_block(Media(kind="image", source=Inline(media_type="image/png", data="aGk=")), Losses(),
...             "turns[0].parts[0]", names={})
{'image': {'source': {'bytes': 'aGk='}, 'format': 'png'}}
"""

import re
from typing import Final

from detente.canonical.content import (
    Composed,
    Inline,
    Linked,
    Media,
    Plain,
    Text,
    Uploaded,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked
from detente.dialects.bedrock_converse.words import DIALECT, FORMATS, SYNONYMS

NAME_CHARACTERS_MAX: Final = 200
DEFAULT_NAME: Final = "document"
"""A document has to have a name."""

_FEATURES: Final = {
    "image": "image",
    "document": "document",
    "video": "video_input",
    "audio": "audio_input",
}
_LINKS: Final = {**_FEATURES, "image": "image_url"}
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9 ()\[\]-]+")
_SPACES: Final = re.compile(r"  +")
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def media_block(
    media: Media, losses: Losses, path: str, *, names: dict[str, int] | None = None
) -> Obj | None:
    """The block of `media`, None where Converse cannot carry it, which is named at `path`.

    `names` are those of the documents before it: no two may have the same. It is None where the
    media were Converse's already, and are left as they were.
    """
    source = _source(media, losses, path)
    if source is None:
        return None
    format_ = _format(media)
    if format_ is None and names is not None and not isinstance(media.source, Composed):
        why = "Converse does not take this type of media"
        losses.lose(_FEATURES[media.kind], path, why)
        return None
    inner: Obj = {"source": source}
    if format_ is not None and not marked(media.extras, DIALECT, "no_format"):
        inner["format"] = format_
    if media.kind == "document":
        _add_document(media, inner, names, losses, path)
    _lose_rest(media, losses, path)
    return laid_over({media.kind: inner}, media.extras, DIALECT)


def _source(media: Media, losses: Losses, path: str) -> Obj | None:
    source = media.source
    match source:
        case Inline():
            return {"bytes": source.data}
        case Linked() if source.url.startswith("s3://"):
            return {"s3Location": {"uri": source.url}}
        case Linked():
            why = "Converse fetches nothing from the web; send the bytes"
            losses.lose(_LINKS[media.kind], path, why)
        case Uploaded():
            losses.lose("uploaded_file", path, "Converse knows no uploaded files")
        case Plain():
            return {"text": source.text}
        case Composed():
            return _composed(source, losses, path)
    return None


def _composed(source: Composed, losses: Losses, path: str) -> Obj:
    content: list[Json] = []
    for index, part in enumerate(source.parts):
        if isinstance(part, Text):
            content.append({"text": part.text})
            if part.citations:
                where = f"{path}.source.parts[{index}].citations"
                losses.lose("citations", where, "a document of Converse cites nothing")
            if part.cache is not None:
                where = f"{path}.source.parts[{index}].cache"
                losses.lose("cache_mark", where, "a document of Converse is cached as a whole")
        else:
            where = f"{path}.source.parts[{index}]"
            losses.lose("document", where, "a document of Converse consists of texts only")
    return {"content": content}


def _format(media: Media) -> str | None:
    source = media.source
    match source:
        case Composed() | Uploaded():
            return None
        case Linked():
            media_type = source.media_type or _guessed(source.url, media)
        case _:
            media_type = source.media_type
    media_type = (media_type or "").partition(";")[0].strip().lower()
    found = FORMATS[media.kind].get(media_type)
    if found is None:
        synonym = SYNONYMS.get(media_type)
        found = synonym if synonym in FORMATS[media.kind].values() else None
    if found is None and isinstance(source, Plain):
        return "txt"
    return found


def _guessed(url: str, media: Media) -> str:
    """The media type that a link's ending promises."""
    ending = url.rpartition(".")[2].lower()
    ending = "jpeg" if ending == "jpg" else ending
    return next((kind for kind, word in FORMATS[media.kind].items() if word == ending), "")


def _add_document(
    media: Media, inner: Obj, names: dict[str, int] | None, losses: Losses, path: str
) -> None:
    if names is None:
        if media.title is not None:
            inner["name"] = media.title
    else:
        inner["name"] = _name(media.title, names, losses, path)
    if media.context is not None:
        inner["context"] = media.context
    if media.cited is not None:
        inner["citations"] = {"enabled": media.cited}


def _name(title: str | None, names: dict[str, int], losses: Losses, path: str) -> str:
    """A name as Converse takes it, unlike all others of the request."""
    plain = _SPACES.sub(" ", _NOT_IN_NAMES.sub(" ", _EXTENSION.sub("", title or ""))).strip()
    plain = plain[: NAME_CHARACTERS_MAX - 5].rstrip() or DEFAULT_NAME
    name = plain
    number = names.get(plain, 2)  # of the next one with this name
    while name in names:
        name = f"{plain} {number}"
        number += 1
    names[plain] = number
    names.setdefault(name, 2)
    if title is not None and name != title:
        why = "Converse takes letters, digits and brackets in a document's name"
        losses.lose("document", f"{path}.title", why, "drop")
    return name


def _lose_rest(media: Media, losses: Losses, path: str) -> None:
    if media.detail is not None and media.detail != "auto":
        losses.lose("image_detail", f"{path}.detail", "Converse decides itself how closely to look")
    if media.state is not None:
        losses.lose("reasoning_state", f"{path}.state", "media of Converse carry no state")
    if media.kind != "document":
        if media.context is not None:
            losses.lose("document_context", f"{path}.context", "only documents have a context")
        if media.cited:
            losses.lose("document_citations", f"{path}.cited", "only documents are cited")
    if media.transcript is not None:
        losses.lose("audio_output", f"{path}.transcript", "Converse has no transcripts", "drop")
