"""What other dialects' requests become in chat, by example: the whole JSON, and all losses."""

import json
from typing import Any

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
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
    assert body == {
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


def test_media_of_a_prompt() -> None:
    assert messages(
        Text(text="Look:"),
        Media(kind="image", source=Inline(media_type="image/png", data="aGk="), detail="low"),
        Media(kind="image", source=Linked(url="https://x.example/a.png")),
        Media(kind="audio", source=Inline(media_type="audio/mpeg", data="aGk=")),
        Media(
            kind="document",
            source=Inline(media_type="application/pdf", data="aGk="),
            title="a.pdf",
        ),
        Media(kind="document", source=Inline(media_type="application/pdf", data="aGk=")),
        Media(kind="document", source=Uploaded(id="file-1", dialect="openai_responses")),
        Media(kind="document", source=Plain(text="plain words")),
        Media(kind="document", source=Composed(parts=(Text(text="a"), Text(text="b")))),
    ) == (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {
                        "type": "image_url",
                        "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"},
                    },
                    {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
                    {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
                    {
                        "type": "file",
                        "file": {
                            "file_data": "data:application/pdf;base64,aGk=",
                            "filename": "a.pdf",
                        },
                    },
                    {
                        "type": "file",
                        "file": {
                            "file_data": "data:application/pdf;base64,aGk=",
                            "filename": "document.pdf",
                        },
                    },
                    {"type": "file", "file": {"file_id": "file-1"}},
                    {"type": "text", "text": "plain words"},
                    {"type": "text", "text": "a"},
                    {"type": "text", "text": "b"},
                ],
            }
        ],
        [],
    )


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Media(kind="video", source=Inline(media_type="video/mp4", data="aGk=")), "video_input"),
        (Media(kind="document", source=Linked(url="https://x.example/a.pdf")), "document"),
        (Media(kind="audio", source=Inline(media_type="audio/ogg", data="aGk=")), "audio_input"),
        (
            Media(kind="image", source=Uploaded(id="f", dialect="anthropic_messages")),
            "uploaded_file",
        ),
        (
            Media(kind="document", source=Uploaded(id="f", dialect="anthropic_messages")),
            "uploaded_file",
        ),
        (Native(dialect="bedrock_converse", name="guard", value={}), "native_part"),
        (ToolCall(id="c", name="f", arguments="{}"), "history"),
    ],
)
def test_what_a_prompt_cannot_hold_is_refused(part: Part, what: str) -> None:
    encoded = CODEC.encode_request(
        Request(model="m", turns=(Turn(role="user", parts=(part,)),)), TARGET
    )
    assert [(str(loss), loss.severity) for loss in encoded.losses] == [
        (f"{what}@turns[0].parts[0]", "refuse")
    ]
    assert json.loads(encoded.body)["messages"] == [{"role": "user", "content": ""}]


def test_what_is_said_about_a_document_is_named() -> None:
    document = Media(
        kind="document",
        source=Plain(text="words"),
        title="T",
        context="C",
        cited=True,
        cache=CacheMark(lifetime="1h"),
        extras=Extras(dialect="anthropic_messages", members={"brand_new": 1}),
    )
    assert messages(document)[1] == [
        "document_context@turns[0].parts[0]",
        "document_citations@turns[0].parts[0]",
        "cache_mark@turns[0].parts[0].cache",
        "unknown_member@turns[0].parts[0].brand_new",
    ]


def test_thoughts_of_other_models_are_left_out() -> None:
    assert messages(
        Reasoning(text="Hm.", state=SIGNED),
        Reasoning(state=Opaque(origin="anthropic_messages", value="x", kind="redacted")),
        Reasoning(summary=("A.", "B.")),
        Text(text="Yes.", state=GOOGLES),
        ToolCall(id="c", name="f", arguments="{}", state=SIGNED),
        role="assistant",
    ) == (
        [
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
                "content": "Yes.",
            }
        ],
        [
            "reasoning_state@turns[0].parts[0]",
            "reasoning_text@turns[0].parts[0]",
            "reasoning_state@turns[0].parts[1]",
            "reasoning_text@turns[0].parts[2]",
            "reasoning_state@turns[0].parts[4]",
            "reasoning_state@turns[0].parts[3]",
        ],
    )


def test_thoughts_of_a_chat_host_go_back_where_it_put_them() -> None:
    """DeepSeek answers 400 where its thoughts are missing within a tool loop, and a client of
    another dialect can bring them."""
    details = '[{"type":"reasoning.encrypted","data":"x"}]'
    assert messages(
        Reasoning(text="Hm.", state=Opaque(origin="openai_chat", value="reasoning_content")),
        Reasoning(text="So.", state=Opaque(origin="openai_chat", value=details, kind="encrypted")),
        Text(text="Yes."),
        role="assistant",
    ) == (
        [
            {
                "role": "assistant",
                "reasoning_content": "Hm.",
                "reasoning": "So.",
                "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}],
                "content": "Yes.",
            }
        ],
        [],
    )


def test_a_calls_signature_goes_to_googles_models_only() -> None:
    call = ToolCall(id="c", name="f", arguments="{}", state=GOOGLES)
    request = Request(model="m", turns=(Turn(role="assistant", parts=(call,)),))
    body, losses = encode(request, Target(model="gemini-3-pro"))
    assert body["messages"][0]["tool_calls"][0]["extra_content"] == {
        "google": {"thought_signature": "dGhvdWdodA=="}
    }
    assert losses == []
    body, losses = encode(request)
    assert "extra_content" not in body["messages"][0]["tool_calls"][0]
    assert losses == ["reasoning_state@turns[0].parts[0]"]


def test_an_answer_in_the_history() -> None:
    spoken = Media(kind="audio", source=Uploaded(id="audio_1", dialect="openai_chat"), id="audio_1")
    drawn = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    sound = Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk="))
    told, losses = messages(
        Refusal(text="I will "), Refusal(text="not."), spoken, drawn, sound, role="assistant"
    )
    assert told == [
        {
            "role": "assistant",
            "refusal": "I will not.",
            "audio": {"id": "audio_1"},
            "content": None,
        }
    ]
    assert losses == ["image@turns[0].parts[3]", "audio_output@turns[0].parts[4]"]
    cited = Text(text="So.", citations=(Citation(kind="url", url="https://x.example"),))
    assert messages(cited, role="assistant") == (
        [{"role": "assistant", "content": "So."}],
        ["citations@turns[0].parts[0]"],
    )
    assert messages(role="assistant")[0] == [{"role": "assistant", "content": ""}]


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
