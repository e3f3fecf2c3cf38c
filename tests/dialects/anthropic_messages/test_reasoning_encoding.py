"""How much a model thinks and writes, by what is known of it."""

from typing import Any

import msgspec
import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.content import Opaque, Reasoning, Text, ToolCall, ToolResult
from detente.canonical.request import Effort, ReasoningControl, Request
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.codec import Target
from tests.dialects.anthropic_messages.asking import HI, WEATHER, asked, says, written

EFFORT = ("effort", "adaptive")
BUDGET = ("budget",)


def target(
    *reasoning: str, version: str | None = None, output_tokens_max: int | None = 64_000
) -> Target:
    known = Capabilities(reasoning=reasoning or None, output_tokens_max=output_tokens_max)
    return Target(model="claude", api_version=version, capabilities=known)


def thinking(
    control: ReasoningControl, towards: Target, **members: Any
) -> tuple[Any, Any, list[str]]:
    """`thinking`, the effort, and the losses."""
    body, losses = written(asked(reasoning=control, **members), towards)
    return body.get("thinking"), body.get("output_config", {}).get("effort"), losses


ADAPTIVE = {"type": "adaptive"}
OFF = {"type": "disabled"}


def budget(tokens: int) -> dict[str, Any]:
    return {"type": "enabled", "budget_tokens": tokens}


Asked = tuple[ReasoningControl, Target, tuple[Any, Any, list[str]]]
ASKED: list[Asked] = [
    # an effort, as OpenAI's clients ask
    (ReasoningControl(effort="high"), target(*EFFORT), (ADAPTIVE, "high", [])),
    (ReasoningControl(effort="high"), target(), (ADAPTIVE, "high", [])),
    (ReasoningControl(effort="high"), target("effort"), (None, "high", [])),
    (ReasoningControl(effort="high"), target(*BUDGET), (budget(16_384), None, [])),
    (ReasoningControl(effort="max"), target(*BUDGET), (budget(32_000), None, [])),
    (
        ReasoningControl(effort="high"),
        target("adaptive"),
        (ADAPTIVE, None, ["reasoning_control@reasoning.effort"]),
    ),
    (
        ReasoningControl(effort="minimal"),
        target(*EFFORT),
        (ADAPTIVE, "low", ["reasoning_control@reasoning.effort"]),
    ),
    (ReasoningControl(effort="none"), target(), (OFF, None, [])),
    (ReasoningControl(enabled=False), target(), (OFF, None, [])),
    # a budget, as Google's ask
    (ReasoningControl(budget_tokens=0), target(), (OFF, None, [])),
    (ReasoningControl(budget_tokens=5000), target(*BUDGET), (budget(5000), None, [])),
    (
        ReasoningControl(budget_tokens=5000),
        target(version="2023-06-01"),
        (budget(5000), None, []),
    ),
    (
        ReasoningControl(budget_tokens=5000),
        target(),
        (ADAPTIVE, "medium", ["reasoning_control@reasoning.budget_tokens"]),
    ),
    (
        ReasoningControl(budget_tokens=10**6),
        target(*EFFORT),
        (ADAPTIVE, "max", ["reasoning_control@reasoning.budget_tokens"]),
    ),
    (
        ReasoningControl(budget_tokens=100),
        target(*BUDGET),
        (budget(1024), None, ["input_range@reasoning.budget_tokens"]),
    ),
    (
        ReasoningControl(budget_tokens=10**6),
        target(*BUDGET),
        (budget(63_999), None, ["input_range@reasoning.budget_tokens"]),
    ),
    (
        ReasoningControl(effort="low", budget_tokens=5000),
        target("effort", "budget"),
        (budget(5000), "low", []),
    ),
    # only that there shall be thoughts
    (ReasoningControl(enabled=True), target(), (ADAPTIVE, None, [])),
    (ReasoningControl(adaptive=True), target(*EFFORT), (ADAPTIVE, None, [])),
    (ReasoningControl(enabled=True), target(*BUDGET), (budget(8192), None, [])),
    (
        ReasoningControl(adaptive=True, budget_tokens=5000),
        target("adaptive", "budget"),
        (ADAPTIVE, None, []),
    ),
    # what is shown of them
    (
        ReasoningControl(enabled=True, visible=True),
        target(),
        ({**ADAPTIVE, "display": "summarized"}, None, []),
    ),
    (
        ReasoningControl(enabled=True, visible=False),
        target(),
        ({**ADAPTIVE, "display": "omitted"}, None, []),
    ),
    (
        ReasoningControl(budget_tokens=5000, visible=True),
        target(*BUDGET),
        (budget(5000), None, []),
    ),
    (
        ReasoningControl(budget_tokens=5000, visible=False),
        target(*BUDGET),
        ({**budget(5000), "display": "omitted"}, None, []),
    ),
    (
        ReasoningControl(effort="low", summary="auto"),
        target(),
        ({**ADAPTIVE, "display": "summarized"}, "low", []),
    ),
    (
        ReasoningControl(effort="low", summary="detailed"),
        target(),
        (
            {**ADAPTIVE, "display": "summarized"},
            "low",
            ["reasoning_control@reasoning.summary"],
        ),
    ),
]


@pytest.mark.parametrize(("control", "towards", "expected"), ASKED)
def test_how_much_is_thought(
    control: ReasoningControl, towards: Target, expected: tuple[Any, Any, list[str]]
) -> None:
    assert thinking(control, towards) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(1024, None), (1025, 1024), (4000, 2000), (40_000, 16_384)],
)
def test_a_derived_budget_leaves_room_for_the_answer(limit: int, expected: int | None) -> None:
    told, _, losses = thinking(
        ReasoningControl(effort="high"), target(*BUDGET), max_output_tokens=limit
    )
    assert told == (None if expected is None else budget(expected))
    assert losses == (["reasoning_control@reasoning"] if expected is None else [])


def test_a_budget_of_which_no_limit_is_known_is_added_to_the_default() -> None:
    unlimited = target(*BUDGET, output_tokens_max=None)
    body, losses = written(asked(reasoning=ReasoningControl(budget_tokens=50_000)), unlimited)
    assert (body["max_tokens"], body["thinking"], losses) == (58_192, budget(50_000), [])


def loop(*thoughts: Reasoning) -> Request:
    """A request in the midst of a tool loop."""
    return asked(
        turns=(
            HI,
            says("assistant", *thoughts, ToolCall(id="a", name="weather", arguments="{}")),
            says("tool", ToolResult(call_id="a", parts=(Text(text="sunny"),))),
        ),
        tools=(WEATHER,),
        reasoning=ReasoningControl(budget_tokens=2000),
    )


def test_a_tool_loop_without_its_thoughts_goes_on_without_thinking() -> None:
    signed = Reasoning(text="t", state=Opaque(origin="anthropic_messages", value="SIGNED"))
    foreign = Reasoning(text="t", state=Opaque(origin="gemini_generate", value="sig"))
    body, losses = written(loop(signed), target(*BUDGET))
    assert (body["thinking"], losses) == (budget(2000), [])
    body, losses = written(loop(), target(*BUDGET))
    assert (body["thinking"], losses) == (OFF, ["reasoning_control@reasoning"])
    body, losses = written(loop(foreign), target(*BUDGET))
    assert body["thinking"] == OFF
    assert losses == [
        "reasoning_state@turns[1].parts[0].state",
        "reasoning_text@turns[1].parts[0]",
        "reasoning_control@reasoning",
    ]
    body, losses = written(loop(), target(*EFFORT))
    assert body["thinking"] == ADAPTIVE, "which asks for no thoughts of before"


def test_its_own_loop_is_left_alone_unless_a_thought_had_to_go() -> None:
    untouched = msgspec.structs.replace(loop(), origin="anthropic_messages")
    assert written(untouched)[0]["thinking"] == budget(2000)
    tagged = Reasoning(text="t", state=Opaque(origin="openai_responses", value="gA"))
    stripped = msgspec.structs.replace(loop(tagged), origin="anthropic_messages")
    assert written(stripped)[0]["thinking"] == OFF


def test_its_own_loop_that_others_may_have_begun_is_judged() -> None:
    mixed = msgspec.structs.replace(target(*BUDGET), mixed=True)
    own = msgspec.structs.replace(loop(), origin="anthropic_messages")
    body, losses = written(own, mixed)
    assert (body["thinking"], losses) == (OFF, ["reasoning_control@reasoning"])
    signed = Reasoning(text="t", state=Opaque(origin="anthropic_messages", value="SIGNED"))
    kept = msgspec.structs.replace(loop(signed), origin="anthropic_messages")
    assert (written(kept, mixed)[0]["thinking"], written(kept, mixed)[1]) == (budget(2000), [])


def test_a_conversation_that_is_no_tool_loop_may_think() -> None:
    for turns in ((HI,), (), (HI, says("assistant", "a", "b"), says("user", "c", "d"))):
        control = ReasoningControl(budget_tokens=2000)
        told, _, _ = thinking(control, target(*BUDGET), turns=turns)
        assert told == budget(2000)


@pytest.mark.parametrize("effort", ["low", "medium", "high", "xhigh", "max"])
def test_efforts_of_its_own_come_back(effort: Effort) -> None:
    request = CODEC.decode_request(
        b'{"model":"m","messages":[],"output_config":{"effort":"%b"}}' % effort.encode()
    )
    assert request.reasoning == ReasoningControl(effort=effort)
    body, _ = written(request)
    assert (body["output_config"], "thinking" in body) == ({"effort": effort}, False)
