"""A request to Ollama's chat, as canonical values.

>>> decode_request(b'{"model": "m", "messages": []}').stream
True
"""

from typing import Final, cast

from detente.canonical.content import Part, Reasoning, Role, Text, ToolResult, Turn
from detente.canonical.extras import Json, Obj
from detente.canonical.request import (
    AnyTool,
    Effort,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
)
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.ollama_chat.calls import Pending, read_call
from detente.dialects.ollama_chat.media import image_of
from detente.dialects.ollama_chat.wire import MESSAGE, NAME, OTHER_OPTIONS, REQUEST, SAMPLING

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_EFFORTS: Final[dict[str, Effort]] = {"low": "low", "medium": "medium", "high": "high"}
_TOOL: Final = frozenset(("type", "function"))
_FUNCTION: Final = frozenset(("name", "description", "parameters"))


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """A request; raises `ClientFault`. Without a word about it, the answer is streamed."""
    try:
        return _request(fields.read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def _request(wire: Obj, model: str | None, stream: bool | None) -> Request:
    members: Obj = {}
    spelling: Obj = {}
    told = fields.flag_or_none(wire, "stream")
    streams = told is not False if stream is None else stream
    options = _Options(wire, members, spelling)
    reasoning = _reasoning(wire, members)
    return Request(
        model=fields.text(wire, "model") if model is None else model,
        turns=_turns(wire),
        origin=NAME,
        stream=streams,
        asks_usage=streams,
        tools=fields.each(wire, "tools", _tool),
        output_format=_format(wire, members, spelling),
        max_output_tokens=options.whole("num_predict", least=1),
        temperature=options.number("temperature"),
        top_p=options.number("top_p"),
        top_k=options.whole("top_k"),
        frequency_penalty=options.number("frequency_penalty"),
        presence_penalty=options.number("presence_penalty"),
        seed=options.whole("seed"),
        stop=options.stop(),
        logprobs=fields.flag_or_none(wire, "logprobs"),
        top_logprobs=fields.integer_or_none(wire, "top_logprobs"),
        reasoning=reasoning,
        options=_native(wire, options),
        extras=rest(
            wire,
            REQUEST,
            NAME,
            members=members,
            spelling=spelling,
            marks=absences(wire, ("stream", "messages")),
        ),
    )


class _Options:
    """The object `options`, read member by member; what has no canonical word is kept apart."""

    __slots__ = ("_members", "_spelling", "source")

    def __init__(self, wire: Obj, members: Obj, spelling: Obj) -> None:
        self.source = fields.member_or_none(wire, "options") or {}
        self._members = members
        self._spelling = spelling
        for name, value in self.source.items():
            if name not in SAMPLING and name not in OTHER_OPTIONS:
                self._keep(members, name, value)
            elif value is None and name in SAMPLING:
                self._keep(spelling, name, None)

    def number(self, name: str) -> float | None:
        """A number."""
        value = self.source.get(name)
        if value is None or type(value) is float or type(value) is int:
            return value
        raise Misfit(f"options.{name}", "must be a number")

    def whole(self, name: str, *, least: int = -(2**63)) -> int | None:
        """A whole number; below `least` it says that there is no bound."""
        value = self.source.get(name)
        if value is None or (type(value) is int and value >= least):
            return value
        if type(value) is float and value.is_integer() and value >= least:
            self._keep(self._spelling, name, value)
            return int(value)
        if type(value) is int:
            self._keep(self._spelling, name, value)
            return None
        raise Misfit(f"options.{name}", "must be a whole number")

    def stop(self) -> tuple[str, ...]:
        """The sequences to stop at."""
        value = self.source.get("stop")
        if type(value) is list and not value:
            self._keep(self._spelling, "stop", [])
        if type(value) is str:
            self._keep(self._spelling, "stop", value)
            return (value,)
        return fields.texts(self.source, "stop")

    def others(self) -> Obj:
        """What only Ollama has."""
        return {name: value for name, value in self.source.items() if name in OTHER_OPTIONS}

    def _keep(self, where: Obj, name: str, value: Json) -> None:
        cast(Obj, where.setdefault("options", {}))[name] = value


def _native(wire: Obj, options: _Options) -> tuple[Option, ...]:
    found: list[Option] = []
    if others := options.others():
        found.append(Option(dialect=NAME, name="options", value=others))
    if (keep := wire.get("keep_alive")) is not None:
        found.append(Option(dialect=NAME, name="keep_alive", value=keep))
    return tuple(found)


def _reasoning(wire: Obj, members: Obj) -> ReasoningControl | None:
    value = wire.get("think")
    if value is None:
        return None
    if type(value) is bool:
        return ReasoningControl(enabled=value)
    if type(value) is str and value in _EFFORTS:
        return ReasoningControl(effort=_EFFORTS[value])
    members["think"] = value
    return None


def _format(wire: Obj, members: Obj, spelling: Obj) -> OutputFormat | None:
    value = wire.get("format")
    if value == "json":
        return OutputFormat(kind="json_object")
    if type(value) is dict and value:
        return OutputFormat(kind="json_schema", schema=value)
    if value == "":
        spelling["format"] = value
    elif value is not None and value != {}:
        members["format"] = value
    return None


def _tool(item: Obj) -> AnyTool:
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
        extras=rest(
            item,
            _TOOL,
            NAME,
            members=members,
            spelling=spelling,
            marks=absences(item, ("type",)),
        ),
    )


def _turns(wire: Obj) -> tuple[Turn, ...]:
    pending = Pending()
    turns: list[Turn] = []
    for index, item in enumerate(fields.items(wire, "messages")):
        if type(item) is not dict:
            raise Misfit(f"messages[{index}]", "must be an object")
        try:
            turns.append(_turn(item, index, pending))
        except Misfit as misfit:
            misfit.under(f"messages[{index}]")
            raise
    return tuple(turns)


def _turn(item: Obj, index: int, pending: Pending) -> Turn:
    word = fields.text(item, "role")
    role = _ROLES.get(word)
    spelling: Obj = {} if role is not None else {"role": word}
    content = fields.text_or_none(item, "content")
    if content == "":
        spelling["content"] = ""
    thinking = fields.text_or_none(item, "thinking")
    if thinking == "":
        spelling["thinking"] = ""
    parts: list[Part] = [] if not thinking else [Reasoning(text=thinking)]
    if content:
        parts.append(Text(text=content))
    parts += [image_of(data) for data in fields.texts(item, "images")]
    for at, call in enumerate(fields.each(item, "tool_calls", _as_is)):
        made = read_call(call, f"call_{index}_{at}")
        pending.called(made.id, made.name)
        parts.append(made)
    marks: tuple[str, ...] = ()
    if role == "tool":
        parts = [_result(item, tuple(parts), pending, spelling)]
        marks = absences(item, ("tool_name",))
    extras = rest(item, MESSAGE, NAME, spelling=spelling, marks=marks)
    return Turn(role=role or "user", parts=tuple(parts), extras=extras)


def _result(item: Obj, parts: tuple[Part, ...], pending: Pending, spelling: Obj) -> ToolResult:
    name = fields.text_or_none(item, "tool_name")
    told = fields.text_or_none(item, "tool_call_id")
    if told is not None:
        spelling["tool_call_id"] = told
    return ToolResult(call_id=pending.answered(name, told or None), name=name, parts=parts)


def _as_is(item: Obj) -> Obj:
    return item
