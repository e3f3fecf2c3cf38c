"""Tools and the choice among them."""

from typing import Any

import pytest

from detente.canonical.extras import Json
from detente.canonical.request import HostedTool, Tool, ToolChoice
from detente.dialects._codec.fields import Misfit
from detente.dialects.openai_chat.tools import (
    choice_object,
    choice_of,
    function_of,
    is_older,
    older_choice_object,
    older_choice_of,
    tool_object,
    tool_of,
)

F: dict[str, Json] = {"type": "function", "function": {"name": "f"}}
C: dict[str, Json] = {"type": "custom", "custom": {"name": "c"}}


@pytest.mark.parametrize(
    ("value", "kind", "names"),
    [
        ("auto", "auto", ()),
        ("none", "none", ()),
        ("required", "required", ()),
        ("any", "required", ()),
        (F, "named", ("f",)),
        (C, "named", ("c",)),
        ({"function": {"name": "f"}}, "named", ("f",)),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [F, C]}},
            "allowed",
            ("f", "c"),
        ),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [F]}},
            "allowed_required",
            ("f",),
        ),
    ],
)
def test_choices(value: Json, kind: str, names: tuple[str, ...]) -> None:
    choice = choice_of(value)
    assert choice is not None
    assert (choice.kind, choice.names) == (kind, names)
    assert choice_object(choice, frozenset(("c",))) == value


NO_CHOICES: list[Any] = [
    7,
    "odd",
    {},
    {"type": "web_search"},
    {"type": "function", "function": {"name": 7}},
    {"type": "function", "function": {"name": "f", "x": 1}},
    {"type": "function", "function": {"name": "f"}, "x": 1},
    {"type": "allowed_tools", "allowed_tools": {"mode": "odd", "tools": []}},
    {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": 7}},
    {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [7]}},
    {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"function": {}}]}},
    {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [], "x": 1}},
    {"type": "allowed_tools", "allowed_tools": 7},
]


@pytest.mark.parametrize("value", NO_CHOICES)
def test_what_is_no_choice(value: Json) -> None:
    assert choice_of(value) is None


def test_the_older_choice() -> None:
    values: list[Json] = ["auto", "none", {"name": "f"}]
    for value in values:
        choice = older_choice_of(value)
        assert choice is not None
        assert older_choice_object(choice) == value
    odds: list[Json] = ["required", 7, {"name": 7}, {"name": "f", "x": 1}]
    for odd in odds:
        assert older_choice_of(odd) is None


@pytest.mark.parametrize(
    "source",
    [
        F,
        C,
        {"function": {"name": "f", "description": "", "parameters": {}, "strict": False}},
        {"type": "function", "function": {"name": "f", "strict": None, "x": 1}, "y": 2},
        {"type": "custom", "custom": {"name": "c", "format": None, "description": None, "x": 1}},
        {"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}},
    ],
)
def test_a_tool_comes_out_as_it_went_in(source: dict[str, Json]) -> None:
    tool = tool_of(source)
    assert isinstance(tool, Tool)
    assert not is_older(tool)
    assert tool_object(tool) == source


def test_what_the_platform_runs_itself() -> None:
    grammar: dict[str, Json] = {"type": "custom", "custom": {"name": "c", "format": {"type": "x"}}}
    search: dict[str, Json] = {"type": "web_search"}
    for source in (search, grammar):
        assert isinstance(tool_of(source), HostedTool)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"type": "function"},
        {"type": "custom"},
        {"type": "function", "function": {}},
        {"type": 7},
    ],
)
def test_what_is_no_tool(source: dict[str, Json]) -> None:
    with pytest.raises(Misfit):
        tool_of(source)


def test_older_functions_are_marked() -> None:
    tool = function_of({"name": "f", "parameters": {}, "x": 1, "strict": None})
    assert isinstance(tool, Tool)
    assert is_older(tool)
    assert tool.extras is not None
    assert tool.extras.members == {"x": 1}


def test_a_choice_of_others_forces_by_name() -> None:
    choice = ToolChoice(kind="named", names=("f",))
    assert choice_object(choice, frozenset()) == F
