"""Images and documents as blocks of a request.

The platform takes four kinds of image, PDF and plain text; each in the body, by URL, or uploaded
before. What it does not take is named and left out. Base64 stays text, but where it says a
document in plain text, which has a member of its own.
"""

import base64
from typing import Final, assert_never

from detente.canonical.content import (
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Plain,
    Text,
    Uploaded,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.rest import marked
from detente.dialects.anthropic_messages.citations import encode_citation
from detente.dialects.anthropic_messages.words import IMAGE_TYPES, NAME, PDF, TEXTUAL
from detente.dialects.anthropic_messages.writing import Writing

_FEATURES: Final = {"audio": "audio_input", "video": "video_input"}


def encode_media(media: Media, path: str, role: str, writing: Writing) -> Obj | None:
    """The block, None where the platform cannot be shown it."""
    kind = media.kind
    if kind in _FEATURES:
        writing.losses.lose(_FEATURES[kind], path, f"Messages takes no {kind}")
        return None
    if role == "assistant" and (not writing.own or (writing.modern and kind == "document")):
        writing.losses.lose(kind, path, f"Messages takes no {kind} in the assistant's turns")
        return None
    if media.state is not None:
        writing.losses.lose("reasoning_state", f"{path}.state", "it is another platform's")
    wire = _image(media, path, writing) if kind == "image" else _document(media, path, writing)
    if wire is not None:
        writing.mark(wire, media.cache, path)
        writing.lay_over(wire, media.extras, path)
    return wire


def _image(media: Media, path: str, writing: Writing) -> Obj | None:
    if media.detail not in (None, "auto"):
        writing.losses.lose(
            "image_detail", f"{path}.detail", "Messages looks at every image the same way"
        )
    for name in ("title", "context"):
        if getattr(media, name) is not None:
            writing.losses.lose(
                "document_context", f"{path}.{name}", f"images have no {name} in Messages"
            )
    source = media.source
    match source:
        case Inline():
            if source.media_type not in IMAGE_TYPES and not writing.own:
                writing.losses.lose("image", path, "Messages reads PNG, JPEG, GIF and WebP only")
                return None
            return {"type": "image", "source": _base64(source)}
        case Linked():
            return _by_url(source, "image", path, writing)
        case Uploaded():
            return _uploaded(source, "image", path, writing)
        case Plain() | Composed():
            writing.losses.lose("image", path, "an image of text is no image")
            return None
        case _:
            assert_never(source)


def _document(media: Media, path: str, writing: Writing) -> Obj | None:
    if marked(media.extras, NAME, "search_result") and isinstance(media.source, Composed):
        wire: Obj = {
            "type": "search_result",
            "source": media.context or "",
            "content": _composed(media.source, path, writing),
        }
    else:
        source = _document_source(media, path, writing)
        if source is None:
            return None
        wire = {"type": "document", "source": source}
        if media.context is not None:
            wire["context"] = media.context
    if media.title is not None:
        wire["title"] = media.title
    if media.cited is not None:
        wire["citations"] = {"enabled": media.cited}
    return wire


def _document_source(media: Media, path: str, writing: Writing) -> Obj | None:
    source = media.source
    match source:
        case Inline():
            return _inline_document(source, path, writing)
        case Linked():
            wire = _by_url(source, "document", path, writing)
            return None if wire is None else _inner(wire)
        case Uploaded():
            wire = _uploaded(source, "document", path, writing)
            return None if wire is None else _inner(wire)
        case Plain():
            media_type = source.media_type if writing.own else "text/plain"
            return {"type": "text", "media_type": media_type, "data": source.text}
        case Composed():
            return {"type": "content", "content": _composed(source, path, writing)}
        case _:
            assert_never(source)


def _inner(wire: Obj) -> Obj | None:
    source = wire["source"]
    return source if type(source) is dict else None


def _inline_document(source: Inline, path: str, writing: Writing) -> Obj | None:
    if source.media_type == PDF or writing.own:
        return _base64(source)
    if source.media_type.startswith("text/") or source.media_type in TEXTUAL:
        told = _decoded(source.data)
        if told is not None:
            return {"type": "text", "media_type": "text/plain", "data": told}
    writing.losses.lose("document", path, "Messages reads PDF and plain text only")
    return None


def _decoded(data: str) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError:  # not base64, or not UTF-8
        return None


def _base64(source: Inline) -> Obj:
    return {"type": "base64", "media_type": source.media_type, "data": source.data}


def _by_url(source: Linked, kind: str, path: str, writing: Writing) -> Obj | None:
    if not source.url.startswith(("https://", "http://")) and not writing.own:
        feature = "image_url" if kind == "image" else "document"
        writing.losses.lose(feature, path, "Messages fetches web addresses only")
        return None
    return {"type": kind, "source": {"type": "url", "url": source.url}}


def _uploaded(source: Uploaded, kind: str, path: str, writing: Writing) -> Obj | None:
    if source.dialect != NAME:
        writing.losses.lose("uploaded_file", path, "the file was uploaded to another platform")
        return None
    return {"type": kind, "source": {"type": "file", "file_id": source.id}}


def _composed(source: Composed, path: str, writing: Writing) -> list[Json]:
    """The parts of a document: texts and images, of which it may consist."""
    blocks: list[Json] = []
    for at, part in enumerate(source.parts):
        block = _part_of_document(part, f"{path}.source.parts[{at}]", writing)
        if block is not None:
            blocks.append(block)
    return blocks


def _part_of_document(part: Part, path: str, writing: Writing) -> Obj | None:
    if isinstance(part, Text):
        wire: Obj = {"type": "text", "text": part.text}
        if part.citations and writing.own and not writing.modern:
            wire["citations"] = [encode_citation(citation) for citation in part.citations]
        elif part.citations:
            writing.losses.lose("citations", path, "a document's own text cites nothing")
        writing.mark(wire, part.cache, path)
        return writing.lay_over(wire, part.extras, path)
    if isinstance(part, Media):
        return encode_media(part, path, "user", writing)
    if isinstance(part, Native) and part.dialect == NAME:
        return part.value
    writing.losses.lose("native_part", path, "documents consist of texts and images in Messages")
    return None
