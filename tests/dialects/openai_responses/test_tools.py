"""Tools and choices, both ways."""

import pytest

from detente.canonical.extras import Json, Obj
from detente.canonical.request import HostedTool, Tool, ToolChoice
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.tools import (
    choice_of,
    choice_wire,
    tool_of,
    tools_wire,
)


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "function", "name": "f"},
        {"type": "function", "name": "f", "parameters": None, "strict": None},
        {"type": "function", "name": "f", "parameters": {}, "strict": True, "description": "d"},
        {
            "type": "function",
            "name": "f",
            "strict": False,
            "defer_loading": True,
            "output_schema": {"type": "string"},
            "allowed_callers": ["direct"],
            "async": False,
            "new": 1,
        },
        {"type": "function", "name": "f", "async": True},
        {"type": "custom", "name": "f"},
        {"type": "custom", "name": "f", "description": "d", "format": {"type": "text"}},
        {"type": "custom", "name": "f", "format": {"type": "grammar", "syntax": "lark"}},
        {"type": "web_search"},
        {},
    ],
)
def test_own_tools_come_back(wire: Obj) -> None:
    losses = Losses()
    assert tools_wire((tool_of(wire),), losses) == [wire]
    assert losses.found == []


def test_tools_hosted_elsewhere_are_named() -> None:
    losses = Losses()
    hosted = HostedTool(dialect="gemini_generate", name="googleSearch", value={})
    assert tools_wire((hosted,), losses) == []
    assert [(str(loss), loss.severity) for loss in losses.found] == [
        ("hosted_tool@tools[0]", "refuse")
    ]


@pytest.mark.parametrize(
    "wire",
    [
        "none",
        {"type": "function", "name": "f"},
        {"type": "custom", "name": "g", "new": 1},
        {"type": "allowed_tools", "mode": "auto", "tools": []},
        {
            "type": "allowed_tools",
            "mode": "required",
            "tools": [{"type": "function", "name": "f"}, {"type": "custom", "name": "g"}],
        },
    ],
)
def test_own_choices_come_back(wire: Json) -> None:
    tools = (Tool(name="f"), Tool(name="g", kind="custom"))
    choice = choice_of(wire)
    assert choice is not None
    assert choice_wire(choice, tools, Losses()) == wire


def test_a_choice_of_no_name_demands_any_tool() -> None:
    assert choice_wire(ToolChoice(kind="named"), (), Losses()) == "required"


@pytest.mark.parametrize(
    ("member", "value"), [("output_schema", {"type": "string"}), ("defer_loading", True)]
)
def test_what_only_this_api_says_of_a_tool_is_none_of_its_spelling(
    member: str, value: Json
) -> None:
    tool = tool_of({"type": "function", "name": "f", "strict": False, member: value})
    assert isinstance(tool, Tool)
    assert tool.extras is not None
    assert tool.extras.members == {member: value}
