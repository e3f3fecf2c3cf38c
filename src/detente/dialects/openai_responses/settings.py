"""The settings that are objects: the answer's form (`text`), thinking (`reasoning`).

>>> reasoning_of({"effort": "low"}, []).effort
'low'
"""

from typing import Final

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Effort, Option, OutputFormat, ReasoningControl, Request
from detente.dialects._codec.fields import flag_or_none, member_or_none, text_or_none
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects.openai_responses.carrying import leave_members
from detente.dialects.openai_responses.words import (
    DIALECT,
    EFFORTS,
    FORMAT,
    REASONING_SETTINGS,
)

_BUDGETS: Final[tuple[tuple[int, Effort], ...]] = ((2_048, "low"), (16_384, "medium"))
"""Up to how many tokens of thinking an effort is likened to; what is more is `high`."""

_ANY_OBJECT: Final[Obj] = {"type": "object"}


def format_of(wire: Obj, options: list[Option]) -> OutputFormat | None:
    """A `text.format`; one of an unknown type becomes an option."""
    kind = wire.get("type")
    match kind:
        case "text" | "json_object" | "json_schema":
            return OutputFormat(
                kind=kind,
                name=text_or_none(wire, "name"),
                description=text_or_none(wire, "description"),
                schema=member_or_none(wire, "schema"),
                strict=flag_or_none(wire, "strict"),
                extras=rest(wire, FORMAT, DIALECT, marks=_unsaid(wire)),
            )
        case _:
            options.append(
                Option(dialect=DIALECT, name="text.format", value=wire, severity="refuse")
            )
            return None


def format_wire(form: OutputFormat, losses: Losses) -> Obj:
    """A form as `text.format`; a schema needs a name."""
    leave_members(form.extras, "output_format", losses)
    said: Obj = {
        "type": form.kind,
        "name": form.name,
        "schema": form.schema,
        "description": form.description,
        "strict": form.strict,
    }
    if form.kind == "json_schema":
        if form.name is None and not marked(form.extras, DIALECT, "no_name"):
            said["name"] = "answer"
        if form.schema is None and not marked(form.extras, DIALECT, "no_schema"):
            said["schema"] = _ANY_OBJECT
    wire: Obj = {key: value for key, value in said.items() if value is not None}
    return laid_over(wire, form.extras, DIALECT)


def _unsaid(wire: Obj) -> tuple[str, ...]:
    return tuple(f"no_{name}" for name in ("name", "schema") if wire.get(name) is None)


def reasoning_of(wire: Obj, options: list[Option]) -> ReasoningControl:
    """`reasoning`; what only this API has of it becomes options."""
    spelling: Obj = {}
    marks: tuple[str, ...] = ()
    effort = text_or_none(wire, "effort")
    summary = text_or_none(wire, "summary")
    old = text_or_none(wire, "generate_summary")
    if old is not None:  # its name before `summary`
        spelling["generate_summary"] = old
        if summary is None:
            summary, marks = old, ("old_summary",)
    options.extend(
        Option(dialect=DIALECT, name=f"reasoning.{name}", value=wire[name])
        for name in ("context", "mode")
        if wire.get(name) is not None
    )
    if effort is not None and effort not in EFFORTS:
        options.append(Option(dialect=DIALECT, name="reasoning.effort", value=effort))
        effort = None
    return ReasoningControl(
        enabled=False if effort == "none" else None,
        effort=effort,
        summary=summary,
        extras=rest(wire, REASONING_SETTINGS, DIALECT, spelling=spelling or None, marks=marks),
    )


def reasoning_wire(control: ReasoningControl, losses: Losses) -> Obj:
    """`reasoning`: an effort, and whether a summary is shown."""
    leave_members(control.extras, "reasoning", losses)
    wire: Obj = {}
    effort = control.effort
    if effort is None and control.enabled is False:
        effort = "none"
    if effort is None and control.budget_tokens is not None:
        effort = _effort_for(control.budget_tokens)
    if control.budget_tokens is not None:
        losses.lose(
            "reasoning_control",
            "reasoning.budget_tokens",
            "the Responses API grades thinking by effort and counts no tokens of it",
        )
    if effort is not None:
        wire["effort"] = effort
    if control.summary is not None and not marked(control.extras, DIALECT, "old_summary"):
        wire["summary"] = control.summary
    elif (
        control.visible and control.summary is None
    ):  # thoughts are never shown here, their summary is
        wire["summary"] = "auto"
    return laid_over(wire, control.extras, DIALECT)


def text_wire(request: Request, losses: Losses) -> Obj | None:
    """`text`: form and verbosity, None where neither was said."""
    wire: Obj = {}
    if request.output_format is not None:
        wire["format"] = format_wire(request.output_format, losses)
    if request.verbosity is not None:
        wire["verbosity"] = request.verbosity
    return wire or None


def rest_under(name: str, found: Extras | None, members: Obj, spelling: Obj) -> None:
    """Put the rest of an object that stands under `name` into that of the whole."""
    if found is not None:
        if found.members:
            members[name] = found.members
        if found.spelling:
            spelling[name] = found.spelling


def nested(target: Obj, name: str, value: Json) -> None:
    """Set `a.b` in an object of objects."""
    outer, _, inner = name.partition(".")
    under = target.setdefault(outer, {})
    if type(under) is dict:
        under[inner] = value


def _effort_for(budget_tokens: int) -> Effort:
    for most, effort in _BUDGETS:
        if budget_tokens <= most:
            return effort
    return "high"
