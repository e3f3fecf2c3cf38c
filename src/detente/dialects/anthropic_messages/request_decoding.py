"""A request body as a canonical request.

What only this API has becomes an `Option`; members of nested objects are named with a dot
(`output_config.task_budget`). A member whose value is of an unknown kind is an `Option`, too, so
that what the platform learns tomorrow passes today.

>>> decode_request(b'{"model": "m", "max_tokens": 9, "messages": []}').max_output_tokens
9
"""

from typing import Final

from detente.canonical.content import Native, Part, Role, Text, Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.failure import ClientFault
from detente.canonical.request import (
    AnyTool,
    Effort,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects._codec.fields import (
    Misfit,
    each,
    flag_or_none,
    integer,
    integer_or_none,
    member,
    member_or_none,
    number_or_none,
    read_object,
    text,
    text_or_none,
    texts,
)
from detente.dialects._codec.rest import rest
from detente.dialects.anthropic_messages.parts_decoding import (
    decode_block,
    decode_cache,
    decode_content,
)
from detente.dialects.anthropic_messages.words import (
    ASKED_TIERS,
    EFFORTS,
    MESSAGE,
    MESSAGE_SETTINGS,
    NAME,
    OPTIONS,
    OUTPUT_CONFIG,
    OUTPUT_CONFIG_OPTIONS,
    REQUEST,
    SETTINGS,
    THINKING,
    THINKING_OPTIONS,
    TOOL,
)

_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """See `Codec.decode_request`; raises `ClientFault`."""
    try:
        return _request(read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None
    except RecursionError:
        raise ClientFault(
            "request_invalid", "the body is nested too deeply; send a flatter one"
        ) from None


class _Reading:
    """What is gathered on the way: the options, and what is only spelling or unknown."""

    __slots__ = ("marks", "members", "options", "spelling")

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.spelling: Obj = {}
        self.members: Obj = {}
        self.marks: list[str] = []


def _request(wire: Obj, model: str | None, stream: bool | None) -> Request:
    reading = _Reading()
    streams = flag_or_none(wire, "stream")
    if streams is False:
        reading.spelling["stream"] = False
    turns = each(wire, "messages", _turn)
    if "messages" not in wire:
        raise Misfit("messages", "must be a list")
    tools = each(wire, "tools", _tool) if "tools" in wire else ()
    choice, parallel = _tool_choice(wire, reading)
    config = member_or_none(wire, "output_config") or {}
    for name, severity in OPTIONS.items():
        if name in wire and wire[name] is not None:
            reading.options.append(
                Option(dialect=NAME, name=name, value=wire[name], severity=severity)
            )
    if "anthropic_version" in wire:
        reading.spelling["anthropic_version"] = wire["anthropic_version"]
    effort = _effort(config, reading)
    return Request(
        model=model or text(wire, "model"),
        turns=turns,
        origin=NAME,
        instructions=_instructions(wire, reading),
        stream=streams is True if stream is None else stream,
        asks_usage=True,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output_format=_output_format(wire, config, reading),
        max_output_tokens=_max_tokens(wire, reading),
        temperature=number_or_none(wire, "temperature"),
        top_p=number_or_none(wire, "top_p"),
        top_k=integer_or_none(wire, "top_k"),
        stop=texts(wire, "stop_sequences"),
        reasoning=_reasoning(wire, effort, reading),
        service_tier=_service_tier(wire, reading),
        user=_user(wire, reading),
        cache=decode_cache(wire),
        options=tuple(reading.options),
        extras=rest(
            wire,
            REQUEST,
            NAME,
            spelling=reading.spelling or None,
            members=reading.members or None,
            marks=tuple(reading.marks),
        ),
    )


def _max_tokens(wire: Obj, reading: _Reading) -> int | None:
    """Required by the platform, not by us."""
    limit = integer_or_none(wire, "max_tokens")
    if limit is None:
        reading.marks.append("no_max_tokens")
    return limit


def _instructions(wire: Obj, reading: _Reading) -> tuple[Part, ...]:
    if "system" not in wire:
        return ()
    parts, listed = decode_content(wire, "system", decode_block)
    if listed:
        reading.marks.append("system_listed")
    return parts


def _turn(wire: Obj) -> Turn:
    role = _ROLES.get(text(wire, "role"))
    if role is None:
        raise Misfit("role", "must be `user`, `assistant` or `system`")
    value = wire.get("content")
    if type(value) is str and len(wire) == 2:
        return Turn(role=role, parts=(Text(text=value),))
    settings: Obj = {name: wire[name] for name in MESSAGE_SETTINGS if wire.get(name) is not None}
    parts, listed = decode_content(wire, "content", decode_block)
    if settings:
        parts = (*parts, Native(dialect=NAME, name=SETTINGS, value=settings))
    marks = ("listed",) if listed else () if "content" in wire else ("no_content",)
    return Turn(
        role=role,
        parts=parts,
        extras=rest(wire, MESSAGE, NAME, marks=marks)
        if len(wire) > 2 or not parts
        else _MARKED
        if listed
        else None,
    )


_MARKED: Final = Extras(dialect=NAME, marks=("listed",))


def _tool(wire: Obj) -> AnyTool:
    kind = text_or_none(wire, "type")
    if kind not in (None, "custom"):
        return HostedTool(dialect=NAME, name=str(kind), value=wire)
    schema = member_or_none(wire, "input_schema")
    return Tool(
        name=text(wire, "name"),
        description=text_or_none(wire, "description"),
        parameters=schema,
        strict=flag_or_none(wire, "strict"),
        cache=decode_cache(wire),
        extras=rest(
            wire,
            TOOL,
            NAME,
            spelling={"type": kind} if kind else None,
            marks=() if "input_schema" in wire else ("no_schema",),
        ),
    )


def _tool_choice(wire: Obj, reading: _Reading) -> tuple[ToolChoice | None, bool | None]:
    choice = member_or_none(wire, "tool_choice")
    if choice is None:
        return None, None
    kind = text(choice, "type")
    alone = flag_or_none(choice, "disable_parallel_tool_use")
    spelling: Obj = {}
    if alone is False or (alone and kind == "none"):
        spelling["disable_parallel_tool_use"] = alone
    parallel = None if alone is None else not alone
    known = _NAMED_CHOICE if kind == "tool" else _CHOICE
    extras = rest(choice, known, NAME, spelling=spelling or None)
    match kind:
        case "auto" | "none":
            return ToolChoice(kind=kind, extras=extras), parallel
        case "any":
            return ToolChoice(kind="required", extras=extras), parallel
        case "tool":
            names = (_under("tool_choice", choice, "name"),)
            return ToolChoice(kind="named", names=names, extras=extras), parallel
        case _:
            reading.options.append(
                Option(dialect=NAME, name="tool_choice", value=choice, severity="refuse")
            )
            return None, None


_CHOICE: Final = frozenset(("type", "disable_parallel_tool_use"))
_NAMED_CHOICE: Final = _CHOICE | {"name"}


def _output_format(wire: Obj, config: Obj, reading: _Reading) -> OutputFormat | None:
    """`output_config.format`; `output_format` is its older place."""
    form, marks = member_or_none(config, "format"), ()
    if form is None:
        form, marks = member_or_none(wire, "output_format"), ("output_format",)
        if form is None:
            return None
    elif wire.get("output_format") is not None:
        reading.spelling["output_format"] = wire["output_format"]
    if form.get("type") != "json_schema" or type(form.get("schema")) is not dict:
        name = "output_format" if marks else "output_config.format"
        reading.options.append(Option(dialect=NAME, name=name, value=form, severity="refuse"))
        return None
    return OutputFormat(
        kind="json_schema",
        schema=member(form, "schema"),
        extras=rest(form, _FORMAT, NAME, marks=marks),
    )


_FORMAT: Final = frozenset(("type", "schema"))


def _effort(config: Obj, reading: _Reading) -> Effort | None:
    """`output_config.effort`; what else stands in `output_config` but the format."""
    for name, value in config.items():
        if value is None:
            reading.spelling.setdefault("output_config", {})
            _put(reading.spelling, "output_config", name, None)
        elif name in OUTPUT_CONFIG_OPTIONS:
            reading.options.append(
                Option(
                    dialect=NAME,
                    name=f"output_config.{name}",
                    value=value,
                    severity=OUTPUT_CONFIG_OPTIONS[name],
                )
            )
        elif name not in OUTPUT_CONFIG:
            _put(reading.members, "output_config", name, value)
    told = text_or_none(config, "effort")
    effort = EFFORTS.get(told or "")
    if told is not None and effort is None:
        reading.options.append(Option(dialect=NAME, name="output_config.effort", value=told))
    return effort


def _put(target: Obj, outer: str, name: str, value: Json) -> None:
    inner = target.setdefault(outer, {})
    if type(inner) is dict:
        inner[name] = value


def _reasoning(wire: Obj, effort: Effort | None, reading: _Reading) -> ReasoningControl | None:
    thinking = member_or_none(wire, "thinking")
    if thinking is None:
        return None if effort is None else ReasoningControl(effort=effort)
    kind = text(thinking, "type")
    if kind not in ("enabled", "adaptive", "disabled"):
        reading.options.append(Option(dialect=NAME, name="thinking", value=thinking))
        return None if effort is None else ReasoningControl(effort=effort)
    for name, severity in THINKING_OPTIONS.items():
        if thinking.get(name) is not None:
            reading.options.append(
                Option(
                    dialect=NAME, name=f"thinking.{name}", value=thinking[name], severity=severity
                )
            )
    display = text_or_none(thinking, "display")
    spelling: Obj = {}
    if display not in (None, "summarized", "omitted"):
        spelling["display"] = display
    if kind != "enabled" and "budget_tokens" in thinking:
        spelling["budget_tokens"] = thinking["budget_tokens"]
    return ReasoningControl(
        enabled=kind != "disabled",
        adaptive=kind == "adaptive",
        effort=effort,
        budget_tokens=_budget(thinking, kind),
        visible=None if display is None else display != "omitted",
        extras=rest(thinking, _KNOWN_THINKING, NAME, spelling=spelling or None),
    )


_KNOWN_THINKING: Final = THINKING | THINKING_OPTIONS.keys()


def _budget(thinking: Obj, kind: str) -> int | None:
    """Required where thinking is enabled; elsewhere it says nothing."""
    if kind != "enabled":
        return None
    try:
        return integer(thinking, "budget_tokens")
    except Misfit as misfit:
        misfit.under("thinking")
        raise


def _service_tier(wire: Obj, reading: _Reading) -> str | None:
    told = text_or_none(wire, "service_tier")
    if told is not None and told not in ASKED_TIERS:
        reading.spelling["service_tier"] = told
    return None if told is None else ASKED_TIERS.get(told, told)


def _user(wire: Obj, reading: _Reading) -> str | None:
    metadata = member_or_none(wire, "metadata")
    if metadata is None:
        return None
    unknown: Obj = {key: value for key, value in metadata.items() if key != "user_id"}
    if unknown:
        reading.members["metadata"] = unknown
    if "user_id" in metadata and metadata["user_id"] is None:
        reading.spelling["metadata"] = {"user_id": None}
    try:
        return text_or_none(metadata, "user_id")
    except Misfit as misfit:
        misfit.under("metadata")
        raise


def _under(outer: str, source: Obj, key: str) -> str:
    try:
        return text(source, key)
    except Misfit as misfit:
        misfit.under(outer)
        raise
