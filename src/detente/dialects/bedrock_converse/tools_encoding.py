"""The `toolConfig` and what belongs to it: tools, the choice among them, one call at a time.

Converse has no choice `none`, and no word against parallel calls: Claude is told both in its own
`tool_choice` among the additional fields; other models are not shown the tools, unless the history
has calls. A history with calls needs the tools declared, or the platform refuses it.

>>> tool_object(Tool(name="f"))
{'toolSpec': {'name': 'f', 'inputSchema': {'json': {'type': 'object', 'properties': {}}}}}
"""

from typing import Final

from detente.canonical.content import ToolCall, ToolResult
from detente.canonical.extras import Json, Obj
from detente.canonical.request import AnyTool, HostedTool, Request, Tool, ToolChoice
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects.bedrock_converse.families import Family
from detente.dialects.bedrock_converse.parts_encoding import Blocks
from detente.dialects.bedrock_converse.tool_choice import choice_object, claude_choice_object
from detente.dialects.bedrock_converse.words import DIALECT

_FIELDS: Final = "additionalModelRequestFields"
_ALLOWED: Final = ("allowed", "allowed_required")


def write_tools(request: Request, family: Family, body: Obj, blocks: Blocks) -> None:
    """Lay the tools of `request` and the choice among them into `body`."""
    own = request.origin == DIALECT
    losses = blocks.losses
    tools = request.tools
    choice = request.tool_choice
    if choice is not None and choice.kind in _ALLOWED:
        why = "Converse has no list of allowed tools; the others were left out"
        losses.lose("tool_choice_allowed", "tool_choice", why, "drop")
        tools = tuple(tool for tool in tools if tool.name in choice.names)
    wire = _tools(tools, blocks)
    called = () if own else _called(request)
    if not wire and called:
        why = "Converse wants the tools of earlier calls declared; they were"
        losses.lose("tool_choice", "tools", why, "drop")
        wire += [tool_object(Tool(name=name)) for name in called]
        choice = ToolChoice(kind="none")
    if not wire and not own:
        _lose_choice(choice, request, losses)
        return
    if _goes_to_claude(choice, request, family):
        field = claude_choice_object(choice, request.parallel_tool_calls)
        _add_field(body, field)
    elif choice is not None and choice.kind == "none" and not own:
        if not called:
            return  # what the model is not shown it cannot call
        why = "Converse has no choice `none`, and the calls before need their tools"
        losses.lose("tool_choice", "tool_choice", why)
        choice = None
    elif request.parallel_tool_calls is False:
        why = "Converse cannot forbid parallel calls"
        losses.lose("parallel_tool_calls", "parallel_tool_calls", why)
    _write(body, wire, choice, losses)


def tool_object(tool: Tool) -> Obj:
    """One tool, without what the caller has to name if it is lost."""
    spec: Obj = {"name": tool.name}
    if tool.description:
        spec["description"] = tool.description
    parameters = tool.parameters
    spec["inputSchema"] = {"json": _NO_PARAMETERS if parameters is None else parameters}
    if tool.strict is not None:
        spec["strict"] = tool.strict
    extras = tool.extras
    if extras is not None and extras.dialect == DIALECT:
        if marked(extras, DIALECT, "no_inputSchema"):
            del spec["inputSchema"]
        elif marked(extras, DIALECT, "no_json"):
            spec["inputSchema"] = {}
        if tool.description == "":
            spec["description"] = ""
    return laid_over({"toolSpec": spec}, extras, DIALECT)


_NO_PARAMETERS: Final[Obj] = {"type": "object", "properties": {}}


def _tools(tools: tuple[AnyTool, ...], blocks: Blocks) -> list[Json]:
    wire: list[Json] = []
    losses = blocks.losses
    for index, tool in enumerate(tools):
        path = f"tools[{index}]"
        if isinstance(tool, HostedTool):
            if tool.dialect == DIALECT:
                wire.append(tool.value)
            else:
                why = "only the client's own platform runs this tool"
                losses.lose("hosted_tool", path, why)
            continue
        if tool.kind == "custom":
            losses.lose("custom_tool", path, "a tool of Converse takes an object")
            continue
        for name, _ in foreign((tool.extras,), DIALECT):
            losses.lose("unknown_member", f"{path}.{name}", "the member is unknown to Converse")
        wire.append(tool_object(tool))
        if tool.cache is not None:
            point = blocks.cache_point(tool.cache, f"{path}.cache")
            if point is not None:
                wire.append(point)
    return wire


def _called(request: Request) -> tuple[str, ...]:
    """The names of the tools that the history calls, each once."""
    names: dict[str, None] = {}
    for turn in request.turns:
        for part in turn.parts:
            if isinstance(part, (ToolCall, ToolResult)) and part.name:
                names[part.name] = None
    return tuple(names)


def _goes_to_claude(choice: ToolChoice | None, request: Request, family: Family) -> bool:
    """Whether the choice is said in Claude's own words."""
    if choice is not None and marked(choice.extras, DIALECT, "field"):
        return True
    return family == "claude" and (
        request.parallel_tool_calls is False or (choice is not None and choice.kind == "none")
    )


def _write(body: Obj, wire: list[Json], choice: ToolChoice | None, losses: Losses) -> None:
    config: Obj = {}
    if wire:
        config["tools"] = wire
    if choice is not None and _tool_choice_field(body) is None:
        told = choice_object(choice)
        for name, _ in foreign((choice.extras,), DIALECT):
            why = "the member is unknown to Converse"
            losses.lose("unknown_member", f"tool_choice.{name}", why)
        if told is not None:
            config["toolChoice"] = laid_over(told, choice.extras, DIALECT)
    if config:
        body["toolConfig"] = config


def _tool_choice_field(body: Obj) -> Json:
    fields = body.get(_FIELDS)
    return fields.get("tool_choice") if type(fields) is dict else None


def _add_field(body: Obj, choice: Obj) -> None:
    fields = body.get(_FIELDS)
    if type(fields) is not dict:
        fields = {}
        body[_FIELDS] = fields
    fields["tool_choice"] = choice


def _lose_choice(choice: ToolChoice | None, request: Request, losses: Losses) -> None:
    """Without a tool there is nothing to choose; only a demand is lost with them."""
    if choice is not None and choice.kind in ("required", "named", "allowed_required"):
        losses.lose("tool_choice", "tool_choice", "no tool is left that could be called")
    if request.parallel_tool_calls is False and request.tools:
        why = "no tool is left that could be called"
        losses.lose("parallel_tool_calls", "parallel_tool_calls", why)
