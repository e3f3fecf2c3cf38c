"""What becomes of other dialects' requests on their way to Cohere, as tables."""

from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Plain,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Extras, Obj
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
from detente.dialects.cohere_chat import CODEC
from tests.dialects.from_elsewhere import HI, asked, told, user

SCHEMA: Obj = {"type": "object", "properties": {"a": {"type": "integer"}}}
F = Tool(name="f", description="does", parameters=SCHEMA)
STRICT = Tool(name="f", description="does", parameters=SCHEMA, strict=True)
WIRE_F = {
    "type": "function",
    "function": {"name": "f", "description": "does", "parameters": SCHEMA},
}
PNG = Inline(media_type="image/png", data="aGk=")
STATE = Opaque(origin="anthropic_messages", value="s")
NEWER = Extras(dialect="openai_responses", members={"newer": 1})

SETTINGS: list[tuple[Request, dict[str, Any], list[str]]] = [
    (asked(stream=True, asks_usage=True), {"stream": True}, []),
    (
        asked(
            max_output_tokens=5,
            temperature=0.5,
            top_p=0.25,
            top_k=3,
            frequency_penalty=0.5,
            presence_penalty=1,
            seed=7,
            stop=("a", "b"),
            logprobs=True,
            top_logprobs=2,
        ),
        {
            "max_tokens": 5,
            "temperature": 0.5,
            "p": 0.25,
            "k": 3,
            "frequency_penalty": 0.5,
            "presence_penalty": 1,
            "seed": 7,
            "stop_sequences": ["a", "b"],
            "logprobs": True,
        },
        ["logprobs@top_logprobs drop"],
    ),
    (
        asked(output_format=OutputFormat(kind="json_object")),
        {"response_format": {"type": "json_object"}},
        [],
    ),
    (
        asked(output_format=OutputFormat(kind="json_schema", name="n", schema=SCHEMA, strict=True)),
        {"response_format": {"type": "json_object", "json_schema": SCHEMA}},
        [],
    ),
    (
        asked(tools=(STRICT,), tool_choice=ToolChoice(kind="required")),
        {"tools": [WIRE_F], "strict_tools": True, "tool_choice": "REQUIRED"},
        [],
    ),
    (
        asked(tools=(STRICT, F), tool_choice=ToolChoice(kind="none")),
        {"tools": [WIRE_F, WIRE_F], "strict_tools": True, "tool_choice": "NONE"},
        ["strict_tool@tools[1].strict drop"],
    ),
    (
        asked(tools=(F,), tool_choice=ToolChoice(kind="named", names=("f",))),
        {"tools": [WIRE_F], "tool_choice": "REQUIRED"},
        ["tool_choice refuse"],
    ),
    (
        asked(tools=(F,), tool_choice=ToolChoice(kind="allowed_required", names=("f",))),
        {"tools": [WIRE_F], "tool_choice": "REQUIRED"},
        ["tool_choice_allowed@tool_choice refuse"],
    ),
    (
        asked(
            tools=(
                Tool(name="g", cache=CacheMark(), extras=NEWER),
                Tool(name="h", kind="custom"),
                HostedTool(dialect="openai_responses", name="web_search", value={}),
            ),
            parallel_tool_calls=False,
        ),
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "g", "parameters": {"type": "object", "properties": {}}},
                }
            ]
        },
        [
            "cache_mark@tools[0].cache drop",
            "unknown_member@tools[0].newer drop",
            "custom_tool@tools[1] refuse",
            "hosted_tool@tools[2] refuse",
            "parallel_tool_calls drop",
        ],
    ),
    (
        asked(reasoning=ReasoningControl(enabled=False)),
        {"thinking": {"type": "disabled"}},
        [],
    ),
    (
        asked(reasoning=ReasoningControl(enabled=True, budget_tokens=1024, visible=True)),
        {"thinking": {"type": "enabled", "token_budget": 1024}},
        [],
    ),
    (
        asked(reasoning=ReasoningControl(enabled=True, budget_tokens=1024, visible=False)),
        {"thinking": {"type": "enabled", "token_budget": 1024}},
        ["reasoning_control@reasoning.visible drop"],
    ),
    (
        asked(reasoning=ReasoningControl(effort="low")),
        {"thinking": {"type": "enabled", "token_budget": 1024}},
        ["reasoning_control@reasoning.effort drop"],
    ),
    (
        asked(reasoning=ReasoningControl(effort="max", summary="auto")),
        {"thinking": {"type": "enabled"}},
        [
            "reasoning_control@reasoning.effort drop",
            "reasoning_control@reasoning.summary drop",
        ],
    ),
    (
        asked(
            verbosity="low",
            service_tier="auto",
            user="u",
            cache_key="k",
            cache=CacheMark(),
            audio=AudioOutput(voice="v"),
            store=True,
            metadata={"a": "b"},
            choices=2,
            modalities=("text", "audio"),
            options=(Option(dialect="openai_responses", name="o", value=1, severity="refuse"),),
            extras=NEWER,
        ),
        {},
        [
            "native_option@o refuse",
            "unknown_member@newer drop",
            "verbosity drop",
            "user drop",
            "cache_key drop",
            "cache_mark@cache drop",
            "audio_output@audio refuse",
            "store drop",
            "metadata drop",
            "choices refuse",
            "modalities refuse",
        ],
    ),
]


@pytest.mark.parametrize(("request_", "members", "losses"), SETTINGS)
def test_settings(request_: Request, members: dict[str, Any], losses: list[str]) -> None:
    expected = {"model": "m", "stream": False, **members}
    assert told(CODEC, request_, "messages") == (expected, losses)


CONVERSATIONS: list[tuple[Request, list[dict[str, Any]], list[str]]] = [
    (
        asked(
            instructions=(Text(text="be kind"), Text(text="be brief", cache=CacheMark())),
            turns=(Turn(role="developer", parts=(Text(text="d"),), name="dev"), HI),
        ),
        [
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "be kind"},
                    {"type": "text", "text": "be brief"},
                ],
            },
            {"role": "system", "content": "d"},
            {"role": "user", "content": "hi"},
        ],
        [
            "cache_mark@instructions[1].cache drop",
            "developer_role@turns[0].role drop",
            "message_name@turns[0].name drop",
        ],
    ),
    (
        user(
            Text(text="look"),
            Media(kind="image", source=PNG, detail="high"),
            Media(kind="image", source=Linked(url="https://e.example/a.png")),
        ),
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {
                        "type": "image_url",
                        "image_url": {"url": "data:image/png;base64,aGk=", "detail": "high"},
                    },
                    {"type": "image_url", "image_url": {"url": "https://e.example/a.png"}},
                ],
            }
        ],
        [],
    ),
    (
        user(
            Media(kind="image", source=Uploaded(id="f", dialect="openai_responses")),
            Media(kind="audio", source=PNG, transcript="said"),
            Media(kind="video", source=PNG),
            Media(kind="document", source=Plain(text="d")),
            Native(dialect="openai_responses", name="compaction", value={}),
        ),
        [{"role": "user", "content": "said"}],
        [
            "uploaded_file@turns[0].parts[0] refuse",
            "audio_input@turns[0].parts[1] refuse",
            "video_input@turns[0].parts[2] refuse",
            "document@turns[0].parts[3] refuse",
            "native_part@turns[0].parts[4] refuse",
        ],
    ),
    (
        asked(
            turns=(
                Turn(role="assistant", parts=(Reasoning(summary=("a", "b"), state=STATE),)),
                Turn(role="assistant", parts=(Text(text="I look", state=STATE),)),
                Turn(
                    role="assistant",
                    parts=(
                        ToolCall(id="1", name="f", arguments='{"a":1}', state=STATE),
                        ToolCall(id="2", name="c", arguments="free", kind="custom"),
                    ),
                ),
                Turn(
                    role="user",
                    parts=(
                        ToolResult(call_id="2", data={"b": 2}, is_error=True),
                        ToolResult(
                            call_id="1",
                            parts=(Text(text="first"), Media(kind="image", source=PNG)),
                        ),
                        Text(text="go on"),
                    ),
                ),
            )
        ),
        [
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "a\n\nb"},
                    {"type": "text", "text": "I look"},
                ],
                "tool_calls": [
                    {
                        "id": "1",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"a":1}'},
                    },
                    {
                        "id": "2",
                        "type": "function",
                        "function": {"name": "c", "arguments": '{"_":"free"}'},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "2", "content": '{"b":2}'},
            {"role": "tool", "tool_call_id": "1", "content": "first"},
            {"role": "user", "content": "go on"},
        ],
        [
            "reasoning_state@turns[0].parts[0] drop",
            "reasoning_state@turns[0].parts[1] drop",
            "reasoning_state@turns[0].parts[2] drop",
            "tools@turns[0].parts[3].arguments drop",
            "tool_result_error@turns[1].parts[0].is_error drop",
            "tool_result_media@turns[2].parts[0].parts[1] refuse",
        ],
    ),
    (
        asked(
            turns=(
                Turn(
                    role="assistant",
                    parts=(
                        Refusal(text="no"),
                        Text(
                            text="as told",
                            citations=(
                                Citation(
                                    kind="url",
                                    url="https://e.example",
                                    title="E",
                                    quote="it is",
                                    start=3,
                                    end=7,
                                ),
                            ),
                            extras=NEWER,
                        ),
                    ),
                    cache=CacheMark(),
                ),
            )
        ),
        [
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "no"}, {"type": "text", "text": "as told"}],
                "citations": [
                    {
                        "start": 3,
                        "end": 7,
                        "text": "told",
                        "sources": [
                            {
                                "type": "document",
                                "id": "doc:0",
                                "document": {
                                    "title": "E",
                                    "url": "https://e.example",
                                    "snippet": "it is",
                                },
                            }
                        ],
                        "content_index": 1,
                        "type": "TEXT_CONTENT",
                    }
                ],
            }
        ],
        ["cache_mark@turns[0].cache drop", "unknown_member@turns[0].parts[1].newer drop"],
    ),
]


@pytest.mark.parametrize(("request_", "messages", "losses"), CONVERSATIONS)
def test_conversations(
    request_: Request, messages: list[dict[str, Any]], losses: list[str]
) -> None:
    assert told(CODEC, request_, "model", "stream") == ({"messages": messages}, losses)


def test_a_result_that_only_another_api_has_leaves_no_message_behind() -> None:
    """Cohere refuses a message of a tool that answers no call."""
    lost = Turn(role="tool", parts=(Native(dialect="openai_responses", name="output", value={}),))
    body, losses = told(CODEC, asked(turns=(HI, lost)))
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert losses == ["native_part@turns[1].parts[0] refuse"]
