"""Tools' names and calls' ids that the target accepts, and the way back.

OpenAI's, Anthropic's and Amazon's APIs take fewer characters and fewer of them than Google's or a
client's imagination. A name that does not fit goes out as a readable part and a digest of the
whole, the same each time; in the answer it is the client's own again. Ids need no way back: the
client's history has its own, and call and result are renamed alike.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from detente.canonical.content import Part, ToolCall, ToolResult, Turn
from detente.canonical.events import Event, PartGiven, PartStarted
from detente.canonical.request import AnyTool, Request, Tool
from detente.canonical.response import Response

_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")
_READABLE_CHARACTERS: Final = 50
_DIGEST_CHARACTERS: Final = 10
_ID_CHARACTERS: Final = 24

Names = dict[str, str]
"""From the name that went out to the client's own."""


def renamed(
    request: Request, *, tool_names: re.Pattern[str] | None, call_ids: re.Pattern[str] | None
) -> tuple[Request, Names]:
    """`request` with names and ids that match, and how to name tools in the answer."""
    out: Names = {}
    if tool_names is not None:
        for name in _names(request):
            if tool_names.fullmatch(name) is None:
                out[name] = _short(name)
    turns = request.turns
    if out or (call_ids is not None and _unfit_ids(turns, call_ids)):
        turns = tuple(_turn(turn, out, call_ids) for turn in turns)
    elif turns is request.turns and not out:
        return request, {}
    choice = request.tool_choice
    if choice is not None and out:
        choice = msgspec.structs.replace(
            choice, names=tuple(out.get(name, name) for name in choice.names)
        )
    tools = tuple(_tool(tool, out) for tool in request.tools) if out else request.tools
    changed = msgspec.structs.replace(request, turns=turns, tools=tools, tool_choice=choice)
    return changed, {short: name for name, short in out.items()}


def response_named_back(response: Response, names: Names) -> Response:
    """`response` with the client's own names of its tools."""
    return msgspec.structs.replace(
        response,
        choices=tuple(
            msgspec.structs.replace(
                choice, parts=tuple(_named_back(part, names) for part in choice.parts)
            )
            for choice in response.choices
        ),
    )


def events_named_back(events: Iterable[Event], names: Names) -> list[Event]:
    """`events` with the client's own names of its tools."""
    out: list[Event] = []
    for event in events:
        if isinstance(event, PartStarted) and event.name in names:
            event = msgspec.structs.replace(event, name=names[event.name])  # noqa: PLW2901 -- the event, renamed
        elif isinstance(event, PartGiven):
            event = msgspec.structs.replace(event, part=_named_back(event.part, names))  # noqa: PLW2901 -- as above
        out.append(event)
    return out


def _names(request: Request) -> Iterable[str]:
    for tool in request.tools:
        if isinstance(tool, Tool):
            yield tool.name
    for turn in request.turns:
        for part in turn.parts:
            if isinstance(part, ToolCall):
                yield part.name


def _unfit_ids(turns: tuple[Turn, ...], call_ids: re.Pattern[str]) -> bool:
    for turn in turns:
        for part in turn.parts:
            if isinstance(part, ToolCall) and call_ids.fullmatch(part.id) is None:
                return True
            if isinstance(part, ToolResult) and call_ids.fullmatch(part.call_id) is None:
                return True
    return False


def _turn(turn: Turn, out: Names, call_ids: re.Pattern[str] | None) -> Turn:
    if not any(isinstance(part, (ToolCall, ToolResult)) for part in turn.parts):
        return turn
    parts = tuple(_part(part, out, call_ids) for part in turn.parts)
    return msgspec.structs.replace(turn, parts=parts)


def _part(part: Part, out: Names, call_ids: re.Pattern[str] | None) -> Part:
    if isinstance(part, ToolCall):
        return msgspec.structs.replace(
            part, id=_fit_id(part.id, call_ids), name=out.get(part.name, part.name)
        )
    if isinstance(part, ToolResult):
        name = None if part.name is None else out.get(part.name, part.name)
        return msgspec.structs.replace(part, call_id=_fit_id(part.call_id, call_ids), name=name)
    return part


def _tool(tool: AnyTool, out: Names) -> AnyTool:
    if isinstance(tool, Tool) and tool.name in out:
        return msgspec.structs.replace(tool, name=out[tool.name])
    return tool


def _named_back(part: Part, names: Names) -> Part:
    if isinstance(part, ToolCall) and part.name in names:
        return msgspec.structs.replace(part, name=names[part.name])
    return part


def _short(name: str) -> str:
    readable = _UNFIT.sub("_", name)[:_READABLE_CHARACTERS]
    return f"{readable}_{_digest(name)[:_DIGEST_CHARACTERS]}"


def _fit_id(id_: str, call_ids: re.Pattern[str] | None) -> str:
    if call_ids is None or call_ids.fullmatch(id_) is not None:
        return id_
    return f"call_{_digest(id_)[:_ID_CHARACTERS]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
