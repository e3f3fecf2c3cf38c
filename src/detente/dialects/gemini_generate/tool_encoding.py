"""`tools` and `toolConfig` of a canonical request.

Schemas are written as JSON Schema. A strict tool needs the mode in which the platform holds calls
to their schemas; where one is demanded, it does so anyway.

>>> from detente.canonical.request import Tool
>>> asks = Request(model="m", turns=(), tools=(Tool(name="f", strict=True),))
>>> tool_config_of(asks, Losses())
{'functionCallingConfig': {'mode': 'VALIDATED'}}
"""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.request import AnyTool, HostedTool, Request, Tool, ToolChoice
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.spelling import respelt
from detente.dialects.gemini_generate.tool_decoding import GROUPS

D: Final = words.NAME
_MODES: Final = {
    "auto": "AUTO",
    "none": "NONE",
    "required": "ANY",
    "named": "ANY",
    "allowed": "VALIDATED",
    "allowed_required": "ANY",
}


def has_tools(request: Request) -> bool:
    """Whether there is anything to write as tools, if only empty objects that came."""
    return bool(request.tools) or _grouping(request) is not None


def tools_of(request: Request, losses: Losses) -> Json:
    """The tools, grouped as they came, else all functions in one object and each hosted tool in
    its own."""
    written: list[tuple[bool, Obj]] = []
    for index, tool in enumerate(request.tools):
        target = _tool(tool, f"tools[{index}]", losses)
        if target is not None:
            written.append((isinstance(tool, Tool), target))
    key = "functionDeclarations"
    groups: list[Json] = []
    at = 0
    for size in _sizes(request, written):
        group: Obj = {}
        functions: list[Json] = []
        for is_function, target in written[at : at + size]:
            if is_function:
                functions.append(target)
            else:
                group.update(target)
        for mark, value in (("declarations_empty:", list[Json]()), ("declarations_null:", None)):
            if marked(request.extras, D, f"{mark}{len(groups)}"):
                group[key] = value
        if functions:
            lone = marked(request.extras, D, "declarations_lone") and len(functions) == 1
            group[key] = functions[0] if lone else functions
        at += size
        groups.append(respelt(group, request.extras))
    lone = marked(request.extras, D, "tools_lone") and len(groups) == 1
    return groups[0] if lone else groups


def _sizes(request: Request, written: list[tuple[bool, Obj]]) -> list[int]:
    """How many tools each object holds."""
    sizes = _grouping(request)
    if sizes is not None and sum(sizes) == len(written):
        return sizes
    written.sort(key=lambda pair: not pair[0])
    functions = sum(is_function for is_function, _ in written)
    hosted = [1] * (len(written) - functions)
    return [functions, *hosted] if functions else hosted


def _grouping(request: Request) -> list[int] | None:
    """The sizes of the objects that came, None where they were the usual ones."""
    if request.extras is not None and request.extras.dialect == D:
        for mark in request.extras.marks:
            if mark.startswith(GROUPS):
                sizes = mark.removeprefix(GROUPS)
                return [int(size) for size in sizes.split(",")] if sizes else []
    return None


def _tool(tool: AnyTool, path: str, losses: Losses) -> Obj | None:
    if isinstance(tool, HostedTool):
        if tool.dialect == D:
            return tool.value
        losses.lose("hosted_tool", path, "only another platform runs this tool")
        return None
    if tool.kind == "custom":
        losses.lose("custom_tool", path, "this API has no tools that take free text")
        return None
    if tool.cache is not None:
        why = "this API caches by itself or by a named cache, not at marks"
        losses.lose("cache_mark", f"{path}.cache", why)
    target: Obj = {"name": tool.name}
    if tool.description is not None:
        target["description"] = tool.description
    if tool.parameters is not None and not marked(tool.extras, D, "google_schema"):
        target["parametersJsonSchema"] = tool.parameters
    if tool.extras is None:
        return target
    for name, _ in foreign((tool.extras,), D):
        losses.lose("unknown_member", f"{path}.{name}", "this API has no such member")
    return respelt(laid_over(target, tool.extras, D), tool.extras)


def tool_config_of(request: Request, losses: Losses) -> Obj:
    """Whether functions must be called, empty where nothing was said."""
    choice = request.tool_choice
    if choice is None:
        choice = ToolChoice(kind="auto")
        if not _is_strict(request):
            return {}
    mode = _MODES[choice.kind]
    if mode == "AUTO" and _is_strict(request):
        mode = "VALIDATED"
    calling: Obj = {"mode": mode}
    if choice.names and choice.kind != "none":
        calling["allowedFunctionNames"] = list[Json](choice.names)
    if marked(request.extras, D, "no_mode"):
        del calling["mode"]
    for name, _ in foreign((choice.extras,), D):
        path = f"tool_choice.{name}"
        losses.lose("unknown_member", path, "this API has no such member")
    return {"functionCallingConfig": calling}


def _is_strict(request: Request) -> bool:
    return any(isinstance(tool, Tool) and tool.strict for tool in request.tools)
