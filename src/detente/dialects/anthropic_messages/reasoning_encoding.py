"""How much a model is to think, and how much it may write: `thinking`, `output_config.effort` and
`max_tokens`, which depend on each other.

Models are told by effort and think as they see fit (`adaptive`: those of 2026), or within a budget
of tokens (those before). Of a model about which nothing is known the first is believed: newer ones
refuse budgets, and the platform's own default is moving that way
(platform.claude.com/docs/en/build-with-claude/thinking, read 2026-11-21).
"""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.request import Effort, ReasoningControl, Request
from detente.dialects.anthropic_messages.tools_encoding import output_config
from detente.dialects.anthropic_messages.words import (
    BUDGET_TOKENS_MIN,
    BUDGETS,
    EFFORTS,
    MAX_TOKENS_DEFAULT,
)
from detente.dialects.anthropic_messages.writing import Writing
from detente.dialects.codec import Target

_LOOP_WHY: Final = "the thoughts of this tool loop are gone, without which Messages does not go on"


def max_tokens_of(request: Request, target: Target) -> int:
    """`max_tokens`, which is required: what was asked, or what the model can write."""
    if request.max_output_tokens is not None:
        return request.max_output_tokens
    most = target.capabilities.output_tokens_max
    if most is not None:
        return most
    control = request.reasoning
    budget = 0 if control is None or control.budget_tokens is None else control.budget_tokens
    return max(0, budget) + MAX_TOKENS_DEFAULT


def put_reasoning(
    wire: Obj, control: ReasoningControl | None, target: Target, writing: Writing
) -> None:
    """`thinking` and `output_config.effort`; `wire` has its messages and `max_tokens` already."""
    if control is None:
        return
    if writing.own:
        thinking = _as_told(control)
        if control.effort is not None:
            output_config(wire)["effort"] = control.effort
    else:
        thinking = _for_model(wire, control, target, writing)
    if thinking is None:
        writing.lay_over({}, control.extras, "reasoning")
        return
    judged = target.mixed or writing.stripped or not writing.own
    if thinking["type"] == "enabled" and judged and _thoughts_missing(wire):
        writing.losses.lose("reasoning_control", "reasoning", _LOOP_WHY)
        wire["thinking"] = {"type": "disabled"}
        return
    if thinking["type"] != "disabled":
        _put_display(thinking, control, writing)
    wire["thinking"] = writing.lay_over(thinking, control.extras, "reasoning")


def _as_told(control: ReasoningControl) -> Obj | None:
    if control.enabled is False:
        return {"type": "disabled"}
    if control.budget_tokens is not None:
        return {"type": "enabled", "budget_tokens": control.budget_tokens}
    return {"type": "adaptive"} if control.adaptive or control.enabled else None


def _for_model(
    wire: Obj, control: ReasoningControl, target: Target, writing: Writing
) -> Obj | None:
    if control.enabled is False or control.effort == "none" or control.budget_tokens == 0:
        return {"type": "disabled"}
    known = target.capabilities.reasoning
    by_effort = known is None or "effort" in known
    by_budget = not writing.modern if known is None else "budget" in known
    adaptive = known is None or "adaptive" in known
    effort = control.effort
    if control.budget_tokens is not None and not by_budget:
        writing.losses.lose(
            "reasoning_control", "reasoning.budget_tokens", "the model takes no budget of thoughts"
        )
        effort = effort or _effort_of(control.budget_tokens)
    if effort is not None and by_effort:
        output_config(wire)["effort"] = _told_effort(effort, writing)
    if control.budget_tokens is not None and by_budget and not control.adaptive:
        return _budgeted(wire, control.budget_tokens, writing)
    if adaptive:
        if effort is not None and not by_effort:
            writing.losses.lose(
                "reasoning_control", "reasoning.effort", "the model grades its thinking itself"
            )
        return {"type": "adaptive"}
    if by_budget and not (by_effort and control.enabled is None):
        return _budgeted(wire, None, writing, BUDGETS[effort or "medium"])
    return None


def _told_effort(effort: Effort, writing: Writing) -> str:
    if effort in EFFORTS:
        return effort
    writing.losses.lose(
        "reasoning_control", "reasoning.effort", "Messages has no such effort; `low` is sent"
    )
    return "low"


def _effort_of(budget_tokens: int) -> Effort:
    """The effort whose budget comes first at or above this one."""
    for effort in EFFORTS.values():
        if budget_tokens <= BUDGETS[effort]:
            return effort
    return "max"


def _budgeted(
    wire: Obj, asked: int | None, writing: Writing, usual: int = BUDGET_TOKENS_MIN
) -> Obj | None:
    """A budget below `max_tokens`; one that was only derived leaves half of them to the answer."""
    limit = wire["max_tokens"]
    most = limit if type(limit) is int else 0
    if most <= BUDGET_TOKENS_MIN:
        writing.losses.lose(
            "reasoning_control", "reasoning", f"thinking takes {BUDGET_TOKENS_MIN} tokens at least"
        )
        return None
    if asked is None:
        return {
            "type": "enabled",
            "budget_tokens": max(BUDGET_TOKENS_MIN, min(usual, most // 2)),
        }
    budget = min(max(asked, BUDGET_TOKENS_MIN), most - 1)
    if budget != asked:
        writing.losses.lose(
            "input_range",
            "reasoning.budget_tokens",
            f"a budget has {BUDGET_TOKENS_MIN} tokens at least, and fewer than the answer",
        )
    return {"type": "enabled", "budget_tokens": budget}


def _put_display(thinking: Obj, control: ReasoningControl, writing: Writing) -> None:
    """What is shown of the thoughts: models with budgets show them by default, and the oldest know
    no other; those that think as they see fit show none, from Opus 4.7 on."""
    asked = control.visible or control.summary is not None
    if control.visible is False:
        thinking["display"] = "omitted"
    elif asked and thinking["type"] == "adaptive" and not writing.own:
        thinking["display"] = "summarized"
    if control.summary not in (None, "auto"):
        writing.losses.lose(
            "reasoning_control", "reasoning.summary", "Messages sums up at one length only"
        )


def _thoughts_missing(wire: Obj) -> bool:
    """Whether the last answer called tools without its thoughts: with a budget that is refused."""
    messages = wire["messages"]
    if type(messages) is not list:
        return False
    blocks = _blocks_of(messages[-2]) if len(messages) > 1 else []
    results = _blocks_of(messages[-1]) if messages else []
    if "tool_result" not in results or "tool_use" not in blocks:
        return False
    return blocks[0] not in ("thinking", "redacted_thinking")


def _blocks_of(message: Json) -> list[Json]:
    """The types of a message's blocks."""
    content = message.get("content") if type(message) is dict else None
    if type(content) is not list:
        return []
    return [block.get("type") for block in content if type(block) is dict]
