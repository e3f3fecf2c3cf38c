"""Tools, the choice among them, the form of the answer, and how much the model is to think."""

from typing import Final

from detente.canonical.extras import Extras, Obj
from detente.canonical.request import (
    AnyTool,
    Effort,
    HostedTool,
    OutputFormat,
    ReasoningControl,
    Tool,
    ToolChoice,
)
from detente.dialects._codec.fields import (
    Misfit,
    flag_or_none,
    integer,
    member,
    member_or_none,
    text,
    text_or_none,
)
from detente.dialects._codec.rest import rest
from detente.dialects.anthropic_messages.parts_decoding import decode_cache
from detente.dialects.anthropic_messages.reading import Reading
from detente.dialects.anthropic_messages.words import (
    EFFORTS,
    NAME,
    OUTPUT_CONFIG,
    OUTPUT_CONFIG_OPTIONS,
    THINKING,
    THINKING_OPTIONS,
    TOOL,
)

_CHOICE: Final = frozenset(("type", "disable_parallel_tool_use"))
_NAMED_CHOICE: Final = _CHOICE | {"name"}
_FORMAT: Final = frozenset(("type", "schema"))
_DISPLAYS: Final = ("summarized", "omitted")
_KNOWN_THINKING: Final = THINKING | THINKING_OPTIONS.keys()


def decode_tool(wire: Obj) -> AnyTool:
    """A tool of the client's, or one that the platform knows by its type."""
    kind = text_or_none(wire, "type")
    if kind not in (None, "custom"):
        return HostedTool(dialect=NAME, name=str(kind), value=wire)
    schema = member_or_none(wire, "input_schema")
    description = text_or_none(wire, "description")
    usual = schema and description is not None and len(wire) == 3
    return Tool(
        name=text(wire, "name"),
        description=description,
        parameters=schema,
        strict=flag_or_none(wire, "strict"),
        cache=decode_cache(wire),
        extras=None if usual else _tool_rest(wire, kind),
    )


def _tool_rest(wire: Obj, kind: str | None) -> Extras | None:
    marks = () if "input_schema" in wire else ("no_schema",)
    return rest(wire, TOOL, NAME, spelling={"type": kind} if kind else None, marks=marks)


def decode_tool_choice(wire: Obj, reading: Reading) -> tuple[ToolChoice | None, bool | None]:
    """`tool_choice`, and whether calls may be parallel."""
    choice = member_or_none(wire, "tool_choice")
    if choice is None:
        return None, None
    try:
        return _choice(choice, reading)
    except Misfit as misfit:
        misfit.under("tool_choice")
        raise


def _choice(wire: Obj, reading: Reading) -> tuple[ToolChoice | None, bool | None]:
    kind = text(wire, "type")
    alone = flag_or_none(wire, "disable_parallel_tool_use")
    spelling: Obj = {}
    if alone is False or (alone and kind == "none"):
        spelling["disable_parallel_tool_use"] = alone
    parallel = None if alone is None else not alone
    known = _NAMED_CHOICE if kind == "tool" else _CHOICE
    extras = rest(wire, known, NAME, spelling=spelling or None)
    match kind:
        case "auto" | "none":
            return ToolChoice(kind=kind, extras=extras), parallel
        case "any":
            return ToolChoice(kind="required", extras=extras), parallel
        case "tool":
            return ToolChoice(kind="named", names=(text(wire, "name"),), extras=extras), parallel
        case _:
            reading.option("tool_choice", wire, "refuse")
            return None, None


def decode_output_format(wire: Obj, config: Obj, reading: Reading) -> OutputFormat | None:
    """`output_config.format`; `output_format` is its older place."""
    form, marks = member_or_none(config, "format"), ()
    if form is None:
        form, marks = member_or_none(wire, "output_format"), ("output_format",)
        if form is None:
            return None
    elif wire.get("output_format") is not None:
        reading.spelling["output_format"] = wire["output_format"]
    if form.get("type") != "json_schema" or type(form.get("schema")) is not dict:
        reading.option("output_format" if marks else "output_config.format", form, "refuse")
        return None
    return OutputFormat(
        kind="json_schema",
        schema=member(form, "schema"),
        extras=rest(form, _FORMAT, NAME, marks=marks),
    )


def decode_effort(config: Obj, reading: Reading) -> Effort | None:
    """`output_config.effort`; and what else stands in `output_config`, but the format."""
    for name, value in config.items():
        if value is None:
            reading.put(reading.spelling, "output_config", name, None)
        elif name in OUTPUT_CONFIG_OPTIONS:
            reading.option(f"output_config.{name}", value, OUTPUT_CONFIG_OPTIONS[name])
        elif name not in OUTPUT_CONFIG:
            reading.put(reading.members, "output_config", name, value)
    told = text_or_none(config, "effort")
    effort = EFFORTS.get(told or "")
    if told is not None and effort is None:
        reading.option("output_config.effort", told)
    return effort


def decode_reasoning(wire: Obj, effort: Effort | None, reading: Reading) -> ReasoningControl | None:
    """`thinking`, and the effort; a kind of thinking that only this API has is an option."""
    thinking = member_or_none(wire, "thinking")
    known = None
    if thinking is not None:
        try:
            known = _thinking(thinking, effort, reading)
        except Misfit as misfit:
            misfit.under("thinking")
            raise
    if known is None and effort is not None:
        return ReasoningControl(effort=effort)
    return known


def _thinking(wire: Obj, effort: Effort | None, reading: Reading) -> ReasoningControl | None:
    kind = text(wire, "type")
    if kind not in ("enabled", "adaptive", "disabled"):
        reading.option("thinking", wire)
        return None
    for name, severity in THINKING_OPTIONS.items():
        if wire.get(name) is not None:
            reading.option(f"thinking.{name}", wire[name], severity)
    display = text_or_none(wire, "display")
    spelling: Obj = {}
    visible = None if display is None else display != "omitted"
    if kind == "enabled" and display != "omitted":  # which models with budgets show by default
        visible = True
    if display is not None and (display not in _DISPLAYS or kind == "disabled" or visible):
        spelling["display"] = display
    if kind != "enabled" and "budget_tokens" in wire:
        spelling["budget_tokens"] = wire["budget_tokens"]
    return ReasoningControl(
        enabled=kind != "disabled",
        adaptive=kind == "adaptive",
        effort=effort,
        budget_tokens=integer(wire, "budget_tokens") if kind == "enabled" else None,
        visible=visible,
        extras=rest(wire, _KNOWN_THINKING, NAME, spelling=spelling or None),
    )
