"""Tools and the choice among them.

A function with hosted abilities (asynchronous, called by the platform's programs) and a free-text
tool with a grammar stay as they are, `HostedTool`s: without those they would be other tools.

>>> tool_of({"type": "function", "name": "f", "parameters": None, "strict": False}).name
'f'
"""

from typing import Final, assert_never

from detente.canonical.extras import Json, Obj
from detente.canonical.request import AnyTool, HostedTool, Tool, ToolChoice
from detente.dialects._codec.fields import flag_or_none, member_or_none, text, text_or_none
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.openai_responses.carrying import beyond, leave_mark, leave_members
from detente.dialects.openai_responses.words import CHOICE, CUSTOM, DIALECT, FUNCTION

_LOOSE_TEXT: Final = ({"type": "text"}, None)
_NO_PARAMETERS: Final[Obj] = {"type": "object", "properties": {}}
_NO_STRICT_PARAMETERS: Final[Obj] = {
    **_NO_PARAMETERS,
    "required": [],
    "additionalProperties": False,
}


def tool_of(wire: Obj) -> AnyTool:
    """One tool; raises `Misfit`."""
    kind = wire.get("type")
    if kind == "function" and not _is_hosted(wire):
        return Tool(
            name=text(wire, "name"),
            description=text_or_none(wire, "description"),
            parameters=member_or_none(wire, "parameters"),
            strict=flag_or_none(wire, "strict"),
            extras=rest(
                wire,
                FUNCTION,
                DIALECT,
                spelling=_spelt(wire),
                members=beyond(wire),
                marks=_unsaid(wire),
            ),
        )
    if kind == "custom" and not _is_hosted(wire) and wire.get("format") in _LOOSE_TEXT:
        return Tool(
            name=text(wire, "name"),
            description=text_or_none(wire, "description"),
            kind="custom",
            extras=rest(wire, CUSTOM, DIALECT, spelling=_spelt(wire), members=beyond(wire)),
        )
    name = kind if type(kind) is str else "tool"
    return HostedTool(dialect=DIALECT, name=name, value=wire)


def tools_wire(tools: tuple[AnyTool, ...], losses: Losses) -> list[Json]:
    """All tools that this API has."""
    wires: list[Json] = []
    for at, tool in enumerate(tools):
        path = f"tools[{at}]"
        if isinstance(tool, Tool):
            leave_mark(tool.cache, path, losses)
            leave_members(tool.extras, path, losses)
            wires.append(_custom_wire(tool) if tool.kind == "custom" else _function_wire(tool))
        elif tool.dialect == DIALECT:
            wires.append(tool.value)
        else:
            losses.lose("hosted_tool", path, f"only `{tool.dialect}` hosts `{tool.name}`")
    return wires


def choice_of(wire: Json) -> ToolChoice | None:
    """A `tool_choice`, None where it names what only this API has."""
    if type(wire) is str:
        match wire:
            case "auto" | "none" | "required":
                return ToolChoice(kind=wire)
            case _:
                return None
    if type(wire) is not dict:
        return None
    kind = wire.get("type")
    if kind in ("function", "custom"):
        marks = ("custom",) if kind == "custom" else ()
        return ToolChoice(
            kind="named",
            names=(text(wire, "name"),),
            extras=rest(wire, CHOICE, DIALECT, marks=marks),
        )
    if kind == "allowed_tools":
        return _allowed_of(wire)
    return None


def choice_wire(choice: ToolChoice, tools: tuple[AnyTool, ...], losses: Losses) -> Json:
    """A choice as `tool_choice`."""
    leave_members(choice.extras, "tool_choice", losses)
    match choice.kind:
        case "auto" | "none" | "required":
            return choice.kind
        case "named":
            if not choice.names:
                return "required"
            return laid_over(_reference(choice.names[0], tools), choice.extras, DIALECT)
        case "allowed" | "allowed_required":
            wire: Obj = {
                "type": "allowed_tools",
                "mode": "auto" if choice.kind == "allowed" else "required",
                "tools": [_reference(name, tools) for name in choice.names],
            }
            return laid_over(wire, choice.extras, DIALECT)
        case _:
            assert_never(choice.kind)


def _is_hosted(wire: Obj) -> bool:
    callers = wire.get("allowed_callers")
    return wire.get("async") is True or (callers is not None and callers != ["direct"])


def _spelt(wire: Obj) -> Obj | None:
    """What says nothing, for a tool that is not hosted: the tool is the same without."""
    keys = ("allowed_callers", "async", "format")
    return {key: wire[key] for key in keys if wire.get(key) is not None} or None


def _unsaid(wire: Obj) -> tuple[str, ...]:
    marks = () if wire.get("parameters") is not None else ("no_parameters",)
    return marks if "strict" in wire else (*marks, "no_strict")


def _function_wire(tool: Tool) -> Obj:
    """A function. Without `strict` the platform would make a schema strict by changing it, which
    no other API does (function calling guide, read 2026-11-21): so it is always said."""
    parameters: Obj | None = tool.parameters
    if parameters is None and not marked(tool.extras, DIALECT, "no_parameters"):
        parameters = dict(_NO_STRICT_PARAMETERS if tool.strict else _NO_PARAMETERS)
    wire: Obj = {"type": "function", "name": tool.name}
    if tool.description is not None:
        wire["description"] = tool.description
    if parameters is not None:
        wire["parameters"] = parameters
    if not marked(tool.extras, DIALECT, "no_strict"):
        wire["strict"] = tool.strict or False
    return laid_over(wire, tool.extras, DIALECT)


def _custom_wire(tool: Tool) -> Obj:
    wire: Obj = {"type": "custom", "name": tool.name}
    if tool.description is not None:
        wire["description"] = tool.description
    return laid_over(wire, tool.extras, DIALECT)


def _allowed_of(wire: Obj) -> ToolChoice | None:
    entries = wire.get("tools")
    mode = wire.get("mode")
    if type(entries) is not list or mode not in ("auto", "required"):
        return None
    names: list[str] = []
    for entry in entries:
        if type(entry) is not dict or entry.get("type") not in ("function", "custom"):
            return None
        name = entry.get("name")
        if type(name) is not str:
            return None
        names.append(name)
    return ToolChoice(
        kind="allowed" if mode == "auto" else "allowed_required",
        names=tuple(names),
        extras=rest(wire, CHOICE, DIALECT),
    )


def _reference(name: str, tools: tuple[AnyTool, ...]) -> Obj:
    """How a choice names a tool: with its type."""
    kind = "function"
    for tool in tools:
        if isinstance(tool, Tool) and tool.name == name:
            kind = tool.kind
    return {"type": kind, "name": name}
