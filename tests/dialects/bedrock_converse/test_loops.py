"""A tool loop whose thoughts are gone goes on without thinking; any other thinks on."""

from typing import Any

import pytest

from detente.canonical.content import Opaque, Part, Reasoning, Text, ToolCall, ToolResult, Turn
from detente.canonical.request import ReasoningControl, Request
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Target
from tests.dialects.bedrock_converse.asking import CLAUDE, NOVA, asking, encoded
from tests.dialects.bedrock_converse.reading import decoded

BUDGET = ReasoningControl(enabled=True, budget_tokens=2048)
CALL = ToolCall(id="c1", name="look", arguments="{}")
OURS = Reasoning(text="Hm", state=Opaque(origin="bedrock_converse", value="sig"))
THEIRS = Reasoning(text="Hm", state=Opaque(origin="anthropic_messages", value="sig"))
WITHIN: dict[str, Any] = {"type": "enabled", "budget_tokens": 2048}
LOST = "drop reasoning_control@reasoning"


def loop(*said: Part, then: Part | None = None) -> tuple[Turn, ...]:
    """A question, an answer of these parts, and what its call gave."""
    result = ToolResult(call_id="c1", parts=(Text(text="seen"),))
    return (
        Turn(role="user", parts=(Text(text="hi"),)),
        Turn(role="assistant", parts=said),
        Turn(role="user", parts=(result,) if then is None else (result, then)),
    )


def thinking(request: Request, model: str = CLAUDE) -> tuple[Any, bool]:
    """What is asked of the model's thinking, and whether a loss says that it was ended."""
    body, losses = encoded(request, model)
    return body.get("additionalModelRequestFields", {}).get("thinking"), LOST in losses


@pytest.mark.parametrize(
    "turns",
    [
        loop(CALL),
        loop(THEIRS, CALL),
        loop(Text(text="I look."), CALL),
        loop(CALL, then=Text(text="and?")),
    ],
)
def test_a_loop_whose_thoughts_are_gone_ends_them(turns: tuple[Turn, ...]) -> None:
    assert thinking(asking(*turns, reasoning=BUDGET)) == ({"type": "disabled"}, True)


@pytest.mark.parametrize(
    "turns",
    [
        loop(OURS, CALL),
        (*loop(CALL), Turn(role="assistant", parts=(Text(text="So."),)), loop()[0]),
        loop()[:1],
    ],
)
def test_any_other_conversation_thinks_on(turns: tuple[Turn, ...]) -> None:
    assert thinking(asking(*turns, reasoning=BUDGET)) == (WITHIN, False)


def test_only_a_budget_asks_for_earlier_thoughts() -> None:
    adaptive = asking(*loop(CALL), reasoning=ReasoningControl(adaptive=True))
    assert thinking(adaptive) == ({"type": "adaptive"}, False)
    assert thinking(asking(*loop(CALL), reasoning=BUDGET), NOVA) == (None, False)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        (None, (WITHIN, False)),
        ("dt1.s.anthropic_messages.sig", ({"type": "disabled"}, True)),
    ],
)
def test_converses_own_words_are_the_platforms_to_judge(
    signature: str | None, expected: tuple[Any, bool]
) -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": signature}}}
    request = decoded(
        messages=[
            {"role": "user", "content": [{"text": "hi"}]},
            {
                "role": "assistant",
                "content": [
                    *([thought] if signature else []),
                    {"toolUse": {"toolUseId": "c1", "name": "look", "input": {}}},
                ],
            },
            {"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": []}}]},
        ],
        additionalModelRequestFields={"thinking": WITHIN},
    )
    assert thinking(request) == expected


def mixed_loop(**thought: str) -> Request:
    """A loop in Converse's own words, whose thought has these members."""
    blocks = [{"reasoningContent": {"reasoningText": thought}}] if thought else []
    use: Any = {"toolUse": {"toolUseId": "c1", "name": "look", "input": {}}}
    result = {"toolResult": {"toolUseId": "c1", "content": [{"text": "seen"}]}}
    return decoded(
        messages=[
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [*blocks, use]},
            {"role": "user", "content": [result]},
        ],
        additionalModelRequestFields={"thinking": WITHIN},
    )


@pytest.mark.parametrize(
    ("request_", "lost"),
    [
        (mixed_loop(), ["reasoning_control@reasoning"]),
        (
            mixed_loop(text="Hm"),
            ["reasoning_text@turns[1].parts[0]", "reasoning_control@reasoning"],
        ),
        (mixed_loop(text="Hm", signature="sig"), []),
    ],
)
def test_own_words_that_may_be_others_are_judged(request_: Request, lost: list[str]) -> None:
    mixed = CODEC.encode_request(request_, Target(model=CLAUDE, mixed=True))
    assert [str(loss) for loss in mixed.losses] == lost
    alone = CODEC.encode_request(request_, Target(model=CLAUDE))
    assert alone.losses == ()
    assert (mixed.body == alone.body) == (not lost)
