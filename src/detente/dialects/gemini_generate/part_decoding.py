"""Parts of contents, as clients send them and platforms answer them, in canonical words.

A part is one of `words.KINDS`; what is none that we know, or several at once, stays native. Calls
without ids are given some, and results find them again by name and order.

>>> decode_part({"text": "hi"}, Calls("call"))
Text(text='hi', citations=(), logprobs=(), state=None, cache=None, extras=None)
"""

from collections.abc import Callable
from typing import Final

from detente.canonical.content import (
    Inline,
    Linked,
    Media,
    MediaKind,
    Native,
    Opaque,
    Part,
    Reasoning,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.media import OCTETS, kind_of
from detente.dialects._codec.rest import rest
from detente.dialects._codec.state import opaque_of_base64
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.spelling import camelled

_URL_SAFE: Final = str.maketrans("-_", "+/")
_FILES: Final = ("https://generativelanguage.googleapis.com/", "files/")
"""How the addresses of uploaded files begin; nobody else can fetch them."""
_FILMS: Final = ("https://www.youtube.com/", "https://youtu.be/", "https://m.youtube.com/")

_TEXT: Final = words.TEXT
_MEDIA: Final = frozenset(("fileData", "inlineData", "mediaResolution", "thoughtSignature"))
_CALL: Final = frozenset(("functionCall", "thoughtSignature"))
_RESULT: Final = frozenset(("functionResponse", "thoughtSignature"))


class Calls:
    """The ids of calls in one conversation or answer."""

    __slots__ = ("_count", "_open", "_prefix", "foreign_thoughts")

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self._open: dict[str, list[str]] = {}
        self.foreign_thoughts = False

    def called(self, name: str, id_: str | None) -> str:
        """The id of a call, made from its position where it has none."""
        if not id_:
            id_ = f"{self._prefix}_{self._count}"
        self._count += 1
        self._open.setdefault(name, []).append(id_)
        return id_

    def answered(self, name: str, id_: str | None) -> str:
        """The id of the call that a result is for: the first of that name without one."""
        waiting = self._open.get(name)
        if id_:
            if waiting and id_ in waiting:
                waiting.remove(id_)
            return id_
        if waiting:
            return waiting.pop(0)
        return self.called(name, None)


def decode_part(part: Obj, calls: Calls) -> Part:
    """One part; raises `Misfit`."""
    if len(part) == 1 and type(said := part.get("text")) is str:
        return Text(text=said)
    source, snakes = camelled(part, words.PART)
    kind = ""
    for key, value in source.items():
        if key in words.KINDS and value is not None:
            if kind:
                return Native(dialect=words.NAME, name="mixed", value=part)
            kind = key
    thought = fields.flag_or_none(source, "thought")
    read = _READERS.get(kind)
    if not kind and not (source.keys() <= _TEXT):
        read = None
    if read is None or (thought and kind not in ("", "text")):
        return Native(dialect=words.NAME, name=kind or _first(source), value=part)
    try:
        return read(part, source, snakes, calls)
    except Misfit as misfit:
        if kind not in ("", "text", misfit.path) and misfit.path != "thoughtSignature":
            misfit.under(kind)
        raise


def state_of(source: Obj) -> Opaque | None:
    """The state that belongs to a part; a sentinel is none."""
    signature = fields.text_or_none(source, "thoughtSignature")
    if not signature or signature in words.SENTINELS:
        return None
    return opaque_of_base64(signature, words.NAME, "signature")


def _text(part: Obj, source: Obj, snakes: tuple[str, ...], calls: Calls) -> Part:  # noqa: ARG001
    said = fields.text_or_none(source, "text")
    thought, state = source.get("thought"), state_of(source)
    spelling = _signature_spelling(source, state)
    if thought is False:
        spelling = {**(spelling or {}), "thought": False}
    marks = (*snakes, "text_less") if said is None else snakes
    reasons = thought or (said is None and state is not None)
    if reasons and not thought:
        marks = (*marks, "thought_less")
    if state is not None and state.origin != words.NAME:
        calls.foreign_thoughts = True
    extras = rest(source, _TEXT, words.NAME, spelling=spelling, marks=marks)
    if reasons:
        return Reasoning(text=said or "", state=state, extras=extras)
    return Text(text=said or "", state=state, extras=extras)


def _inline(part: Obj, source: Obj, snakes: tuple[str, ...], calls: Calls) -> Part:  # noqa: ARG001
    blob, inner = camelled(fields.member(source, "inlineData"), words.BLOB)
    media_type = fields.text_or_none(blob, "mimeType")
    data = fields.text(blob, "data")
    marks = (*snakes, *inner)
    if not media_type:
        marks = (*marks, "type_less" if media_type is None else "type_empty")
    if "-" in data or "_" in data:
        data = data.translate(_URL_SAFE)
        marks = (*marks, "url_safe")
    media_type = media_type or OCTETS
    origin = Inline(media_type=media_type, data=data)
    return _media(source, blob, kind=kind_of(media_type), origin=origin, marks=marks)


def _file(part: Obj, source: Obj, snakes: tuple[str, ...], calls: Calls) -> Part:  # noqa: ARG001
    file, inner = camelled(fields.member(source, "fileData"), words.FILE)
    address = fields.text_or_none(file, "fileUri")
    media_type = fields.text_or_none(file, "mimeType")
    if not address:
        return Native(dialect=words.NAME, name="fileData", value=part)
    kind = kind_of(media_type) if media_type else _kind_of_address(address)
    origin: Source
    if address.startswith(_FILES):
        origin = Uploaded(id=address, dialect=words.NAME, media_type=media_type)
    else:
        origin = Linked(url=address, media_type=media_type)
    return _media(source, file, kind=kind, origin=origin, marks=(*snakes, *inner))


def _media(
    source: Obj, inner: Obj, *, kind: MediaKind, origin: Source, marks: tuple[str, ...]
) -> Media:
    key, known = "fileData", words.FILE
    if isinstance(origin, Inline):
        key, known = "inlineData", words.BLOB
    members, spelling = _nested(key, inner, known)
    detail, resolution = None, fields.member_or_none(source, "mediaResolution")
    if resolution is not None:
        level = resolution.get("level")
        detail = words.DETAILS.get(level) if type(level) is str else None
        spelling = {} if spelling is None else spelling
        spelling["mediaResolution"] = resolution
    state = state_of(source)
    return Media(
        kind=kind,
        source=origin,
        detail=detail,
        title=fields.text_or_none(inner, "displayName"),
        state=state,
        extras=_rest(source, _MEDIA, members, _signature_spelling(source, state, spelling), marks),
    )


def _call(part: Obj, source: Obj, snakes: tuple[str, ...], calls: Calls) -> Part:
    call, inner = camelled(fields.member(source, "functionCall"), words.CALL)
    name, given = call.get("name"), fields.text_or_none(call, "id")
    if type(name) is not str or not name:
        return Native(dialect=words.NAME, name="functionCall", value=part)
    arguments = fields.member_or_none(call, "args")
    marks = (*snakes, *inner)
    if not given:
        marks = (*marks, "id_less" if given is None else "id_empty")
    if arguments is None:
        marks = (*marks, "args_less")
    members, spelling = _nested("functionCall", call, words.CALL)
    state = state_of(source)
    return ToolCall(
        id=calls.called(name, given),
        name=name,
        arguments=arguments_text(arguments) if arguments else "{}",
        state=state,
        extras=_rest(source, _CALL, members, _signature_spelling(source, state, spelling), marks),
    )


def _result(part: Obj, source: Obj, snakes: tuple[str, ...], calls: Calls) -> Part:
    result, inner = camelled(fields.member(source, "functionResponse"), words.RESULT)
    name, given = result.get("name"), fields.text_or_none(result, "id")
    if type(name) is not str:
        return Native(dialect=words.NAME, name="functionResponse", value=part)
    marks = (*snakes, *inner)
    if not given:
        marks = (*marks, "id_less" if given is None else "id_empty")
    response = fields.member_or_none(result, "response")
    parts: tuple[Part, ...] = ()
    is_error = None
    if response is None:
        marks = (*marks, "response_less")
    else:
        is_error = True if _tells_error(response) else None
        for key in words.RESULT_TEXTS:
            if len(response) == 1 and type(said := response.get(key)) is str:
                parts, response = (Text(text=said),), None
                if key == "result":
                    marks = (*marks, "under_result")
                break
    if result.get("parts"):
        parts += fields.each(result, "parts", lambda value: decode_part(value, calls))
    members, spelling = _nested("functionResponse", result, words.RESULT)
    if (signature := source.get("thoughtSignature")) is not None:
        spelling = {**(spelling or {}), "thoughtSignature": signature}
    return ToolResult(
        call_id=calls.answered(name, given),
        parts=parts,
        data=response,
        name=name,
        is_error=is_error,
        extras=_rest(source, _RESULT, members, spelling, marks),
    )


def _tells_error(response: Obj) -> bool:
    """Whether a function's result is an error, as the API's reference says it."""
    return response.get("error") is not None and "output" not in response


def _rest(
    source: Obj,
    known: frozenset[str],
    members: Obj | None,
    spelling: Obj | None,
    marks: tuple[str, ...],
) -> Extras | None:
    """The rest of a part, soon told where there is none, as usual."""
    plain = not marks and not members and not spelling
    if plain and source.keys() <= known and None not in source.values():
        return None
    return rest(source, known, words.NAME, members=members, spelling=spelling, marks=marks)


def _nested(key: str, inner: Obj, known: frozenset[str]) -> tuple[Obj | None, Obj | None]:
    """The unknown members and the spelling of an object within the part; an empty object of
    arguments or of a result is written as it is."""
    if inner.keys() <= known and None not in inner.values() and inner.get("parts") != []:
        return None, None
    found = rest(inner, known, words.NAME)
    if found is None:
        return None, None
    return (
        {key: found.members} if found.members else None,
        {key: found.spelling} if found.spelling else None,
    )


def _signature_spelling(
    source: Obj, state: Opaque | None, spelling: Obj | None = None
) -> Obj | None:
    """A signature that is no state is spelling."""
    signature = source.get("thoughtSignature")
    if state is None and signature is not None:
        return {**(spelling or {}), "thoughtSignature": signature}
    return spelling


def _kind_of_address(address: str) -> MediaKind:
    return "video" if address.startswith(_FILMS) else "document"


def _first(source: Obj) -> str:
    for key in source:
        if key not in ("thought", "thoughtSignature"):
            return key
    return "part"


Reader = Callable[[Obj, Obj, tuple[str, ...], Calls], Part]

_READERS: Final[dict[str, Reader]] = {
    "": _text,
    "text": _text,
    "inlineData": _inline,
    "fileData": _file,
    "functionCall": _call,
    "functionResponse": _result,
}
