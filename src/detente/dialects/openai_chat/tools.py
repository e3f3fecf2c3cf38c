"""Tools and the choice among them, both ways; `functions` and `function_call` are their older form.

>>> choice_of("any").kind
'required'
"""

from typing import Final

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import AnyTool, HostedTool, Tool, ToolChoice
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.parts_decoding import cached
from detente.dialects.openai_chat.spelling import absent, has, spelt
from detente.dialects.openai_chat.words import CHAT

_FUNCTION_TOOL: Final = frozenset(("type", "function"))
_CUSTOM_TOOL: Final = frozenset(("type", "custom"))
_FUNCTION: Final = frozenset(("name", "description", "parameters", "strict"))
_CUSTOM: Final = frozenset(("name", "description", "format"))
_LOOSE: Final[tuple[Json, ...]] = (None, {"type": "text"})
"""Formats of a custom tool that say nothing; a grammar makes it another tool."""


def tool_of(source: Obj) -> AnyTool:
    """One of `tools`. What is neither function nor custom is the platform's own, and so is a custom
    tool with a grammar: without it, it would be another tool. Raises `Misfit`."""
    held = source.get("function")
    if type(held) is dict and source.get("type", "function") == "function":
        return _function(source, held, "function")
    held = source.get("custom")
    kind = source.get("type")
    if type(held) is dict and kind == "custom":
        if held.get("format") not in _LOOSE:
            return HostedTool(dialect=CHAT, name="custom", value=source)
        return _custom(source, held)
    if type(kind) is not str or kind in ("function", "custom"):
        raise Misfit("function", "must be an object")
    return HostedTool(dialect=CHAT, name=kind, value=source)


def function_of(source: Obj) -> AnyTool:
    """One of the older `functions`; raises `Misfit`."""
    nulls = [key for key in _FUNCTION if key in source and source[key] is None]
    members: Obj = {k: v for k, v in source.items() if k not in _FUNCTION}
    return Tool(
        name=fields.text(source, "name"),
        description=fields.text_or_none(source, "description"),
        parameters=fields.member_or_none(source, "parameters"),
        strict=fields.flag_or_none(source, "strict"),
        extras=Extras(
            dialect=CHAT,
            members=members,
            spelling=dict.fromkeys(nulls),
            marks=("functions",),
        ),
    )


def _function(source: Obj, held: Obj, key: str) -> Tool:
    members: Obj | None = None
    spelling: Obj | None = None
    if not (held.keys() <= _FUNCTION):
        members = {key: {k: v for k, v in held.items() if k not in _FUNCTION}}
    if None in held.values():
        spelling = {key: {k: None for k in _FUNCTION if k in held and held[k] is None}}
    cache, known = cached(source, _FUNCTION_TOOL)
    plain = len(source) == 2 and members is None and spelling is None
    extras = None
    if not plain or "type" not in source:
        marks = absent(source, "type")
        extras = rest(source, known, CHAT, members=members, spelling=spelling, marks=marks)
    return Tool(
        name=fields.text(held, "name"),
        description=fields.text_or_none(held, "description"),
        parameters=fields.member_or_none(held, "parameters"),
        strict=fields.flag_or_none(held, "strict"),
        cache=cache,
        extras=extras,
    )


def _custom(source: Obj, held: Obj) -> Tool:
    more: Obj = {k: v for k, v in held.items() if k not in _CUSTOM}
    members: Obj | None = {"custom": more} if more else None
    told: Obj = {k: held[k] for k in ("description", "format") if k in held}
    if told.get("description") is not None:
        del told["description"]
    spelling: Obj | None = {"custom": told} if told else None
    cache, known = cached(source, _CUSTOM_TOOL)
    return Tool(
        name=fields.text(held, "name"),
        description=fields.text_or_none(held, "description"),
        kind="custom",
        cache=cache,
        extras=rest(source, known, CHAT, members=members, spelling=spelling),
    )


def tool_object(tool: Tool) -> Obj:
    """A tool as one of `tools`, without its cache mark."""
    if tool.kind == "custom":
        held: Obj = {"name": tool.name}
        if tool.description is not None:
            held["description"] = tool.description
        return spelt({"type": "custom", "custom": held}, tool.extras)
    target: Obj = {"type": "function", "function": function_object(tool)}
    return target if tool.extras is None else spelt(target, tool.extras)


def function_object(tool: Tool) -> Obj:
    """A tool's inner object."""
    held: Obj = {"name": tool.name}
    if tool.description is not None:
        held["description"] = tool.description
    if tool.parameters is not None:
        held["parameters"] = tool.parameters
    if tool.strict is not None:
        held["strict"] = tool.strict
    return held


def is_older(tool: Tool) -> bool:
    """Whether the tool was told in the older form."""
    return has(tool.extras, "functions")


def choice_of(value: Json) -> ToolChoice | None:
    """`tool_choice`; None where it is in no form that means one of the canonical choices."""
    match value:
        case "auto" | "none" | "required":
            return ToolChoice(kind=value)
        case "any":
            return ToolChoice(kind="required", extras=Extras(dialect=CHAT, marks=("any",)))
        case dict():
            return _chosen(value)
        case _:
            return None


def older_choice_of(value: Json) -> ToolChoice | None:
    """`function_call`, as `choice_of`."""
    extras = Extras(dialect=CHAT, marks=("function_call",))
    match value:
        case "auto" | "none":
            return ToolChoice(kind=value, extras=extras)
        case _:
            pass
    name = value.get("name") if type(value) is dict and len(value) == 1 else None
    return ToolChoice(kind="named", names=(name,), extras=extras) if type(name) is str else None


def choice_object(choice: ToolChoice, custom_names: frozenset[str]) -> Json:
    """The choice as `tool_choice`; `custom_names` are the tools that take free text."""
    match choice.kind:
        case "auto" | "none":
            return choice.kind
        case "required":
            return "any" if has(choice.extras, "any") else "required"
        case "named":
            return spelt(_named(choice.names[0], custom_names), choice.extras)
        case "allowed" | "allowed_required":
            mode = "auto" if choice.kind == "allowed" else "required"
            tools: list[Json] = [_named(name, custom_names) for name in choice.names]
            held: Obj = {"mode": mode, "tools": tools}
            return spelt({"type": "allowed_tools", "allowed_tools": held}, choice.extras)


def older_choice_object(choice: ToolChoice) -> Json:
    """The choice as `function_call`."""
    return {"name": choice.names[0]} if choice.kind == "named" else choice.kind


def _named(name: str, custom_names: frozenset[str]) -> Obj:
    kind = "custom" if name in custom_names else "function"
    return {"type": kind, kind: {"name": name}}


def _chosen(value: Obj) -> ToolChoice | None:
    allowed = value.get("allowed_tools")
    if value.get("type") == "allowed_tools" and type(allowed) is dict and len(value) == 2:
        return _allowed(allowed)
    name = _name_in(value)
    if name is None:
        return None
    marks = absent(value, "type")
    return ToolChoice(
        kind="named",
        names=(name,),
        extras=Extras(dialect=CHAT, marks=marks) if marks else None,
    )


def _allowed(held: Obj) -> ToolChoice | None:
    mode, tools = held.get("mode"), held.get("tools")
    if type(tools) is not list or mode not in ("auto", "required") or len(held) != 2:
        return None
    names: list[str] = []
    for tool in tools:
        name = _name_in(tool) if type(tool) is dict and "type" in tool else None
        if name is None:
            return None
        names.append(name)
    return ToolChoice(kind="allowed" if mode == "auto" else "allowed_required", names=tuple(names))


def _name_in(value: Obj) -> str | None:
    """The name in `{"type": K, K: {"name": N}}`, and in nothing that says more."""
    match value.get("type", "function"):
        case "function" | "custom" as kind:
            held = value.get(kind)
        case _:
            return None
    if type(held) is not dict or len(held) != 1 or not (value.keys() <= {"type", kind}):
        return None
    name = held.get("name")
    return name if type(name) is str else None
