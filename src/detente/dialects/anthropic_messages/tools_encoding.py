"""Tools, the choice among them, and the form of the answer, as members of a request."""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.request import (
    AnyTool,
    HostedTool,
    OutputFormat,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects._codec.rest import marked
from detente.dialects.anthropic_messages.schema import accepted
from detente.dialects.anthropic_messages.words import NAME
from detente.dialects.anthropic_messages.writing import Writing

_KINDS: Final = {
    "auto": "auto",
    "none": "none",
    "required": "any",
    "named": "tool",
    "allowed": "auto",
    "allowed_required": "any",
}


def put_tools(wire: Obj, request: Request, writing: Writing) -> None:
    """`tools` and `tool_choice`, where there are any."""
    choice = request.tool_choice
    only: tuple[str, ...] | None = None
    if choice is not None and choice.kind in ("allowed", "allowed_required"):
        only = choice.names
        writing.losses.lose(
            "tool_choice_allowed",
            "tool_choice",
            "Messages cannot allow some of the tools; the others are not shown to it",
            "drop",
        )
    tools: list[Json] = []
    for at, tool in enumerate(request.tools):
        if only is not None and isinstance(tool, Tool) and tool.name not in only:
            continue
        encoded = _tool(tool, f"tools[{at}]", writing)
        if encoded is not None:
            tools.append(encoded)
    if tools:
        wire["tools"] = tools
    if tools or writing.own:
        _put_choice(wire, choice, request.parallel_tool_calls, writing)
    elif choice is not None and choice.kind in ("required", "named"):
        writing.losses.lose("tool_choice", "tool_choice", "no tool is left to choose")


def _put_choice(
    wire: Obj, choice: ToolChoice | None, parallel: bool | None, writing: Writing
) -> None:
    if choice is None:
        if parallel is False:
            wire["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
        return
    encoded: Obj = {"type": _KINDS[choice.kind]}
    if choice.kind == "named":
        encoded["name"] = choice.names[0] if choice.names else ""
    if parallel is False and choice.kind != "none":
        encoded["disable_parallel_tool_use"] = True
    wire["tool_choice"] = writing.lay_over(encoded, choice.extras, "tool_choice")


def _tool(tool: AnyTool, path: str, writing: Writing) -> Obj | None:
    if isinstance(tool, HostedTool):
        if tool.dialect == NAME:
            return tool.value
        writing.losses.lose("hosted_tool", path, f"only `{tool.dialect}` has a tool `{tool.name}`")
        return None
    if tool.kind == "custom":
        writing.losses.lose("custom_tool", path, "Messages has no tools that take free text")
        return None
    wire: Obj = {"name": tool.name}
    if tool.description is not None:
        wire["description"] = tool.description
    if tool.parameters is not None or not marked(tool.extras, NAME, "no_schema"):
        wire["input_schema"] = _parameters(tool, path, writing)
    if tool.strict is not None:
        wire["strict"] = tool.strict
    writing.mark(wire, tool.cache, path)
    return writing.lay_over(wire, tool.extras, path)


def _parameters(tool: Tool, path: str, writing: Writing) -> Obj:
    """The schema, which has to be an object's."""
    schema = tool.parameters
    if writing.own:
        return {} if schema is None else schema
    if not schema:
        return {"type": "object", "properties": {}}
    if "type" not in schema:
        schema = {"type": "object", **schema}
    if tool.strict:
        schema, less = accepted(schema)
        if less:
            writing.losses.lose(
                "strict_tool",
                f"{path}.parameters",
                "Messages enforces fewer keywords; the others went into descriptions",
                "drop",
            )
    return schema


def put_output_format(wire: Obj, form: OutputFormat | None, writing: Writing) -> None:
    """`output_config.format`, or `output_format` where it came so."""
    if form is None or form.kind == "text":
        return
    if form.kind == "json_object" or form.schema is None:
        writing.losses.lose("json_object", "output_format", "Messages gives JSON by a schema only")
        return
    encoded: Obj = {"type": "json_schema", "schema": form.schema}
    if not writing.own:
        encoded["schema"] = _output_schema(form, form.schema, writing)
    writing.lay_over(encoded, form.extras, "output_format")
    if marked(form.extras, NAME, "output_format"):
        wire["output_format"] = encoded
    else:
        output_config(wire)["format"] = encoded


def _output_schema(form: OutputFormat, schema: Obj, writing: Writing) -> Obj:
    """The schema; the form's own name and description go where schemas have theirs."""
    encoded, less = accepted(schema)
    if less:
        writing.losses.lose(
            "json_schema",
            "output_format.schema",
            "Messages enforces fewer keywords; the others went into descriptions",
            "drop",
        )
    if form.name is not None:
        encoded.setdefault("title", form.name)
    if form.description is not None:
        encoded.setdefault("description", form.description)
    return encoded


def output_config(wire: Obj) -> Obj:
    """`output_config` of the request, made where it is not there yet."""
    config = wire.setdefault("output_config", {})
    return config if type(config) is dict else {}
