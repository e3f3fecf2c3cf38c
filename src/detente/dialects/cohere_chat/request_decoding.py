"""A request to Cohere's chat, as canonical values.

>>> decode_request(b'{"model": "m", "messages": [], "k": 3}').top_k
3
"""

from typing import Final

from detente.canonical.content import Turn
from detente.canonical.extras import Obj
from detente.canonical.request import (
    AnyTool,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.cohere_chat.messages_decoding import read_turn
from detente.dialects.cohere_chat.wire import NAME, OPTIONS, REQUEST

_TOOL: Final = frozenset(("type", "function"))
_FUNCTION: Final = frozenset(("name", "description", "parameters"))
_FORMAT: Final = frozenset(("type", "json_schema"))
_THINKING: Final = frozenset(("type", "token_budget"))


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """A request; raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def _request(wire: Obj, model: str | None, stream: bool | None) -> Request:
    members: Obj = {}
    spelling: Obj = {}
    told = fields.flag_or_none(wire, "stream")
    streams = told is True if stream is None else stream
    strict = fields.flag_or_none(wire, "strict_tools")
    tools = fields.each(wire, "tools", lambda item: _tool(item, strict=strict))
    if strict is not None and not any(isinstance(tool, Tool) for tool in tools):
        spelling["strict_tools"] = strict
    return Request(
        model=fields.text(wire, "model") if model is None else model,
        turns=_turns(wire),
        origin=NAME,
        stream=streams,
        asks_usage=streams,
        tools=tools,
        tool_choice=_choice(wire, members),
        output_format=_format(wire, members),
        max_output_tokens=fields.integer_or_none(wire, "max_tokens"),
        temperature=fields.number_or_none(wire, "temperature"),
        top_p=fields.number_or_none(wire, "p"),
        top_k=fields.integer_or_none(wire, "k"),
        frequency_penalty=fields.number_or_none(wire, "frequency_penalty"),
        presence_penalty=fields.number_or_none(wire, "presence_penalty"),
        seed=fields.integer_or_none(wire, "seed"),
        stop=fields.texts(wire, "stop_sequences"),
        logprobs=fields.flag_or_none(wire, "logprobs"),
        reasoning=_reasoning(wire),
        options=tuple(
            Option(dialect=NAME, name=name, value=wire[name], severity=severity)
            for name, severity in OPTIONS.items()
            if wire.get(name) not in (None, [], {})
        ),
        extras=rest(
            wire,
            REQUEST,
            NAME,
            members=members,
            spelling=spelling,
            marks=absences(wire, ("stream",)),
        ),
    )


def _turns(wire: Obj) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for index, item in enumerate(fields.items(wire, "messages")):
        if type(item) is not dict:
            raise Misfit(f"messages[{index}]", "must be an object")
        try:
            turns.append(read_turn(item))
        except Misfit as misfit:
            misfit.under(f"messages[{index}]")
            raise
    return tuple(turns)


def _tool(item: Obj, *, strict: bool | None) -> AnyTool:
    if item.get("type", "function") != "function" or type(item.get("function")) is not dict:
        return HostedTool(dialect=NAME, name=str(item.get("type"))[:64], value=item)
    function = fields.member(item, "function")
    held = rest(function, _FUNCTION, NAME)
    members: Obj = {}
    spelling: Obj = {}
    if held is not None:
        if held.members:
            members["function"] = held.members
        if held.spelling:
            spelling["function"] = held.spelling
    return Tool(
        name=fields.text(function, "name"),
        description=fields.text_or_none(function, "description"),
        parameters=fields.member_or_none(function, "parameters") or None,
        strict=strict,
        extras=rest(
            item, _TOOL, NAME, members=members, spelling=spelling, marks=absences(item, ("type",))
        ),
    )


def _choice(wire: Obj, members: Obj) -> ToolChoice | None:
    match wire.get("tool_choice"):
        case None:
            return None
        case "REQUIRED":
            return ToolChoice(kind="required")
        case "NONE":
            return ToolChoice(kind="none")
        case other:
            members["tool_choice"] = other
            return None


def _format(wire: Obj, members: Obj) -> OutputFormat | None:
    told = fields.member_or_none(wire, "response_format")
    if not told:
        return None
    schema = told.get("json_schema")
    kind = told.get("type")
    if kind not in ("text", "json_object") or not (schema is None or type(schema) is dict):
        members["response_format"] = told
        return None
    extras = rest(told, _FORMAT, NAME)
    if kind == "text":
        if schema:
            members["response_format"] = {"json_schema": schema}
        return OutputFormat(kind="text", extras=extras)
    if not schema:
        return OutputFormat(kind="json_object", extras=extras)
    return OutputFormat(kind="json_schema", schema=schema, extras=extras)


def _reasoning(wire: Obj) -> ReasoningControl | None:
    told = fields.member_or_none(wire, "thinking")
    if not told:
        return None
    kind = told.get("type")
    enabled = kind == "enabled" if kind in ("enabled", "disabled") else None
    held: Obj = {}
    if enabled is None and "type" in told:
        held["type"] = kind
    budget = told.get("token_budget")
    if budget is not None and type(budget) is not int:
        held["token_budget"] = budget
    extras = rest(told, _THINKING, NAME, members=held, marks=absences(told, ("type",)))
    return ReasoningControl(
        enabled=enabled,
        budget_tokens=budget if type(budget) is int else None,
        extras=extras,
    )
