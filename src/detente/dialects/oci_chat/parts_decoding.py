"""Messages of the format `GENERIC` as turns, and the parts of an answer.

Media stand in URLs (`data:` or others), thoughts in `reasoningContent`, calls in `toolCalls`.

>>> read_turn({"role": "USER", "content": [{"type": "TEXT", "text": "hi"}]}).parts[0].text
'hi'
"""

from typing import Final

from detente.canonical.content import (
    Citation,
    Inline,
    Linked,
    Media,
    MediaKind,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.media import inline_of
from detente.dialects._codec.rest import rest
from detente.dialects.oci_chat.wire import DETAILS, MEDIA, MESSAGE, NAME, ROLES

_KINDS: Final[dict[str, tuple[MediaKind, str]]] = {
    word: (kind, member) for kind, (word, member) in MEDIA.items()
}
_TEXT: Final = frozenset(("type", "text"))
_CALL: Final = frozenset(("id", "type", "name", "arguments"))
_ANNOTATION: Final = frozenset(("type", "urlCitation"))
_URL_CITATION: Final = ("startIndex", "endIndex", "title", "url")


def read_turn(item: Obj) -> Turn:
    """A message of a conversation; raises `Misfit`."""
    word = fields.text(item, "role")
    role = ROLES.get(word.upper())
    spelling: Obj = {} if role is not None and role.upper() == word else {"role": word}
    parts, marks = read_parts(item, spelling, "call")
    if role == "tool":
        call_id = fields.text_or_none(item, "toolCallId")
        if not call_id:
            spelling["toolCallId"] = call_id
        result = ToolResult(call_id=call_id or "call_0", parts=tuple(parts))
        parts = [result]
    elif "toolCallId" in item:
        spelling["toolCallId"] = item["toolCallId"]
    return Turn(
        role=role or "user",
        parts=tuple(parts),
        name=fields.text_or_none(item, "name"),
        extras=rest(item, MESSAGE, NAME, spelling=spelling, marks=marks),
    )


def read_parts(item: Obj, spelling: Obj, id_prefix: str) -> tuple[list[Part], tuple[str, ...]]:
    """The parts of a message, and the marks of how it was written; what only the wire says goes
    into `spelling`. Raises `Misfit`."""
    parts: list[Part] = []
    thoughts = fields.text_or_none(item, "reasoningContent")
    if thoughts:
        parts.append(Reasoning(text=thoughts))
    elif thoughts is not None:
        spelling["reasoningContent"] = ""
    content = item.get("content")
    marks = absences(item, ("content",))
    before = len(parts)
    if type(content) is str:  # as no official client writes it
        spelling["content"] = content
        if content:
            parts.append(Text(text=content))
    elif content is not None:
        parts += fields.each(item, "content", _content)
    parts = _annotated(item, parts, before, spelling)
    refusal = fields.text_or_none(item, "refusal")
    if refusal:
        parts.append(Refusal(text=refusal))
    elif refusal is not None:
        spelling["refusal"] = ""
    for index, call in enumerate(fields.each(item, "toolCalls", _as_is)):
        try:
            parts.append(read_call(call, f"{id_prefix}_{index}"))
        except Misfit as misfit:
            misfit.under(f"toolCalls[{index}]")
            raise
    return parts, marks


def read_call(item: Obj, made_id: str) -> ToolCall:
    """A call; `made_id` is its id where it has none. Raises `Misfit`."""
    spelling: Obj = {}
    if item.get("type", "FUNCTION") != "FUNCTION":
        spelling["type"] = item["type"]
    told = fields.text_or_none(item, "id")
    if told == "":
        spelling["id"] = ""
    return ToolCall(
        id=told or made_id,
        name=fields.text_or_none(item, "name") or "",
        arguments=fields.text_or_none(item, "arguments") or "",
        extras=rest(
            item,
            _CALL,
            NAME,
            spelling=spelling,
            marks=absences(item, ("id", "type", "name", "arguments")),
        ),
    )


def read_citation(item: Obj) -> Citation | None:
    """An annotation's citation, None where it is another annotation."""
    told = item.get("urlCitation")
    if item.get("type") != "url_citation" or type(told) is not dict:
        return None
    start, end, title, url = (told.get(key) for key in _URL_CITATION)
    beyond: Obj = {key: value for key, value in told.items() if key not in _URL_CITATION}
    typed = (start is None or type(start) is int) and (end is None or type(end) is int)
    named = (title is None or type(title) is str) and type(url) is str
    if not (typed and named):
        return None
    extras = rest(item, _ANNOTATION, NAME, members={"urlCitation": beyond} if beyond else {})
    return Citation(
        kind="url",
        url=url if type(url) is str else None,
        title=title if type(title) is str else None,
        start=start if type(start) is int else None,
        end=end if type(end) is int else None,
        extras=extras,
    )


def citation_told(citation: Citation) -> Obj:
    """A citation as an annotation."""
    told: Obj = {}
    for key, value in zip(
        _URL_CITATION, (citation.start, citation.end, citation.title, citation.url), strict=True
    ):
        if value is not None:
            told[key] = value
    return {"type": "url_citation", "urlCitation": told}


def _annotated(item: Obj, parts: list[Part], before: int, spelling: Obj) -> list[Part]:
    """The parts with a message's citations at its one text; else the list stays as it is."""
    told = fields.items(item, "annotations")
    if not told:
        return parts
    found = [read_citation(one) if type(one) is dict else None for one in told]
    citations = tuple([one for one in found if one is not None])
    at = [index for index in range(before, len(parts)) if isinstance(parts[index], Text)]
    lone = parts[at[0]] if len(at) == 1 else None
    same = [citation_told(one) for one in citations] == told
    if not isinstance(lone, Text) or not same:
        spelling["annotations"] = told
        return parts
    cited = Text(text=lone.text, citations=citations, extras=lone.extras)
    return [*parts[: at[0]], cited, *parts[at[0] + 1 :]]


def _content(item: Obj) -> Part:
    """One piece of content; what is not as it should be stays as it is."""
    word = item.get("type")
    if word == "TEXT" and type(item.get("text")) is str:
        return Text(text=fields.text(item, "text"), extras=rest(item, _TEXT, NAME))
    found = _KINDS.get(word) if type(word) is str else None
    told = item.get(found[1]) if found is not None else None
    if found is None or type(told) is not dict or type(told.get("url")) is not str:
        return Native(dialect=NAME, name=str(word)[:64], value=item)
    return _medium(item, told, *found)


def _medium(item: Obj, told: Obj, kind: MediaKind, member: str) -> Part:
    url = fields.text(told, "url")
    inline = inline_of(url)
    source: Inline | Linked = inline or Linked(url=url)
    detail = told.get("detail")
    graded = detail.lower() if type(detail) is str and detail.lower() in DETAILS else None
    if detail is not None and (graded is None or graded.upper() != detail):
        return Native(dialect=NAME, name=str(item.get("type"))[:64], value=item)
    beyond: Obj = {key: value for key, value in told.items() if key not in ("url", "detail")}
    spelling: Obj = {member: {"detail": None}} if "detail" in told and detail is None else {}
    held: Extras | None = rest(
        item,
        frozenset(("type", member)),
        NAME,
        members={member: beyond} if beyond else {},
        spelling=spelling,
    )
    return Media(kind=kind, source=source, detail=graded, extras=held)


def _as_is(item: Obj) -> Obj:
    return item
