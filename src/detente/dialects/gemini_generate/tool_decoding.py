"""Tools, and whether they must be called, in canonical words.

Functions may stand in one object or in many, with hosted tools beside them; how they were grouped
is a mark.

>>> notes = Notes()
>>> tools = decode_tools({"tools": [{"googleSearch": {}}, {"codeExecution": {}}]}, notes)
>>> [tool.name for tool in tools], notes.marks
(['googleSearch', 'codeExecution'], [])
"""

from typing import Final

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import AnyTool, HostedTool, Tool, ToolChoice
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.notes import Notes
from detente.dialects.gemini_generate.schemas import json_schema
from detente.dialects.gemini_generate.spelling import camelled, snake_of

D: Final = words.NAME
GROUPS: Final = "groups:"
_ALL_DECLARATION: Final = words.DECLARATION | words.DECLARATION_NATIVE
_CALLING: Final = "functionCallingConfig"
_NARROWED: Final = ("ANY", "VALIDATED")
"""The modes in which the platform takes a list of functions."""


def decode_tools(source: Obj, notes: Notes) -> tuple[AnyTool, ...]:
    """All tools in their order; raises `Misfit`."""
    tools = source.get("tools")
    if type(tools) is dict:
        source = {"tools": [tools]}
        notes.marks.append("tools_lone")
    found: list[AnyTool] = []
    groups: list[int] = []

    def take(group: Obj) -> None:
        before = len(found)
        _take_group(group, found, notes, len(groups))
        groups.append(len(found) - before)

    fields.each(source, "tools", take)
    functions = sum(isinstance(tool, Tool) for tool in found)
    usual = [functions, *[1] * (len(found) - functions)] if functions else [1] * len(found)
    sorted_ = all(isinstance(tool, Tool) for tool in found[:functions])
    if groups != usual or not sorted_:
        notes.marks.append(GROUPS + ",".join(map(str, groups)))
    return tuple(found)


def _take_group(group: Obj, found: list[AnyTool], notes: Notes, position: int) -> None:
    source, snakes = camelled(group, words.TOOL)
    if "function_declarations" in snakes:
        notes.marks.append("function_declarations")
    for key, value in source.items():
        if key == "functionDeclarations":
            if not value:
                kind = "null" if value is None else "empty"
                notes.marks.append(f"declarations_{kind}:{position}")
            declared = source
            if type(value) is dict:
                lone: Obj = {key: [value]}
                declared = lone
                notes.marks.append("declarations_lone")
            found += fields.each(declared, key, _tool)
        else:
            written = key if key in group else snake_of(key)
            found.append(HostedTool(dialect=D, name=key, value={written: value}))


def _tool(declaration: Obj) -> Tool:
    source, snakes = camelled(declaration, _ALL_DECLARATION)
    schema = fields.member_or_none(source, "parametersJsonSchema")
    google = fields.member_or_none(source, "parameters")
    spelling: Obj | None = None
    marks = snakes
    if google is not None:
        spelling = {"parameters": google}
        if schema is None:
            schema = json_schema(google)
            marks = (*marks, "google_schema")
    extras: Extras | None = None
    description = fields.text_or_none(source, "description")
    if spelling or marks or len(source) != 3 or not schema or description is None:
        extras = rest(source, words.DECLARATION, D, spelling=spelling, marks=marks)
    return Tool(
        name=fields.text(source, "name"),
        description=description,
        parameters=schema,
        extras=extras,
    )


def decode_tool_config(config: Obj, notes: Notes) -> ToolChoice | None:
    """Whether tools must be called; raises `Misfit` with a path within the configuration."""
    source, snakes = camelled(config, words.TOOL_CONFIG)
    notes.marks += snakes
    notes.add_options(source, words.TOOL_CONFIG_OPTIONS, "toolConfig.")
    notes.add_rest(rest(source, words.TOOL_CONFIG, D), "toolConfig")
    calling = fields.member_or_none(source, _CALLING)
    if not calling:
        return None
    try:
        return _choice(calling, notes)
    except Misfit as misfit:
        misfit.under(_CALLING)
        raise


def _choice(calling: Obj, notes: Notes) -> ToolChoice | None:
    source, snakes = camelled(calling, words.CALLING)
    notes.marks += snakes
    names = fields.texts(source, "allowedFunctionNames")
    mode = fields.text_or_none(source, "mode")
    word = (mode or "").upper()
    spelling: Obj = {}
    if mode is None or word != mode or word not in ("AUTO", "ANY", "NONE", "VALIDATED"):
        if mode is not None:
            spelling["mode"] = mode
        else:
            notes.marks.append("no_mode")
    streams: Json = source.get("streamFunctionCallArguments")
    if streams is not None:
        name = f"toolConfig.{_CALLING}.streamFunctionCallArguments"
        notes.add_option(name, streams, "drop")
    if word == "VALIDATED" and not names:
        notes.add_option(f"toolConfig.{_CALLING}.mode", mode, "drop")
    choice = _chosen(word, names)
    if names and (choice.kind in ("none", "allowed") and word not in _NARROWED):
        if mode is not None:
            spelling["mode"] = mode
        spelling["allowedFunctionNames"] = list[Json](names)
    notes.add_rest(rest(source, words.CALLING, D, spelling=spelling), "toolConfig", _CALLING)
    return choice


def _chosen(word: str, names: tuple[str, ...]) -> ToolChoice:
    if word == "NONE":
        return ToolChoice(kind="none")
    if word == "ANY":
        if not names:
            return ToolChoice(kind="required")
        return ToolChoice(kind="named" if len(names) == 1 else "allowed_required", names=names)
    return ToolChoice(kind="allowed", names=names) if names else ToolChoice(kind="auto")
