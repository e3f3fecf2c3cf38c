"""Cohere's messages as turns, and the parts of an answer.

A plan (`tool_plan`) is what the model thought before it called tools.

>>> read_turn({"role": "user", "content": "hi"}).parts[0].text
'hi'
"""

from typing import Final

from detente.canonical.content import (
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.media import inline_of
from detente.dialects._codec.rest import rest
from detente.dialects.cohere_chat.citations import citations_told, placed
from detente.dialects.cohere_chat.wire import MESSAGE, NAME, PLAN

LISTED: Final = "listed"
"""The mark of a content that is a list of blocks."""

OBJECT: Final = "object"
"""The mark of a call whose arguments are an object; the API's own are text."""

DOCUMENT: Final = "document"
"""The mark of a text that is a document's data."""

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_A_PLAN: Final = Extras(dialect=NAME, marks=(PLAN,))
_TEXT: Final = frozenset(("type", "text"))
_THINKING: Final = frozenset(("type", "thinking"))
_IMAGE: Final = frozenset(("type", "image_url"))
_DOCUMENT: Final = frozenset(("type", "document"))
_CALL: Final = frozenset(("id", "type", "function"))
_FUNCTION: Final = frozenset(("name", "arguments"))


def read_turn(item: Obj) -> Turn:
    """A message of a conversation; raises `Misfit`."""
    word = fields.text(item, "role")
    role = _ROLES.get(word.lower())
    spelling: Obj = {} if role == word else {"role": word}
    parts, marks = read_parts(item, spelling, "call")
    if role == "tool":
        result = ToolResult(call_id=fields.text(item, "tool_call_id"), parts=tuple(parts))
        parts = [result]
    extras = rest(item, MESSAGE, NAME, spelling=spelling, marks=marks)
    return Turn(role=role or "user", parts=tuple(parts), extras=extras)


def read_parts(item: Obj, spelling: Obj, id_prefix: str) -> tuple[list[Part], tuple[str, ...]]:
    """The parts of a message, and the marks of how it was written; what only the wire says goes
    into `spelling`. Raises `Misfit`."""
    parts: list[Part] = []
    plan = fields.text_or_none(item, "tool_plan")
    if plan == "":
        spelling["tool_plan"] = ""
    elif plan is not None:
        parts.append(Reasoning(text=plan, extras=_A_PLAN))
    content = item.get("content")
    marks: tuple[str, ...] = ()
    before = len(parts)
    if type(content) is str:
        if content:
            parts.append(Text(text=content))
        else:
            spelling["content"] = ""
    elif type(content) is list:
        marks = (LISTED,)
        parts += fields.each(item, "content", _block)
    elif content is not None:
        raise Misfit("content", "must be a string or a list")
    blocks = list(range(before, len(parts)))
    parts = _with_citations(item, parts, blocks, spelling)
    for index, call in enumerate(fields.each(item, "tool_calls", _as_is)):
        parts.append(read_call(call, f"{id_prefix}_{index}"))
    return parts, marks


def read_call(item: Obj, made_id: str) -> ToolCall:
    """A call; `made_id` is its id where it has none. Raises `Misfit`."""
    function = fields.member(item, "function")
    told = fields.text_or_none(item, "id")
    held = rest(function, _FUNCTION, NAME)
    members: Obj = {}
    spelling: Obj = {}
    if held is not None:
        if held.members:
            members["function"] = held.members
        if held.spelling:
            spelling["function"] = held.spelling
    if item.get("type", "function") != "function":
        spelling["type"] = item["type"]
    marks = absences(item, ("id", "type"))
    arguments = function.get("arguments")
    if type(arguments) is dict:
        marks = (*marks, OBJECT)
        arguments = arguments_text(arguments)
    elif arguments is not None and type(arguments) is not str:
        raise Misfit("function.arguments", "must be a string")
    return ToolCall(
        id=told or made_id,
        name=fields.text_or_none(function, "name") or "",
        arguments=arguments or "",
        extras=rest(item, _CALL, NAME, members=members, spelling=spelling, marks=marks),
    )


def _with_citations(item: Obj, parts: list[Part], blocks: list[int], spelling: Obj) -> list[Part]:
    """The parts with their citations; where these cannot all be placed, the list stays whole."""
    told = fields.items(item, "citations")
    if not told:
        return parts
    found = placed(parts, told, blocks)
    if found is None or citations_told(tuple(found)) != told:
        spelling["citations"] = told
        return parts
    return found


def _block(item: Obj) -> Part:
    """A block of content; what is not as it should be stays as it is."""
    match item.get("type"):
        case "text" if type(item.get("text")) is str:
            return Text(text=fields.text(item, "text"), extras=rest(item, _TEXT, NAME))
        case "thinking" if type(item.get("thinking")) is str:
            thinking = fields.text(item, "thinking")
            return Reasoning(text=thinking, extras=rest(item, _THINKING, NAME))
        case "image_url" if type(item.get("image_url")) is dict:
            return _image(item, fields.member(item, "image_url"))
        case "document" if type(item.get("document")) is dict:
            return _document(item, fields.member(item, "document"))
        case kind:
            return Native(dialect=NAME, name=str(kind)[:64], value=item)


def _image(item: Obj, told: Obj) -> Part:
    url = told.get("url")
    detail = told.get("detail")
    if type(url) is not str or (detail is not None and type(detail) is not str):
        return Native(dialect=NAME, name="image_url", value=item)
    beyond: Obj = {key: value for key, value in told.items() if key not in ("url", "detail")}
    source: Inline | Linked = inline_of(url) or Linked(url=url)
    extras = rest(item, _IMAGE, NAME, members={"image_url": beyond} if beyond else {})
    return Media(kind="image", source=source, detail=detail, extras=extras)


def _document(item: Obj, told: Obj) -> Part:
    """A document's data as the text that the model reads; its id is only spelling."""
    data = told.get("data")
    if type(data) is not dict:
        return Native(dialect=NAME, name="document", value=item)
    beyond: Obj = {key: value for key, value in told.items() if key != "data"}
    spelling: Obj = {"document": beyond} if beyond else {}
    extras = rest(item, _DOCUMENT, NAME, spelling=spelling, marks=(DOCUMENT,))
    return Text(text=arguments_text(data), extras=extras)


def _as_is(item: Obj) -> Obj:
    return item
