"""What becomes of other dialects' requests on their way to Ollama, as tables."""

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
from detente.dialects.ollama_chat import CODEC
from tests.dialects.from_elsewhere import HI, asked, told, user

SCHEMA: Obj = {"type": "object", "properties": {"a": {"type": "integer"}}}
F = Tool(name="f", description="does", parameters=SCHEMA)
WIRE_F = {
    "type": "function",
    "function": {"name": "f", "description": "does", "parameters": SCHEMA},
}
PNG = Inline(media_type="image/png", data="aGk=")
STATE = Opaque(origin="anthropic_messages", value="s")
NEWER = Extras(dialect="openai_responses", members={"newer": 1})

SETTINGS: list[tuple[Request, dict[str, Any], list[str]]] = [
    (asked(), {}, []),
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
        ),
        {
            "options": {
                "num_predict": 5,
                "temperature": 0.5,
                "top_p": 0.25,
                "top_k": 3,
                "frequency_penalty": 0.5,
                "presence_penalty": 1,
                "seed": 7,
                "stop": ["a", "b"],
            }
        },
        [],
    ),
    (asked(logprobs=True, top_logprobs=2), {"logprobs": True, "top_logprobs": 2}, []),
    (asked(output_format=OutputFormat(kind="json_object")), {"format": "json"}, []),
    (
        asked(output_format=OutputFormat(kind="json_schema", name="n", schema=SCHEMA, strict=True)),
        {"format": SCHEMA},
        [],
    ),
    (asked(tools=(F,), tool_choice=ToolChoice(kind="auto")), {"tools": [WIRE_F]}, []),
    (asked(tools=(F,), tool_choice=ToolChoice(kind="none")), {}, []),
    (
        asked(tools=(F,), tool_choice=ToolChoice(kind="named", names=("f",))),
        {"tools": [WIRE_F]},
        ["tool_choice refuse"],
    ),
    (
        asked(tools=(F,), tool_choice=ToolChoice(kind="allowed", names=("f",))),
        {"tools": [WIRE_F]},
        ["tool_choice_allowed@tool_choice refuse"],
    ),
    (
        asked(
            tools=(
                Tool(name="g", strict=True, cache=CacheMark(), extras=NEWER),
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
            "strict_tool@tools[0].strict refuse",
            "cache_mark@tools[0].cache drop",
            "unknown_member@tools[0].newer drop",
            "custom_tool@tools[1] refuse",
            "hosted_tool@tools[2] refuse",
            "parallel_tool_calls drop",
        ],
    ),
    (asked(reasoning=ReasoningControl(enabled=False)), {"think": False}, []),
    (asked(reasoning=ReasoningControl(effort="none")), {"think": False}, []),
    (asked(reasoning=ReasoningControl(effort="minimal")), {"think": "low"}, []),
    (
        asked(reasoning=ReasoningControl(effort="max", summary="auto")),
        {"think": "high"},
        [
            "reasoning_control@reasoning.effort drop",
            "reasoning_control@reasoning.summary drop",
        ],
    ),
    (
        asked(reasoning=ReasoningControl(enabled=True, budget_tokens=1024, visible=False)),
        {"think": True},
        [
            "reasoning_control@reasoning.budget_tokens drop",
            "reasoning_control@reasoning.visible drop",
        ],
    ),
    (
        asked(
            verbosity="low",
            service_tier="flex",
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
            "service_tier drop",
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
            {"role": "system", "content": "be kind\nbe brief"},
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
        user(Text(text="look"), Media(kind="image", source=PNG, detail="high"), Text(text="!")),
        [{"role": "user", "content": "look\n!", "images": ["aGk="]}],
        ["image_detail@turns[0].parts[1].detail drop"],
    ),
    (
        user(
            Media(kind="image", source=Linked(url="https://e.example/a.png")),
            Media(kind="image", source=Uploaded(id="f", dialect="openai_responses")),
            Media(kind="image", source=Plain(text="?")),
            Media(kind="audio", source=PNG, transcript="said"),
            Media(kind="video", source=PNG),
            Media(kind="document", source=Plain(text="d")),
            Native(dialect="openai_responses", name="compaction", value={}),
        ),
        [{"role": "user", "content": "said"}],
        [
            "image_url@turns[0].parts[0] refuse",
            "uploaded_file@turns[0].parts[1] refuse",
            "image@turns[0].parts[2] refuse",
            "audio_input@turns[0].parts[3] refuse",
            "video_input@turns[0].parts[4] refuse",
            "document@turns[0].parts[5] refuse",
            "native_part@turns[0].parts[6] refuse",
        ],
    ),
    (
        asked(
            turns=(
                HI,
                Turn(role="assistant", parts=(Reasoning(text="hm", state=STATE),)),
                Turn(role="assistant", parts=(Text(text="I look", state=STATE),)),
                Turn(
                    role="assistant",
                    parts=(
                        ToolCall(id="1", name="f", arguments='{"a":1}', state=STATE),
                        ToolCall(id="2", name="g", arguments=""),
                    ),
                ),
                Turn(
                    role="user",
                    parts=(
                        ToolResult(call_id="2", parts=(Text(text="second"),), is_error=True),
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
            {"role": "user", "content": "hi"},
            {
                "role": "assistant",
                "content": "I look",
                "thinking": "hm",
                "tool_calls": [
                    {"function": {"name": "f", "arguments": {"a": 1}}},
                    {"function": {"name": "g", "arguments": {}}},
                ],
            },
            {"role": "tool", "content": "second", "tool_name": "g"},
            {"role": "tool", "content": "first", "tool_name": "f"},
            {"role": "user", "content": "go on"},
        ],
        [
            "reasoning_state@turns[1].parts[0] drop",
            "reasoning_state@turns[1].parts[1] drop",
            "reasoning_state@turns[1].parts[2] drop",
            "tool_result_error@turns[2].parts[0].is_error drop",
            "tool_result_media@turns[3].parts[0].parts[1] refuse",
        ],
    ),
    (
        asked(
            turns=(
                Turn(
                    role="assistant",
                    parts=(
                        Refusal(text="no"),
                        Text(text="x", citations=(Citation(kind="url"),), extras=NEWER),
                        ToolCall(id="1", name="f", arguments="[1]"),
                        ToolCall(id="2", name="c", arguments="free", kind="custom"),
                    ),
                    cache=CacheMark(),
                ),
                Turn(role="tool", parts=(ToolResult(call_id="1", data={"b": 2}),)),
            )
        ),
        [
            {
                "role": "assistant",
                "content": "no\nx",
                "tool_calls": [
                    {"function": {"name": "f", "arguments": {"_": "[1]"}}},
                    {"function": {"name": "c", "arguments": {"_": "free"}}},
                ],
            },
            {"role": "tool", "content": '{"b":2}', "tool_name": "f"},
        ],
        [
            "cache_mark@turns[0].cache drop",
            "citations@turns[0].parts[1].citations drop",
            "unknown_member@turns[0].parts[1].newer drop",
            "tools@turns[0].parts[2].arguments drop",
            "tools@turns[0].parts[3].arguments drop",
        ],
    ),
]


@pytest.mark.parametrize(("request_", "messages", "losses"), CONVERSATIONS)
def test_conversations(
    request_: Request, messages: list[dict[str, Any]], losses: list[str]
) -> None:
    assert told(CODEC, request_, "model", "stream") == ({"messages": messages}, losses)
