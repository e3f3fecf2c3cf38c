"""Where an image, a sound, a film or a document stands in a part: in the body or behind an address.

>>> media_part(Media(kind="image", source=Linked(url="https://x.test/a.png")), own=False)
{'fileData': {'fileUri': 'https://x.test/a.png', 'mimeType': 'image/png'}}
"""

import base64
from typing import Final, assert_never

from detente.canonical.content import Composed, Inline, Linked, Media, Plain, Uploaded
from detente.canonical.extras import Obj
from detente.dialects._codec.rest import marked
from detente.dialects.gemini_generate.words import NAME

_URL_SAFE: Final = str.maketrans("+/", "-_")
_FETCHED: Final = ("https://", "http://", "gs://")
_TYPES: Final = {
    "gif": "image/gif",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp4": "video/mp4",
    "mov": "video/mov",
    "webm": "video/webm",
}
"""Media types by the end of an address, which Vertex AI does not find out itself."""


def media_part(media: Media, *, own: bool) -> Obj | None:
    """The part, None where this API cannot get at the content; `own` content came from it."""
    target = _part(media, own=own)
    if target is not None and media.title is not None:
        for inner in target.values():
            if type(inner) is dict:
                inner["displayName"] = media.title
    return target


def _part(media: Media, *, own: bool) -> Obj | None:  # noqa: PLR0911 -- one for each source
    match media.source:
        case Inline(media_type=media_type, data=data):
            return {"inlineData": _blob(media, media_type, data)}
        case Plain(text=said, media_type=media_type):
            data = base64.b64encode(said.encode(errors="replace")).decode()
            return {"inlineData": {"mimeType": media_type, "data": data}}
        case Linked(url=url, media_type=media_type):
            if not own and not url.startswith(_FETCHED):
                return None
            return {"fileData": _file(url, media_type or (None if own else _type_of(url)))}
        case Uploaded(id=id_, dialect=dialect, media_type=media_type):
            if dialect != NAME:
                return None
            return {"fileData": _file(id_, media_type)}
        case Composed():
            return None
        case _:
            assert_never(media.source)


def _blob(media: Media, media_type: str, data: str) -> Obj:
    blob: Obj = {"mimeType": media_type, "data": data}
    if media.extras is not None:
        if marked(media.extras, NAME, "url_safe"):
            blob["data"] = data.translate(_URL_SAFE)
        if marked(media.extras, NAME, "type_less"):
            del blob["mimeType"]
        if marked(media.extras, NAME, "type_empty"):
            blob["mimeType"] = ""
    return blob


def _file(address: str, media_type: str | None) -> Obj:
    if media_type is None:
        return {"fileUri": address}
    return {"fileUri": address, "mimeType": media_type}


def _type_of(address: str) -> str | None:
    path = address.partition("?")[0].partition("#")[0]
    return _TYPES.get(path.rpartition(".")[2].lower())
