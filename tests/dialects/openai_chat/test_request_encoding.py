"""What other dialects' requests become in chat, by example: the whole JSON, and all losses."""

import json
from typing import Any

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.content import (
    CacheMark,
    Opaque,
    Part,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import (
    AudioOutput,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects.codec import Target
from detente.dialects.openai_chat import CODEC

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
SIGNED = Opaque(origin="anthropic_messages", value="c2ln")
GOOGLES = Opaque(origin="gemini_generate", value="dGhvdWdodA==")
ASKS = Turn(role="user", parts=(Text(text="hi"),))
TARGET = Target(model="gpt-5")

SETTINGS: dict[str, Any] = {
    "model": "gpt-5",
    "messages": [
        {
            "role": "system",
            "content": [
                {"type": "text", "text": "Be brief."},
                {"type": "text", "text": "Be kind."},
            ],
        },
        {"role": "user", "content": "hi"},
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 1024,
    "temperature": 0.5,
    "top_p": 0.9,
    "stop": ["END"],
    "user": "u1",
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look",
                "description": "Look.",
                "parameters": SCHEMA,
                "strict": True,
            },
        }
    ],
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "reasoning_effort": "medium",
}
"""What the settings of a request of Messages become."""


def encode(request: Request, target: Target = TARGET) -> tuple[dict[str, Any], list[str]]:
    """The body, and the losses as they are shown."""
    encoded = CODEC.encode_request(request, target)
    return json.loads(encoded.body), [str(loss) for loss in encoded.losses]


def messages(*parts: Part, role: Any = "user") -> tuple[Any, list[str]]:
    """The messages that one turn becomes, and the losses."""
    body, losses = encode(Request(model="m", turns=(Turn(role=role, parts=parts),)))
    return body["messages"], losses


def test_a_small_request() -> None:
    assert encode(Request(model="m", turns=(ASKS,))) == (
        {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]},
        [],
    )


def test_a_request_of_messages_with_all_its_settings() -> None:
    request = Request(
        model="claude",
        origin="anthropic_messages",
        instructions=(Text(text="Be brief."), Text(text="Be kind.")),
        turns=(ASKS,),
        stream=True,
        asks_usage=True,
        max_output_tokens=1024,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop=("END",),
        service_tier="standard_only",
        user="u1",
        metadata={"a": "b"},
        tools=(Tool(name="look", description="Look.", parameters=SCHEMA, strict=True),),
        tool_choice=ToolChoice(kind="required"),
        parallel_tool_calls=False,
        reasoning=ReasoningControl(enabled=True, budget_tokens=8_000),
    )
    body, losses = encode(request)
    assert body == SETTINGS
    assert losses == [
        "top_k",
        "reasoning_control@reasoning.budget_tokens",
        "service_tier",
        "metadata",
    ]


def test_all_calls_of_an_answer_stand_in_one_message_and_each_result_in_its_own() -> None:
    turns = (
        Turn(
            role="assistant",
            parts=(
                Text(text="I look."),
                ToolCall(id="c1", name="look", arguments='{"city":"Rome"}'),
                ToolCall(id="c2", name="now", arguments=""),
            ),
        ),
        Turn(
            role="user",
            parts=(
                ToolResult(call_id="c1", parts=(Text(text="sunny"),)),
                ToolResult(call_id="c2", data={"time": 9}, name="now"),
                Text(text="And?"),
            ),
        ),
    )
    assert encode(Request(model="m", turns=turns)) == (
        {
            "model": "gpt-5",
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "look", "arguments": '{"city":"Rome"}'},
                        },
                        {
                            "id": "c2",
                            "type": "function",
                            "function": {"name": "now", "arguments": "{}"},
                        },
                    ],
                    "content": "I look.",
                },
                {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
                {"role": "tool", "tool_call_id": "c2", "content": '{"time":9}'},
                {"role": "user", "content": "And?"},
            ],
        },
        [],
    )


def test_items_of_responses_are_one_answer() -> None:
    turns = (
        Turn(role="assistant", parts=(Text(text="One."),)),
        Turn(role="assistant", parts=(ToolCall(id="c1", name="look", arguments="{}"),)),
        Turn(role="tool", parts=(ToolResult(call_id="c1", parts=()),)),
    )
    body, losses = encode(Request(model="m", origin="openai_responses", turns=turns))
    assert [message["role"] for message in body["messages"]] == ["assistant", "tool"]
    assert body["messages"][0]["content"] == "One."
    assert body["messages"][1] == {"role": "tool", "tool_call_id": "c1", "content": ""}
    assert losses == []


def test_a_tools_failure_is_named() -> None:
    result = ToolResult(call_id="c", parts=(Text(text="no"),), is_error=True)
    body, losses = encode(Request(model="m", turns=(Turn(role="tool", parts=(result,)),)))
    assert body["messages"] == [{"role": "tool", "tool_call_id": "c", "content": "no"}]
    assert losses == ["tool_result_error@turns[0].parts[0]"]


def test_cache_marks_are_openais_own_or_named() -> None:
    turns = (
        Turn(
            role="system",
            parts=(
                Text(text="a", cache=CacheMark(lifetime="30m")),
                Text(text="b", cache=CacheMark()),
            ),
        ),
        Turn(role="user", parts=(Text(text="c"),), cache=CacheMark(lifetime="12h")),
        Turn(role="user", parts=(Text(text="d"),), cache=CacheMark(lifetime="1h")),
    )
    tools = (Tool(name="f", cache=CacheMark()),)
    body, losses = encode(Request(model="m", turns=turns, tools=tools, cache=CacheMark()))
    assert body["messages"] == [
        {
            "role": "system",
            "content": [
                {
                    "type": "text",
                    "text": "a",
                    "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"},
                },
                {"type": "text", "text": "b"},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "c",
                    "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
                }
            ],
        },
        {"role": "user", "content": "d"},
    ]
    assert losses == [
        "cache_mark@turns[0].parts[1].cache",
        "cache_mark@turns[2].cache",
        "cache_mark@tools[0].cache",
        "cache_mark@cache",
    ]


def test_tools_and_the_choice_among_them() -> None:
    request = Request(
        model="m",
        turns=(ASKS,),
        tools=(
            Tool(name="f"),
            Tool(name="sql", description="SQL.", kind="custom"),
            HostedTool(dialect="anthropic_messages", name="web_search", value={}),
            Tool(name="g", extras=Extras(dialect="anthropic_messages", members={"defer": True})),
        ),
        tool_choice=ToolChoice(kind="allowed_required", names=("f", "sql")),
    )
    body, losses = encode(request)
    assert body["tools"] == [
        {"type": "function", "function": {"name": "f"}},
        {"type": "custom", "custom": {"name": "sql", "description": "SQL."}},
        {"type": "function", "function": {"name": "g"}},
    ]
    assert body["tool_choice"] == {
        "type": "allowed_tools",
        "allowed_tools": {
            "mode": "required",
            "tools": [
                {"type": "function", "function": {"name": "f"}},
                {"type": "custom", "custom": {"name": "sql"}},
            ],
        },
    }
    assert losses == ["hosted_tool@tools[2]", "unknown_member@tools[3].defer"]


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice(kind="auto"), "auto"),
        (ToolChoice(kind="none"), "none"),
        (ToolChoice(kind="named", names=("f",)), {"type": "function", "function": {"name": "f"}}),
        (
            ToolChoice(kind="allowed", names=("f",)),
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "f"}}],
                },
            },
        ),
    ],
)
def test_choices_of_tools(choice: ToolChoice, written: object) -> None:
    body, losses = encode(
        Request(model="m", turns=(ASKS,), tools=(Tool(name="f"),), tool_choice=choice)
    )
    assert (body["tool_choice"], losses) == (written, [])


def test_a_schema_gets_the_name_that_chat_asks_for() -> None:
    form = OutputFormat(kind="json_schema", schema=SCHEMA, strict=True)
    body, losses = encode(Request(model="m", turns=(ASKS,), output_format=form))
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert losses == []


@pytest.mark.parametrize(
    ("control", "effort", "losses"),
    [
        (ReasoningControl(effort="xhigh"), "xhigh", []),
        (ReasoningControl(enabled=False), "none", []),
        (ReasoningControl(enabled=True, adaptive=True), None, []),
        (
            ReasoningControl(effort="low", budget_tokens=99_999),
            "low",
            ["reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(budget_tokens=99_999),
            "high",
            ["reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(budget_tokens=1_024),
            "low",
            ["reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(summary="auto", visible=True),
            None,
            ["reasoning_control@reasoning.summary", "reasoning_control@reasoning.visible"],
        ),
    ],
)
def test_thinking_is_graded(
    control: ReasoningControl, effort: str | None, losses: list[str]
) -> None:
    body, found = encode(Request(model="m", turns=(ASKS,), reasoning=control))
    assert (body.get("reasoning_effort"), found) == (effort, losses)


def test_speech() -> None:
    request = Request(model="m", turns=(ASKS,), stream=True, modalities=("text", "audio"))
    assert encode(request)[0]["audio"] == {"voice": "alloy", "format": "pcm16"}
    request = Request(
        model="m", turns=(ASKS,), modalities=("audio", "image"), audio=AudioOutput(voice="ash")
    )
    body, losses = encode(request)
    assert body["audio"] == {"voice": "ash", "format": "wav"}
    assert body["modalities"] == ["audio"]
    assert losses == ["modalities"]


def test_what_is_of_another_api_is_named_with_its_own_severity() -> None:
    request = Request(
        model="m",
        turns=(ASKS,),
        metadata={"a": "b"},
        store=True,
        options=(
            Option(dialect="gemini_generate", name="safetySettings", value=[], severity="refuse"),
            Option(dialect="openai_responses", name="truncation", value="auto"),
        ),
        extras=Extras(dialect="gemini_generate", members={"brandNew": 1}, spelling={"topK": None}),
    )
    encoded = CODEC.encode_request(request, TARGET)
    assert [(str(loss), loss.severity) for loss in encoded.losses] == [
        ("native_option@safetySettings", "refuse"),
        ("native_option@truncation", "drop"),
        ("unknown_member@brandNew", "drop"),
    ]
    assert json.loads(encoded.body) == {
        "model": "gpt-5",
        "messages": [{"role": "user", "content": "hi"}],
        "metadata": {"a": "b"},
        "store": True,
    }


def test_a_bound_that_the_model_takes_is_said() -> None:
    request = Request(model="m", turns=(ASKS,), top_k=40)
    target = Target(model="vllm", capabilities=Capabilities(sampling=("top_k",)))
    assert encode(request, target) == (
        {"model": "vllm", "messages": [{"role": "user", "content": "hi"}], "top_k": 40},
        [],
    )


def test_the_rest_of_the_settings() -> None:
    request = Request(
        model="m",
        turns=(
            Turn(role="developer", parts=(Text(text="d"),), name="dev"),
            Turn(role="user", parts=(Text(text="hi"),), name="ann"),
        ),
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        choices=2,
        logprobs=True,
        top_logprobs=3,
        verbosity="low",
        service_tier="flex",
        cache_key="k",
    )
    assert encode(request) == (
        {
            "model": "gpt-5",
            "messages": [
                {"role": "developer", "content": "d", "name": "dev"},
                {"role": "user", "content": "hi", "name": "ann"},
            ],
            "frequency_penalty": 0.1,
            "presence_penalty": 0.2,
            "seed": 7,
            "n": 2,
            "logprobs": True,
            "top_logprobs": 3,
            "verbosity": "low",
            "service_tier": "flex",
            "prompt_cache_key": "k",
        },
        [],
    )
