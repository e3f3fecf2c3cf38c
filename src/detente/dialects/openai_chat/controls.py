"""How much a model is to think, both ways: `reasoning_effort`, and the objects of compatible hosts,
`reasoning` (OpenRouter) and `thinking` (DeepSeek, Z.ai).

>>> control_of({"reasoning_effort": "low"}, {}, []).effort
'low'
"""

from typing import Final

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Effort, ReasoningControl
from detente.dialects._codec import fields
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_chat.words import CHAT, EFFORTS

_SWITCHES: Final = ("enabled", "disabled")
_REASONING: Final = frozenset(("effort", "max_tokens", "enabled", "exclude"))
_LOW_BELOW_TOKENS: Final = 4_096
_HIGH_FROM_TOKENS: Final = 16_384
"""A budget of thoughts as an effort: platforms that have both grade about so."""


def control_of(source: Obj, spelling: Obj, used: list[str]) -> ReasoningControl | None:
    """The canonical control; None where the request says none. What was understood of the members
    is added to `used`, and what the objects of compatible hosts said to `spelling`."""
    effort = _effort(source.get("reasoning_effort"))
    if effort is not None:
        used.append("reasoning_effort")
    held, thinking = source.get("reasoning"), source.get("thinking")
    if held is None and thinking is None:
        return ReasoningControl(effort=effort) if effort is not None else None
    if effort is not None:
        spelling["reasoning_effort"] = effort
    marks: list[str] = []
    said: Obj = {}
    if type(held) is dict and _is_reasoning(held):
        said = held
        marks.append("reasoning")
        spelling["reasoning"] = held
    if type(thinking) is dict and thinking.get("type") in _SWITCHES:
        marks.append("thinking")
        spelling["thinking"] = {"type": thinking["type"]}
    if not marks:
        spelling.pop("reasoning_effort", None)
        return ReasoningControl(effort=effort) if effort is not None else None
    used += marks
    return _from_objects(effort, said, thinking if "thinking" in marks else None, tuple(marks))


def _from_objects(
    effort: Effort | None, said: Obj, thinking: Json, marks: tuple[str, ...]
) -> ReasoningControl:
    enabled = fields.flag_or_none(said, "enabled")
    if type(thinking) is dict and enabled is None:
        enabled = thinking["type"] == "enabled"
    exclude = fields.flag_or_none(said, "exclude")
    return ReasoningControl(
        effort=effort or _effort(said.get("effort")),
        enabled=enabled,
        budget_tokens=fields.integer_or_none(said, "max_tokens"),
        visible=None if exclude is None else not exclude,
        extras=Extras(dialect=CHAT, marks=marks),
    )


def write_control(target: Obj, control: ReasoningControl, losses: Losses) -> None:
    """Lays the control on a request; names what chat has no member for."""
    if control.extras is not None and control.extras.dialect == CHAT:
        for mark in control.extras.marks:
            target[mark] = {}  # the request's own spelling fills them
        return
    effort = control.effort
    if effort is None and control.enabled is False:
        effort = "none"
    if control.budget_tokens is not None:
        why = "chat grades thinking by effort, not by tokens"
        losses.lose("reasoning_control", "reasoning.budget_tokens", why)
        effort = effort or _graded(control.budget_tokens)
    if control.summary is not None:
        losses.lose("reasoning_control", "reasoning.summary", "chat has no summaries of thoughts")
    if control.visible:
        losses.lose("reasoning_control", "reasoning.visible", "chat cannot be asked for thoughts")
    if effort is not None:
        target["reasoning_effort"] = effort


def _graded(tokens: int) -> Effort:
    if tokens < _LOW_BELOW_TOKENS:
        return "low"
    return "high" if tokens >= _HIGH_FROM_TOKENS else "medium"


def _effort(value: Json) -> Effort | None:
    return value if type(value) is str and value in EFFORTS else None


def _is_reasoning(held: Obj) -> bool:
    """Whether all that OpenRouter's object says has a canonical word."""
    if not (held.keys() <= _REASONING) or not (
        held.get("effort") is None or _effort(held["effort"])
    ):
        return False
    tokens = held.get("max_tokens")
    flags = (held.get("enabled"), held.get("exclude"))
    return (tokens is None or type(tokens) is int) and all(
        flag is None or type(flag) is bool for flag in flags
    )
