"""Other dialects' tools, and the choice among them."""

from typing import Any

import pytest

from detente.canonical.content import (
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.request import (
    HostedTool,
    Tool,
    ToolChoice,
)
from tests.dialects.bedrock_converse.asking import (
    CLAUDE,
    HI,
    NOVA,
    WEATHER,
    WEATHER_WIRE,
    asking,
    encoded,
    said,
    user,
)

Choice = tuple[ToolChoice | None, bool | None, str, tuple[Any, Any], list[str]]


CHOICES: list[Choice] = [
    (ToolChoice(kind="auto"), None, NOVA, ({"auto": {}}, None), []),
    (ToolChoice(kind="required"), None, NOVA, ({"any": {}}, None), []),
    (
        ToolChoice(kind="named", names=("weather",)),
        True,
        NOVA,
        ({"tool": {"name": "weather"}}, None),
        [],
    ),
    (
        ToolChoice(kind="required"),
        False,
        NOVA,
        ({"any": {}}, None),
        ["drop parallel_tool_calls"],
    ),
    (
        ToolChoice(kind="required"),
        False,
        CLAUDE,
        (None, {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}}),
        [],
    ),
    (
        None,
        False,
        CLAUDE,
        (None, {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}),
        [],
    ),
    (ToolChoice(kind="none"), None, CLAUDE, (None, {"tool_choice": {"type": "none"}}), []),
    (
        ToolChoice(kind="allowed_required", names=("weather",)),
        None,
        NOVA,
        ({"any": {}}, None),
        ["drop tool_choice_allowed@tool_choice"],
    ),
]


@pytest.mark.parametrize(("choice", "parallel", "model", "written", "losses"), CHOICES)
def test_choices_among_tools(
    choice: ToolChoice | None,
    parallel: bool | None,
    model: str,
    written: tuple[dict[str, Any] | None, dict[str, Any] | None],
    losses: list[str],
) -> None:
    other = (Tool(name="other"),) if choice is not None and choice.names == () else ()
    body, named = encoded(
        asking(tools=(WEATHER, *other), tool_choice=choice, parallel_tool_calls=parallel), model
    )
    assert body["toolConfig"].get("toolChoice") == written[0]
    assert body.get("additionalModelRequestFields") == written[1]
    assert named == losses


def test_an_allowed_list_leaves_the_others_out() -> None:
    choice = ToolChoice(kind="allowed", names=("weather",))
    body, _ = encoded(asking(tools=(WEATHER, Tool(name="other")), tool_choice=choice))
    assert body["toolConfig"] == {"tools": [WEATHER_WIRE], "toolChoice": {"auto": {}}}


def test_no_call_wanted_of_a_model_that_has_no_such_choice() -> None:
    """What it is not shown it cannot call; but a history with calls needs the tools declared."""
    choice = ToolChoice(kind="none")
    body, losses = encoded(asking(tools=(WEATHER,), tool_choice=choice), NOVA)
    assert (body, losses) == ({"messages": [HI]}, [])
    call = said("assistant", ToolCall(id="c", name="weather", arguments="{}"))
    result = said("tool", ToolResult(call_id="c", parts=(Text(text="x"),)))
    body, losses = encoded(asking(user(), call, result, tools=(WEATHER,), tool_choice=choice), NOVA)
    assert body["toolConfig"] == {"tools": [WEATHER_WIRE]}
    assert losses == ["refuse tool_choice"]


@pytest.mark.parametrize(("model", "forbidden"), [(CLAUDE, True), (NOVA, False)])
def test_a_history_with_calls_and_no_tools(model: str, forbidden: bool) -> None:
    """The platform refuses such a history unless the tools are declared."""
    call = said("assistant", ToolCall(id="c", name="weather", arguments="{}"))
    result = said("tool", ToolResult(call_id="c", parts=(Text(text="x"),)))
    body, losses = encoded(asking(user(), call, result), model)
    declared: dict[str, Any] = {
        "toolSpec": {
            "name": "weather",
            "inputSchema": {"json": {"type": "object", "properties": {}}},
        }
    }
    assert body["toolConfig"] == {"tools": [declared]}
    fields = {"tool_choice": {"type": "none"}} if forbidden else None
    assert body.get("additionalModelRequestFields") == fields
    assert losses[0] == "drop tool_choice@tools"


def test_tools_that_only_others_have() -> None:
    body, losses = encoded(
        asking(
            tools=(
                HostedTool(dialect="openai_responses", name="web_search", value={}),
                Tool(name="grep", kind="custom"),
                WEATHER,
            )
        )
    )
    assert body["toolConfig"] == {"tools": [WEATHER_WIRE]}
    assert losses == ["refuse hosted_tool@tools[0]", "refuse custom_tool@tools[1]"]
