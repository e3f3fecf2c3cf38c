"""Images, files and sound in a prompt, as content parts.

Binary content stays base64 text. Towards the platform, what it does not read (sound, film) and
what it cannot fetch (other platforms' URLs and ids) is named as lost.

>>> image_of({"type": "input_image", "image_url": "data:image/png;base64,aGk="}).source
Inline(media_type='image/png', data='aGk=')
"""

import base64
from typing import Final, assert_never

from detente.canonical.content import (
    Inline,
    Linked,
    Media,
    Native,
    Plain,
    Source,
    Uploaded,
)
from detente.canonical.extras import Obj
from detente.dialects._codec.fields import text_or_none, within
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import OCTETS, data_url, inline_of
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.openai_responses.carrying import (
    breakpoint_of,
    leave_members,
    leave_state,
    mark_of,
)
from detente.dialects.openai_responses.words import AUDIO, DETAILS, DIALECT, FILE, FILES, IMAGE

_FETCHED: Final = ("https://", "http://", "data:")
"""What the platform downloads itself."""

_FILE_DETAILS: Final = ("auto", "low", "high")
_EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "application/json": "json",
}


def image_of(wire: Obj) -> Media | Native:
    """An `input_image`."""
    url = text_or_none(wire, "image_url")
    file_id = text_or_none(wire, "file_id")
    source: Source
    if url is not None and file_id is None:
        source = inline_of(url) or Linked(url=url)
    elif file_id is not None and url is None:
        source = Uploaded(id=file_id, dialect=DIALECT)
    else:
        return Native(dialect=DIALECT, name="input_image", value=wire)
    return Media(
        kind="image",
        source=source,
        detail=text_or_none(wire, "detail"),
        cache=within(wire, "prompt_cache_breakpoint", mark_of),
        extras=rest(wire, IMAGE, DIALECT),
    )


def file_of(wire: Obj) -> Media | Native:
    """An `input_file`; data that is no data URL is base64 of an unknown type."""
    data = text_or_none(wire, "file_data")
    url = text_or_none(wire, "file_url")
    file_id = text_or_none(wire, "file_id")
    marks: tuple[str, ...] = ()
    source: Source
    if data is not None and url is None and file_id is None:
        inline = inline_of(data)
        source = inline or Inline(media_type=OCTETS, data=data)
        marks = () if inline else ("bare",)
    elif url is not None and data is None and file_id is None:
        source = Linked(url=url)
    elif file_id is not None and data is None and url is None:
        source = Uploaded(id=file_id, dialect=DIALECT)
    else:
        return Native(dialect=DIALECT, name="input_file", value=wire)
    return Media(
        kind="document",
        source=source,
        detail=text_or_none(wire, "detail"),
        title=text_or_none(wire, "filename"),
        cache=within(wire, "prompt_cache_breakpoint", mark_of),
        extras=rest(wire, FILE, DIALECT, marks=marks),
    )


def audio_of(wire: Obj) -> Media | Native:
    """An `input_audio`, which some hosts of this dialect read."""
    sound = wire.get("input_audio")
    if type(sound) is not dict or not (sound.keys() <= {"data", "format"}):
        return Native(dialect=DIALECT, name="input_audio", value=wire)
    data, form = sound.get("data"), sound.get("format")
    if type(data) is not str or type(form) is not str:
        return Native(dialect=DIALECT, name="input_audio", value=wire)
    return Media(
        kind="audio",
        source=Inline(media_type=f"audio/{form}", data=data),
        extras=rest(wire, AUDIO, DIALECT, marks=("input_audio",)),
    )


def media_wire(media: Media, path: str, losses: Losses, *, own: bool) -> Obj | None:
    """Media as a content part, None where the platform has none for it (and that is named).

    `own` is whether the request came in this dialect. A document of parts is not for here.
    """
    wire: Obj | None
    match media.kind:
        case "image":
            wire = _image_wire(media, path, losses, own=own)
        case "document":
            wire = _file_wire(media, path, losses, own=own)
        case "audio":
            wire = _audio_wire(media, path, losses)
        case "video":
            losses.lose("video_input", path, "the Responses API takes no film")
            return None
        case _:
            assert_never(media.kind)
    if wire is None:
        return None
    _leave_words(media, path, losses)
    mark = breakpoint_of(media.cache, path, losses, own=own)
    if mark is not None:
        wire["prompt_cache_breakpoint"] = mark
    return laid_over(wire, media.extras, DIALECT)


def _image_wire(media: Media, path: str, losses: Losses, *, own: bool) -> Obj | None:
    wire: Obj = {"type": "input_image"}
    if media.detail in DETAILS or (own and media.detail is not None):
        wire["detail"] = media.detail
    elif not own:
        wire["detail"] = "auto"
        if media.detail is not None:
            losses.lose("image_detail", path, "the Responses API has low, high, auto and original")
    source = media.source
    if isinstance(source, Inline):
        wire["image_url"] = data_url(source)
    elif isinstance(source, Linked) and (own or source.url.startswith(_FETCHED)):
        wire["image_url"] = source.url
    elif isinstance(source, Linked):
        losses.lose("image_url", path, "the platform downloads from the web only")
        return None
    elif isinstance(source, Uploaded):
        if not _is_known(source, path, losses):
            return None
        wire["file_id"] = source.id
    else:
        losses.lose("image", path, "the Responses API takes images as bytes, URL or file")
        return None
    return wire


def _file_wire(media: Media, path: str, losses: Losses, *, own: bool) -> Obj | None:
    wire = _file_source(media, path, losses, own=own)
    if wire is None:
        return None
    if media.detail is not None and (own or media.detail in _FILE_DETAILS):
        wire["detail"] = media.detail
    elif media.detail is not None:
        losses.lose("image_detail", path, "a file's detail is low, high or auto")
    if media.title is not None:
        if own or "file_data" in wire:
            wire["filename"] = media.title
        else:
            losses.lose("document_context", f"{path}.title", "only files in the body have a name")
    elif not own and isinstance(media.source, (Inline, Plain)):
        wire["filename"] = _file_name(media.source.media_type)
    return wire


def _file_source(media: Media, path: str, losses: Losses, *, own: bool) -> Obj | None:
    source = media.source
    wire: Obj = {"type": "input_file"}
    if isinstance(source, Inline):
        bare = marked(media.extras, DIALECT, "bare")
        wire["file_data"] = source.data if bare else data_url(source)
    elif isinstance(source, Plain):
        data = base64.b64encode(source.text.encode("utf-8", "replace")).decode()
        wire["file_data"] = data_url(Inline(media_type=source.media_type, data=data))
    elif isinstance(source, Linked):
        if not own and not source.url.startswith(_FETCHED):
            losses.lose("document", path, "the platform downloads from the web only")
            return None
        wire["file_url"] = source.url
    elif isinstance(source, Uploaded):
        if not _is_known(source, path, losses):
            return None
        wire["file_id"] = source.id
    else:
        return None
    return wire


def _audio_wire(media: Media, path: str, losses: Losses) -> Obj | None:
    if marked(media.extras, DIALECT, "input_audio") and isinstance(media.source, Inline):
        form = media.source.media_type.removeprefix("audio/")
        return {
            "type": "input_audio",
            "input_audio": {"data": media.source.data, "format": form},
        }
    losses.lose("audio_input", path, "the Responses API takes no sound")
    return None


def _is_known(source: Uploaded, path: str, losses: Losses) -> bool:
    if source.dialect in FILES:
        return True
    losses.lose("uploaded_file", path, f"the file is at a platform of `{source.dialect}`")
    return False


def _leave_words(media: Media, path: str, losses: Losses) -> None:
    """Name what is said about a document beside its content."""
    if media.context is not None:
        losses.lose("document_context", path, "an input file has a name and no description")
    if media.cited:
        losses.lose("document_citations", path, "the Responses API does not cite input files")
    if media.title is not None and media.kind == "image":
        losses.lose("document_context", f"{path}.title", "an input image has no title")
    leave_state(media.state, path, losses)
    leave_members(media.extras, path, losses)


def _file_name(media_type: str) -> str:
    """The platform demands a name for a file in the body, and tells its type by it."""
    subtype = media_type.partition("/")[2]
    extension = _EXTENSIONS.get(media_type) or (subtype if subtype.isalnum() else "bin")
    return f"document.{extension}"
