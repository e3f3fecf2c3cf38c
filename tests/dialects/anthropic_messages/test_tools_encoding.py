"""Tools, the choice among them, and the form of the answer."""

from typing import Any

from detente.canonical.content import CacheMark
from detente.canonical.extras import Extras
from detente.canonical.request import HostedTool, OutputFormat, Tool, ToolChoice
from tests.dialects.anthropic_messages.asking import WEATHER, WEATHER_WIRE, asked, written


def test_tools_of_all_kinds() -> None:
    request = asked(
        tools=(
            Tool(name="bare"),
            Tool(name="open", parameters={"properties": {"a": {"type": "integer", "minimum": 1}}}),
            Tool(
                name="strict",
                parameters={"type": "object", "properties": {"a": {"type": "integer"}}},
                strict=True,
            ),
            Tool(name="free", kind="custom"),
            HostedTool(dialect="openai_responses", name="web_search", value={}),
        ),
        tool_choice=ToolChoice(kind="named", names=("bare",)),
        parallel_tool_calls=True,
    )
    body, losses = written(request)
    assert body["tools"] == [
        {"name": "bare", "input_schema": {"type": "object", "properties": {}}},
        {
            "name": "open",
            "input_schema": {
                "type": "object",
                "properties": {"a": {"type": "integer", "minimum": 1}},
            },
        },
        {
            "name": "strict",
            "input_schema": {
                "type": "object",
                "properties": {"a": {"type": "integer"}},
                "additionalProperties": False,
            },
            "strict": True,
        },
    ]
    assert body["tool_choice"] == {"type": "tool", "name": "bare"}
    assert losses == ["custom_tool@tools[3]!", "hosted_tool@tools[4]!"]


def test_allowed_tools_are_those_that_are_shown() -> None:
    choice = ToolChoice(kind="allowed_required", names=("weather",))
    body, losses = written(asked(tools=(WEATHER, Tool(name="other")), tool_choice=choice))
    assert (body["tools"], body["tool_choice"]) == ([WEATHER_WIRE], {"type": "any"})
    assert losses == ["tool_choice_allowed@tool_choice"]


def test_a_choice_with_no_tool_left() -> None:
    body, losses = written(
        asked(tools=(Tool(name="free", kind="custom"),), tool_choice=ToolChoice(kind="required"))
    )
    assert not {"tools", "tool_choice"} & body.keys()
    assert losses == ["custom_tool@tools[0]!", "tool_choice!"]


def test_structured_output() -> None:
    form = OutputFormat(
        kind="json_schema",
        name="city",
        description="A city.",
        schema={
            "type": "object",
            "properties": {"n": {"type": "integer", "maximum": 9}},
            "required": ["n"],
        },
        strict=True,
    )
    body, losses = written(asked(output_format=form))
    assert body["output_config"] == {
        "format": {
            "type": "json_schema",
            "schema": {
                "title": "city",
                "description": "A city.",
                "type": "object",
                "properties": {"n": {"type": "integer", "description": '{"maximum":9}'}},
                "required": ["n"],
                "additionalProperties": False,
            },
        }
    }
    assert losses == ["json_schema@output_format.schema"]
    assert written(asked(output_format=OutputFormat(kind="text")))[1] == []
    assert written(asked(output_format=OutputFormat(kind="json_object")))[1] == [
        "json_object@output_format!"
    ]


def test_calls_one_at_a_time_without_a_choice() -> None:
    body, losses = written(asked(tools=(WEATHER,), parallel_tool_calls=False))
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert losses == []
    body, _ = written(asked(tools=(WEATHER,), parallel_tool_calls=True))
    assert "tool_choice" not in body
    body, _ = written(asked(parallel_tool_calls=False))
    assert "tool_choice" not in body, "which is an error without tools"
    choice = ToolChoice(kind="none")
    body, _ = written(asked(tools=(WEATHER,), tool_choice=choice, parallel_tool_calls=False))
    assert body["tool_choice"] == {"type": "none"}


def test_hosted_tools_of_its_own_come_along() -> None:
    tool: dict[str, Any] = {"type": "web_search_20250305", "name": "web_search"}
    hosted = HostedTool(dialect="anthropic_messages", name="web_search_20250305", value=tool)
    body, losses = written(asked(tools=(hosted,)))
    assert (body["tools"], losses) == ([tool], [])


def test_a_strict_tool_with_keywords_that_are_not_enforced() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 1}},
    }
    body, losses = written(asked(tools=(Tool(name="t", parameters=schema, strict=True),)))
    assert body["tools"][0]["input_schema"]["properties"]["a"] == {
        "type": "integer",
        "description": '{"minimum":1}',
    }
    assert losses == ["strict_tool@tools[0].parameters"]


def test_a_tool_with_a_mark_and_unknown_members() -> None:
    tool = Tool(
        name="t",
        parameters={"type": "object"},
        strict=False,
        cache=CacheMark(),
        extras=Extras(dialect="openai_chat", members={"new": 1}),
    )
    body, losses = written(asked(tools=(tool,)))
    assert body["tools"] == [
        {
            "name": "t",
            "input_schema": {"type": "object"},
            "strict": False,
            "cache_control": {"type": "ephemeral"},
        }
    ]
    assert losses == ["unknown_member@tools[0].new"]


def test_the_name_and_description_of_a_schema_are_its_own_first() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "title": "Own",
        "description": "Own.",
        "properties": {"a": {"type": "null"}},
        "additionalProperties": False,
    }
    form = OutputFormat(kind="json_schema", name="n", description="d", schema=schema)
    body, losses = written(asked(output_format=form))
    assert (body["output_config"]["format"]["schema"], losses) == (schema, [])
