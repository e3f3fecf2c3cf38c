"""The tools of a `toolConfig`, and those among them that the platform runs itself.

>>> tools_of({"tools": [{"systemTool": {"name": "nova_grounding"}}]})[0].name
'nova_grounding'
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.request import AnyTool, HostedTool, Tool
from detente.dialects._codec.fields import (
    Misfit,
    each,
    flag_or_none,
    member,
    member_or_none,
    text,
    text_or_none,
)
from detente.dialects._codec.rest import rest
from detente.dialects.bedrock_converse.blocks import wrapped
from detente.dialects.bedrock_converse.parts_decoding import cache_mark
from detente.dialects.bedrock_converse.words import DIALECT, TOOL_SPEC

_SCHEMA: Final = frozenset(("json",))


def tools_of(config: Obj) -> tuple[AnyTool, ...]:
    """The tools of a `toolConfig`; a cache point marks the tool before it; raises `Misfit`."""
    tools: list[AnyTool] = []
    for found in each(config, "tools", _tool):
        last = tools[-1] if tools else None
        if isinstance(found, HostedTool) and found.name == "cachePoint":
            mark = cache_mark(found.value) if "cachePoint" in found.value else None
            if mark is not None and isinstance(last, Tool) and last.cache is None:
                tools[-1] = msgspec.structs.replace(last, cache=mark)
                continue
        tools.append(found)
    return tuple(tools)


def _tool(block: Obj) -> AnyTool:
    if block.get("toolSpec") is not None:
        return _tool_spec(block)
    name = next(iter(block), "tool")
    inner = block.get("systemTool")
    if type(inner) is dict and type(inner.get("name")) is str:
        name = text(inner, "name")
    return HostedTool(dialect=DIALECT, name=name, value=block)


def _tool_spec(block: Obj) -> Tool:
    spec = member(block, "toolSpec")
    schema = member_or_none(spec, "inputSchema")
    parameters: Json = schema.get("json") if schema is not None else None
    members: Obj = {}
    marks: tuple[str, ...] = ()
    if schema is None or "json" not in schema:
        marks = ("no_inputSchema",) if schema is None else ("no_json",)
    elif type(parameters) is not dict:
        raise Misfit("toolSpec.inputSchema.json", "must be an object")
    if schema is not None and not (schema.keys() <= _SCHEMA):
        members["inputSchema"] = {key: schema[key] for key in schema if key != "json"}
    extras = None
    if (
        len(block) > 1
        or not (spec.keys() <= TOOL_SPEC)
        or members
        or marks
        or None in spec.values()
    ):
        extras = wrapped(
            block, "toolSpec", rest(spec, TOOL_SPEC, DIALECT, members=members), marks=marks
        )
    return Tool(
        name=text(spec, "name"),
        description=text_or_none(spec, "description"),
        parameters=parameters if type(parameters) is dict else None,
        strict=flag_or_none(spec, "strict"),
        extras=extras,
    )
