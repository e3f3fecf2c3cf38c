"""How much a model is to think. Converse has `outputConfig.effort`; all else goes to the model as
its publisher spells it, among `additionalModelRequestFields`.

| family | spelt |
| --- | --- |
| Claude | `thinking: {type, budget_tokens, display}`, `output_config: {effort}` |
| Nova | `reasoningConfig: {type, maxReasoningEffort}` |
| GPT | `reasoning_effort: "low"` |
| Qwen, DeepSeek | `reasoning_config: "high"` |

What was read is written as it was spelt (`marks`), whatever the model is called.

>>> control_of({"thinking": {"type": "enabled", "budget_tokens": 1024}}, None).budget_tokens
1024
"""

from typing import Final, cast, get_args

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Effort, ReasoningControl
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import marked
from detente.dialects.bedrock_converse.families import Family
from detente.dialects.bedrock_converse.words import DIALECT
from detente.dialects.codec import Target

FIELDS: Final = (
    "thinking",
    "output_config",
    "reasoning_config",
    "reasoningConfig",
    "reasoning_effort",
)
BUDGET_TOKENS_MIN: Final = 1024
"""The least that Claude may be told to think."""

_EFFORTS: Final = frozenset(get_args(Effort))
_BUDGETS: Final[dict[Effort, int]] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 24576,
    "max": 32000,
}
"""Tokens for a model that knows budgets and no efforts."""

_DISPLAYS: Final = {"summarized": True, "omitted": False}
_THINKING: Final = frozenset(("type", "budget_tokens", "display"))
_SHOWN: Final = "Converse shows what the model thought"


def control_of(fields: Obj, effort: Json) -> ReasoningControl | None:
    """What `fields` (the additional ones) and `outputConfig.effort` ask for, None where nothing.

    Takes out of `fields` what it understood.
    """
    control: dict[str, Json] = {}
    marks: list[str] = []
    for name, read in (
        ("thinking", _read_thinking),
        ("reasoning_config", _read_config),
        ("reasoningConfig", _read_nova),
    ):
        if name in fields and read(fields[name], control):
            marks.append(name)
            del fields[name]
    told = fields.get("reasoning_effort")
    if _is_effort(told) and "effort" not in control:
        control["effort"] = told
        marks.append("reasoning_effort")
        del fields["reasoning_effort"]
    config = fields.get("output_config")
    told = config.get("effort") if type(config) is dict and len(config) == 1 else None
    if _is_effort(told) and "effort" not in control:
        control["effort"] = told
        marks.append("output_config")
        del fields["output_config"]
    if _is_effort(effort) and "effort" not in control:
        control["effort"] = effort
        marks.append("effort")
    if not control:
        return None
    if control.get("display"):
        marks.append("display")
    return ReasoningControl(
        enabled=cast("bool | None", control.get("enabled")),
        adaptive=control.get("adaptive") is True,
        effort=cast("Effort | None", control.get("effort")),
        budget_tokens=cast("int | None", control.get("budget_tokens")),
        visible=cast("bool | None", control.get("visible")),
        extras=Extras(dialect=DIALECT, marks=tuple(marks)),
    )


def _is_effort(value: Json) -> bool:
    return type(value) is str and value in _EFFORTS


def _read_thinking(value: Json, control: dict[str, Json]) -> bool:
    """Claude's `thinking`; whether all of it was understood."""
    if type(value) is not dict or not (value.keys() <= _THINKING):
        return False
    kind, budget, display = (value.get(key) for key in ("type", "budget_tokens", "display"))
    if "display" in value:
        if type(display) is not str or display not in _DISPLAYS:
            return False
        control["visible"] = control["display"] = _DISPLAYS[display]
    elif kind == "enabled":  # models with budgets show their thoughts by default
        control["visible"] = True
    if kind == "enabled" and type(budget) is int:
        control.update(enabled=True, budget_tokens=budget)
    elif kind == "adaptive" and "budget_tokens" not in value:
        control.update(enabled=True, adaptive=True)
    elif value == {"type": "disabled"}:
        control["enabled"] = False
    else:
        control.pop("visible", None)
        control.pop("display", None)
        return False
    return True


def _read_config(value: Json, control: dict[str, Json]) -> bool:
    """`reasoning_config`: an effort, or Claude's `thinking` under an older name."""
    if _is_effort(value):
        control["effort"] = value
        return True
    return "enabled" not in control and _read_thinking(value, control)


def _read_nova(value: Json, control: dict[str, Json]) -> bool:
    if type(value) is not dict or "enabled" in control:
        return False
    if value == {"type": "disabled"}:
        control["enabled"] = False
        return True
    effort = value.get("maxReasoningEffort")
    if value.keys() != {"type", "maxReasoningEffort"} or value["type"] != "enabled":
        return False
    if not _is_effort(effort):
        return False
    control.update(enabled=True, effort=effort)
    return True


def write_control(
    control: ReasoningControl, family: Family, target: Target, body: Obj, losses: Losses
) -> None:
    """Lay `control` into `body`, as it was spelt here before or as the family spells it."""
    own = control.extras is not None and control.extras.dialect == DIALECT
    if own:
        _write_own(control, body)
    elif family in ("claude", "unknown"):
        _write_claude(control, family, target, body, losses)
    else:
        _write_effort(control, family, body, losses)
    if control.summary is not None and family != "claude":
        losses.lose("reasoning_control", "reasoning.summary", _SHOWN)


def _write_own(control: ReasoningControl, body: Obj) -> None:
    extras = control.extras
    if marked(extras, DIALECT, "thinking"):
        _fields(body)["thinking"] = _thinking(control)
    if marked(extras, DIALECT, "reasoning_config"):
        effort_only = control.enabled is None and control.effort is not None
        _fields(body)["reasoning_config"] = control.effort if effort_only else _thinking(control)
    if marked(extras, DIALECT, "reasoningConfig"):
        _fields(body)["reasoningConfig"] = _nova(control)
    if control.effort is not None:
        if marked(extras, DIALECT, "reasoning_effort"):
            _fields(body)["reasoning_effort"] = control.effort
        if marked(extras, DIALECT, "output_config"):
            _fields(body)["output_config"] = {"effort": control.effort}
        if marked(extras, DIALECT, "effort"):
            _output_config(body)["effort"] = control.effort


def _thinking(control: ReasoningControl) -> Obj:
    found: Obj
    if control.enabled is False:
        found = {"type": "disabled"}
    elif control.budget_tokens is not None:
        found = {"type": "enabled", "budget_tokens": control.budget_tokens}
    else:
        found = {"type": "adaptive"}
    asked = control.visible and found["type"] == "adaptive" and control.extras is None
    if control.visible is False:
        found["display"] = "omitted"
    elif asked or marked(control.extras, DIALECT, "display"):
        found["display"] = "summarized"
    return found


def _nova(control: ReasoningControl) -> Obj:
    if control.enabled is False or control.effort == "none":
        return {"type": "disabled"}
    return {"type": "enabled", "maxReasoningEffort": control.effort or "medium"}


def _write_claude(
    control: ReasoningControl, family: Family, target: Target, body: Obj, losses: Losses
) -> None:
    """Claude's own words, in which a model of no known family is asked, too."""
    if control.enabled is False or control.effort == "none":
        _fields(body)["thinking"] = {"type": "disabled"}
        return
    kinds = target.capabilities.reasoning
    effort, budget = control.effort, control.budget_tokens
    if effort is not None:
        if kinds is not None and "adaptive" not in kinds and "effort" not in kinds:
            budget = budget or _BUDGETS[effort]
        else:
            _output_config(body)["effort"] = "low" if effort == "minimal" else effort
            if effort == "minimal":
                losses.lose("input_range", "reasoning.effort", "Converse's lowest effort is `low`")
    adaptive = family == "claude" if kinds is None else "adaptive" in kinds
    if budget is not None and kinds is not None and "budget" not in kinds:
        losses.lose("reasoning_control", "reasoning.budget_tokens", "the model knows no budgets")
        budget = None
    elif budget is None and not adaptive and effort is None:
        budget = _BUDGETS["medium"]
    if budget is not None:
        _write_budget(control, budget, body, losses)
    elif adaptive:
        _fields(body)["thinking"] = _thinking(_bounded(control, None))


def _write_budget(control: ReasoningControl, budget: int, body: Obj, losses: Losses) -> None:
    """A budget that is at least what Claude takes, and less than the answer's limit."""
    limit = _max_tokens(body)
    if limit is not None and limit <= BUDGET_TOKENS_MIN:
        losses.lose("reasoning_control", "reasoning", "the answer's limit leaves no room to think")
        return
    budget = max(budget, BUDGET_TOKENS_MIN)
    if limit is not None:
        budget = min(budget, limit - 1)
    _fields(body)["thinking"] = _thinking(_bounded(control, budget))


def _bounded(control: ReasoningControl, budget: int | None) -> ReasoningControl:
    visible = control.visible if control.summary is None else control.visible is not False
    return ReasoningControl(enabled=True, budget_tokens=budget, visible=visible)


def _write_effort(control: ReasoningControl, family: Family, body: Obj, losses: Losses) -> None:
    """Families that know efforts and no budgets."""
    if control.visible is False:
        losses.lose("reasoning_control", "reasoning.visible", _SHOWN)
    if control.budget_tokens is not None:
        losses.lose("reasoning_control", "reasoning.budget_tokens", "the model knows no budgets")
    off = control.enabled is False or control.effort == "none"
    effort = control.effort or _effort_of(control.budget_tokens)
    if family == "nova":
        _fields(body)["reasoningConfig"] = (
            {"type": "disabled"} if off else {"type": "enabled", "maxReasoningEffort": effort}
        )
    elif off and family != "gpt":
        losses.lose("reasoning_control", "reasoning", "Converse cannot forbid it to think")
    elif family == "gpt":
        _fields(body)["reasoning_effort"] = "none" if off else effort
    elif family in ("qwen", "deepseek"):
        _fields(body)["reasoning_config"] = effort
    else:
        _output_config(body)["effort"] = effort


def _effort_of(budget_tokens: int | None) -> Effort:
    if budget_tokens is None:
        return "medium"
    return (
        "low"
        if budget_tokens <= _BUDGETS["low"]
        else ("medium" if budget_tokens <= _BUDGETS["medium"] else "high")
    )


def _fields(body: Obj) -> Obj:
    return _nested(body, "additionalModelRequestFields")


def _output_config(body: Obj) -> Obj:
    return _nested(body, "outputConfig")


def _nested(body: Obj, key: str) -> Obj:
    found = body.get(key)
    if type(found) is dict:
        return found
    made: Obj = {}
    body[key] = made
    return made


def _max_tokens(body: Obj) -> int | None:
    config = body.get("inferenceConfig")
    limit = config.get("maxTokens") if type(config) is dict else None
    return limit if type(limit) is int else None
