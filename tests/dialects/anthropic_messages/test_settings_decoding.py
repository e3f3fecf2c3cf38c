"""Members of a request: every spelling comes back as it was."""

from typing import Any

import pytest

from detente.canonical.request import HostedTool
from tests.dialects.anthropic_messages.asking import LEAST, decoded, round_trip


def test_tools_of_the_platform_are_hosted() -> None:
    request = decoded(tools=[{"type": "web_search_20250305", "name": "web_search"}])
    assert request.tools == (
        HostedTool(
            dialect="anthropic_messages",
            name="web_search_20250305",
            value={"type": "web_search_20250305", "name": "web_search"},
        ),
    )


MEMBERS: list[dict[str, Any]] = [
    {"system": ""},
    {"system": []},
    {"system": [{"type": "text", "text": "a"}]},
    {"system": [{"type": "text", "text": "a"}, {"type": "brand_new"}]},
    {"stream": False},
    {"stop_sequences": [], "temperature": None, "tools": [], "metadata": {}},
    {"metadata": {"user_id": None, "new": 1}},
    {"service_tier": "brand_new"},
    {"output_config": {}},
    {"output_config": {"effort": None, "format": None, "new": 1, "task_budget": {"total": 1}}},
    {"output_config": {"effort": "brand_new"}},
    {"output_config": {"format": {"type": "brand_new"}}},
    {"output_format": {"type": "json_schema", "schema": {}, "new": 1}},
    {"output_format": {"type": "brand_new"}},
    {
        "output_format": {"type": "json_schema", "schema": {"b": 1}},
        "output_config": {"format": {"type": "json_schema", "schema": {"a": 1}}},
    },
    {"thinking": {"type": "disabled", "display": "omitted"}},
    {"thinking": {"type": "enabled", "budget_tokens": 5, "display": "summarized"}},
    {"thinking": {"type": "enabled", "budget_tokens": 5, "display": "omitted"}},
    {"thinking": {"type": "enabled", "budget_tokens": 5}},
    {"thinking": {"type": "adaptive", "display": "summarized"}},
    {"thinking": {"type": "adaptive", "display": "updates", "budget_tokens": 5}},
    {"thinking": {"type": "adaptive", "display": None}, "output_config": {"effort": "low"}},
    {"thinking": {"type": "enabled", "budget_tokens": 5, "block_binding": {}, "new": 1}},
    {"thinking": {"type": "between_tools"}, "output_config": {"effort": "max"}},
    {"tool_choice": {"type": "auto"}},
    {"tool_choice": {"type": "any", "disable_parallel_tool_use": False}},
    {"tool_choice": {"type": "none", "disable_parallel_tool_use": True}},
    {"tool_choice": {"type": "tool", "name": "t", "disable_parallel_tool_use": True}},
    {"tool_choice": {"type": "auto", "name": "t"}},
    {"tool_choice": {"type": "brand_new", "x": 1}},
    {"tools": [{"name": "a"}]},
    {"tools": [{"name": "a", "input_schema": {}, "description": ""}]},
    {"tools": [{"name": "a", "description": "d", "input_schema": {"type": "object"}}]},
    {
        "tools": [
            {
                "type": "custom",
                "name": "a",
                "description": None,
                "input_schema": {"properties": {}},
                "strict": True,
                "cache_control": {"type": "ephemeral"},
                "defer_loading": True,
                "input_examples": [{}],
            }
        ]
    },
    {"messages": [{"role": "user", "content": []}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
    {"messages": [{"role": "assistant", "content": "a", "new": 1}]},
    {"messages": [{"role": "system", "output_config": {"effort": "low"}}]},
    {"messages": [{"role": "system", "content": "a", "clear_at": "never"}]},
    {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]},
    {"container": None, "mcp_servers": [], "betas": ["x"], "brand_new": {"x": None}},
    {"anthropic_version": "bedrock-2023-05-31", "anthropic_beta": ["x"]},
]


@pytest.mark.parametrize("members", MEMBERS)
def test_every_member_comes_back_as_it_was(members: dict[str, Any]) -> None:
    body = LEAST | members
    assert round_trip(body) == (body, ())


@pytest.mark.parametrize(
    ("thinking", "visible"),
    [
        ({"type": "enabled", "budget_tokens": 1024}, True),
        ({"type": "enabled", "budget_tokens": 1024, "display": "omitted"}, False),
        ({"type": "adaptive"}, None),
        ({"type": "adaptive", "display": "summarized"}, True),
        ({"type": "disabled"}, None),
    ],
)
def test_thoughts_within_a_budget_are_shown_where_nothing_else_is_said(
    thinking: dict[str, Any], visible: bool | None
) -> None:
    control = decoded(thinking=thinking).reasoning
    assert control is not None
    assert control.visible is visible
