"""How much to think, as each family of models is told it, and as it was told."""

from typing import Any

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.request import (
    ReasoningControl,
)
from tests.dialects.bedrock_converse.asking import CLAUDE, LLAMA, NOVA, asking, encoded
from tests.dialects.bedrock_converse.reading import decoded


@pytest.mark.parametrize(
    ("model", "control", "known", "written", "losses"),
    [
        (
            CLAUDE,
            ReasoningControl(enabled=True, budget_tokens=5000),
            None,
            {"thinking": {"type": "enabled", "budget_tokens": 5000}},
            [],
        ),
        (CLAUDE, ReasoningControl(enabled=False), None, {"thinking": {"type": "disabled"}}, []),
        (
            CLAUDE,
            ReasoningControl(effort="high", summary="auto"),
            None,
            {"thinking": {"type": "adaptive", "display": "summarized"}, "effort": "high"},
            [],
        ),
        (
            CLAUDE,
            ReasoningControl(enabled=True, adaptive=True, visible=True),
            None,
            {"thinking": {"type": "adaptive", "display": "summarized"}},
            [],
        ),
        (
            CLAUDE,
            ReasoningControl(enabled=True, budget_tokens=5000, visible=True),
            None,
            {"thinking": {"type": "enabled", "budget_tokens": 5000}},
            [],
        ),
        (
            CLAUDE,
            ReasoningControl(effort="low"),
            ("budget",),
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            [],
        ),
        (
            CLAUDE,
            ReasoningControl(enabled=True, budget_tokens=9000, visible=False),
            ("adaptive",),
            {"thinking": {"type": "adaptive", "display": "omitted"}},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
        (
            NOVA,
            ReasoningControl(effort="low"),
            None,
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}},
            [],
        ),
        (
            NOVA,
            ReasoningControl(effort="none"),
            None,
            {"reasoningConfig": {"type": "disabled"}},
            [],
        ),
        (
            "openai.gpt-oss-120b-1:0",
            ReasoningControl(effort="medium"),
            None,
            {"reasoning_effort": "medium"},
            [],
        ),
        (
            "qwen.qwen3-32b-v1:0",
            ReasoningControl(effort="high"),
            None,
            {"reasoning_config": "high"},
            [],
        ),
        (
            LLAMA,
            ReasoningControl(enabled=True, budget_tokens=20000),
            None,
            {"effort": "high"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
        (LLAMA, ReasoningControl(effort="high", visible=True), None, {"effort": "high"}, []),
        (
            LLAMA,
            ReasoningControl(effort="high", visible=False),
            None,
            {"effort": "high"},
            ["drop reasoning_control@reasoning.visible"],
        ),
        (LLAMA, ReasoningControl(enabled=False), None, {}, ["drop reasoning_control@reasoning"]),
        ("profile/a", ReasoningControl(effort="max"), None, {"effort": "max"}, []),
    ],
)
def test_thinking_as_each_family_is_told_it(
    model: str,
    control: ReasoningControl,
    known: tuple[str, ...] | None,
    written: dict[str, Any],
    losses: list[str],
) -> None:
    body, named = encoded(asking(reasoning=control), model, Capabilities(reasoning=known))
    told = {**body.get("additionalModelRequestFields", {}), **body.get("outputConfig", {})}
    assert told == written
    assert named == losses


def test_a_budget_stays_below_the_answers_limit() -> None:
    control = ReasoningControl(enabled=True, budget_tokens=5000)
    body, losses = encoded(asking(reasoning=control, max_output_tokens=3000))
    thinking = body["additionalModelRequestFields"]["thinking"]
    assert (thinking["budget_tokens"], losses) == (2999, [])
    body, losses = encoded(asking(reasoning=control, max_output_tokens=500))
    assert "additionalModelRequestFields" not in body
    assert losses == ["drop reasoning_control@reasoning"]


@pytest.mark.parametrize(
    ("fields", "effort", "control"),
    [
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            None,
            ReasoningControl(enabled=True, budget_tokens=1024, visible=True),
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024, "display": "summarized"}},
            None,
            ReasoningControl(enabled=True, budget_tokens=1024, visible=True),
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}},
            None,
            ReasoningControl(enabled=True, budget_tokens=1024, visible=False),
        ),
        (
            {"thinking": {"type": "adaptive"}},
            None,
            ReasoningControl(enabled=True, adaptive=True),
        ),
        (
            {
                "thinking": {"type": "adaptive", "display": "omitted"},
                "output_config": {"effort": "low"},
            },
            None,
            ReasoningControl(enabled=True, adaptive=True, effort="low", visible=False),
        ),
        ({"thinking": {"type": "disabled"}}, None, ReasoningControl(enabled=False)),
        ({}, "max", ReasoningControl(effort="max")),
        ({"reasoning_effort": "medium"}, None, ReasoningControl(effort="medium")),
        ({"reasoning_config": "high"}, None, ReasoningControl(effort="high")),
        (
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}},
            None,
            ReasoningControl(enabled=True, effort="low"),
        ),
    ],
)
def test_thinking(fields: dict[str, Any], effort: str | None, control: ReasoningControl) -> None:
    request = decoded(
        additionalModelRequestFields=fields,
        outputConfig={"effort": effort} if effort is not None else {},
    )
    found = request.reasoning
    assert found is not None
    for name in ("enabled", "adaptive", "effort", "budget_tokens", "visible"):
        assert getattr(found, name) == getattr(control, name), name
    assert request.options == ()


@pytest.mark.parametrize(
    ("fields", "effort", "options"),
    [
        ({"thinking": {"type": "enabled"}}, None, ["additionalModelRequestFields.thinking"]),
        ({"thinking": {"type": "new"}}, None, ["additionalModelRequestFields.thinking"]),
        ({"reasoningConfig": {}}, None, ["additionalModelRequestFields.reasoningConfig"]),
        ({"tool_choice": {"type": "x"}}, None, ["additionalModelRequestFields.tool_choice"]),
        ({}, "ultra", ["outputConfig.effort"]),
        (
            {"reasoning_effort": "low", "output_config": {"effort": "high"}},
            "low",
            ["additionalModelRequestFields.output_config", "outputConfig.effort"],
        ),
    ],
)
def test_what_is_not_understood_stays_an_option(
    fields: dict[str, Any], effort: str | None, options: list[str]
) -> None:
    request = decoded(
        additionalModelRequestFields=fields,
        outputConfig={"effort": effort} if effort is not None else {},
    )
    assert [option.name for option in request.options] == options
