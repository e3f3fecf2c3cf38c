"""What other dialects' requests become: the exact body, and the exact losses."""

import json
from typing import Any

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.content import (
    CacheMark,
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
    Role,
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
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Target

CLAUDE = "us.anthropic.claude-sonnet-4-6"
NOVA = "us.amazon.nova-2-lite-v1:0"
LLAMA = "us.meta.llama4-maverick-17b-instruct-v1:0"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool(name="weather", description="Tell it", parameters=SCHEMA)
WEATHER_WIRE = {
    "toolSpec": {"name": "weather", "description": "Tell it", "inputSchema": {"json": SCHEMA}}
}
HI = {"role": "user", "content": [{"text": "hi"}]}


def said(role: Role, *parts: Part) -> Turn:
    return Turn(role=role, parts=parts)


def user(text: str = "hi") -> Turn:
    return said("user", Text(text=text))


def encoded(
    request: Request, model: str = CLAUDE, capabilities: Capabilities | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The body, and the losses as `severity feature@path`."""
    target = Target(model=model)
    if capabilities is not None:
        target = Target(model=model, capabilities=capabilities)
    found = CODEC.encode_request(request, target)
    return json.loads(found.body), [f"{loss.severity} {loss}" for loss in found.losses]


def asking(*turns: Turn, **members: Any) -> Request:
    return Request(model="m", turns=turns or (user(),), origin="openai_chat", **members)


def test_a_plain_question() -> None:
    body, losses = encoded(
        asking(
            said("system", Text(text="be brief")),
            user(),
            max_output_tokens=100,
            temperature=0.5,
            top_p=0.9,
            stop=("END",),
            stream=True,
            asks_usage=True,
        )
    )
    assert body == {
        "system": [{"text": "be brief"}],
        "messages": [HI],
        "inferenceConfig": {
            "maxTokens": 100,
            "temperature": 0.5,
            "topP": 0.9,
            "stopSequences": ["END"],
        },
    }
    assert losses == []


def test_roles_are_merged_and_the_developer_is_the_system() -> None:
    body, losses = encoded(
        asking(
            said("developer", Text(text="a")),
            said("system", Text(text="b")),
            Turn(role="user", parts=(Text(text="c"),), name="ann"),
            user("d"),
            said("assistant", Text(text="e")),
            said("assistant", Text(text="f")),
            said("system", Text(text="g")),
            user("h"),
        )
    )
    assert body == {
        "system": [{"text": "a"}, {"text": "b"}],
        "messages": [
            {"role": "user", "content": [{"text": "c"}, {"text": "d"}]},
            {"role": "assistant", "content": [{"text": "e"}, {"text": "f"}]},
            {"role": "system", "content": [{"text": "g"}]},
            {"role": "user", "content": [{"text": "h"}]},
        ],
    }
    assert losses == ["drop developer_role@turns[0]", "drop message_name@turns[2].name"]


def test_parallel_calls_and_their_results() -> None:
    """Each dialect parts results otherwise; here all stand first in the user's next message."""
    body, losses = encoded(
        asking(
            user(),
            said(
                "assistant",
                Text(text="I look"),
                ToolCall(id="c1", name="weather", arguments='{"city":"Paris"}'),
                ToolCall(id="c2", name="weather", arguments=""),
            ),
            said("tool", ToolResult(call_id="c1", parts=(Text(text="sunny"),))),
            user("and?"),
            said(
                "tool",
                ToolResult(
                    call_id="c2",
                    parts=(
                        Text(text="no"),
                        Media(kind="image", source=Inline(media_type="image/jpeg", data="aGk=")),
                    ),
                    is_error=True,
                ),
            ),
            tools=(WEATHER,),
            parallel_tool_calls=True,
        )
    )
    assert body == {
        "messages": [
            HI,
            {
                "role": "assistant",
                "content": [
                    {"text": "I look"},
                    {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"city": "Paris"}}},
                    {"toolUse": {"toolUseId": "c2", "name": "weather", "input": {}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "c1", "content": [{"text": "sunny"}]}},
                    {
                        "toolResult": {
                            "toolUseId": "c2",
                            "content": [
                                {"text": "no"},
                                {"image": {"format": "jpeg", "source": {"bytes": "aGk="}}},
                            ],
                            "status": "error",
                        }
                    },
                    {"text": "and?"},
                ],
            },
        ],
        "toolConfig": {"tools": [WEATHER_WIRE]},
    }
    assert losses == []


def test_results_that_are_objects_empty_or_of_other_kinds() -> None:
    body, losses = encoded(
        asking(
            said("assistant", ToolCall(id="c1", name="weather", arguments="not json")),
            said(
                "user",
                ToolResult(call_id="c1", data={"temperature": 20}, name="weather"),
                ToolResult(call_id="c2"),
                ToolResult(
                    call_id="c3",
                    parts=(Media(kind="audio", source=Inline(media_type="audio/wav", data="aa")),),
                ),
            ),
            tools=(WEATHER,),
        )
    )
    assert body["messages"] == [
        {"role": "user", "content": [{"text": "(start)"}]},
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"_": "not json"}}}
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "c1", "content": [{"json": {"temperature": 20}}]}},
                {"toolResult": {"toolUseId": "c2", "content": [{"text": "(no output)"}]}},
                {"toolResult": {"toolUseId": "c3", "content": [{"text": "(no output)"}]}},
            ],
        },
    ]
    assert losses == [
        "drop tools@turns[0].parts[0].arguments",
        "refuse tool_result_media@turns[1].parts[2].parts[0]",
        "drop history@turns",
    ]


def test_media_of_every_kind_and_source() -> None:
    body, losses = encoded(
        asking(
            said(
                "user",
                Media(kind="image", source=Inline(media_type="image/jpg", data="a"), detail="high"),
                Media(kind="image", source=Linked(url="s3://bucket/a.jpg")),
                Media(kind="image", source=Linked(url="https://a.example/a.png")),
                Media(kind="image", source=Inline(media_type="image/tiff", data="a")),
                Media(kind="video", source=Inline(media_type="video/mp4", data="b")),
                Media(kind="audio", source=Inline(media_type="audio/wav", data="c")),
                Media(
                    kind="document",
                    source=Inline(media_type="application/pdf", data="d"),
                    title="Q1 (draft)_v2.pdf",
                    context="for you",
                    cited=True,
                ),
                Media(kind="document", source=Plain(text="words")),
                Media(kind="document", source=Composed(parts=(Text(text="x"), Text(text="y")))),
                Media(kind="document", source=Uploaded(id="f", dialect="openai_chat")),
            )
        )
    )
    assert body["messages"][0]["content"] == [
        {"image": {"format": "jpeg", "source": {"bytes": "a"}}},
        {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://bucket/a.jpg"}}}},
        {"video": {"format": "mp4", "source": {"bytes": "b"}}},
        {"audio": {"format": "wav", "source": {"bytes": "c"}}},
        {
            "document": {
                "format": "pdf",
                "name": "Q1 (draft) v2",
                "source": {"bytes": "d"},
                "context": "for you",
                "citations": {"enabled": True},
            }
        },
        {"document": {"format": "txt", "name": "document", "source": {"text": "words"}}},
        {"document": {"name": "document 2", "source": {"content": [{"text": "x"}, {"text": "y"}]}}},
        {"text": "Document:"},
    ]
    assert losses == [
        "drop image_detail@turns[0].parts[0].detail",
        "refuse image_url@turns[0].parts[2]",
        "refuse image@turns[0].parts[3]",
        "drop document@turns[0].parts[6].title",
        "refuse uploaded_file@turns[0].parts[9]",
        "drop document@turns",
    ]


def test_only_the_user_sends_media() -> None:
    image = Media(kind="image", source=Inline(media_type="image/png", data="a"))
    body, losses = encoded(asking(user(), said("assistant", image, Text(text="that"))))
    assert body["messages"][1]["content"] == [{"text": "that"}]
    assert losses == ["refuse image@turns[1].parts[0]"]


def test_cache_marks_follow_what_they_mark() -> None:
    request = asking(
        said("system", Text(text="be brief", cache=CacheMark(lifetime="1h"))),
        said("user", Text(text="hi", cache=CacheMark())),
        tools=(
            Tool(name="f", parameters=SCHEMA, cache=CacheMark(lifetime="5m")),
            Tool(name="g", strict=True),
        ),
        cache=CacheMark(lifetime="12h"),
    )
    body, losses = encoded(request)
    assert body == {
        "system": [{"text": "be brief"}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "hi"},
                    {"cachePoint": {"type": "default"}},
                ],
            }
        ],
        "toolConfig": {
            "tools": [
                {"toolSpec": {"name": "f", "inputSchema": {"json": SCHEMA}}},
                {"cachePoint": {"type": "default", "ttl": "5m"}},
                {
                    "toolSpec": {
                        "name": "g",
                        "inputSchema": {"json": {"type": "object", "properties": {}}},
                        "strict": True,
                    }
                },
            ]
        },
    }
    assert losses == ["drop cache_mark@cache"]
    body, losses = encoded(request, LLAMA)
    assert "cachePoint" not in json.dumps(body)
    assert losses == [
        "drop cache_mark@turns[0].parts[0].cache",
        "drop cache_mark@turns[1].parts[0].cache",
        "drop cache_mark@cache",
        "drop cache_mark@tools[0].cache",
    ]


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


def test_a_schema_for_the_answer() -> None:
    form = OutputFormat(
        kind="json_schema", name="City", description="one", schema=SCHEMA, strict=True
    )
    body, losses = encoded(asking(output_format=form))
    assert body["outputConfig"] == {
        "textFormat": {
            "type": "json_schema",
            "structure": {
                "jsonSchema": {
                    "schema": '{"type":"object","properties":{"city":{"type":"string"}}}',
                    "name": "City",
                    "description": "one",
                }
            },
        }
    }
    assert losses == []
    assert encoded(asking(output_format=OutputFormat(kind="json_object"))) == (
        {"messages": [HI]},
        ["refuse json_object@output_format"],
    )
    assert encoded(asking(output_format=OutputFormat(kind="text"))) == ({"messages": [HI]}, [])


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
            {"thinking": {"type": "adaptive"}, "effort": "high"},
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


def test_thoughts_go_back_to_the_platform_that_signed_them_only() -> None:
    own = Opaque(origin="bedrock_converse", value="sig")
    other = Opaque(origin="anthropic_messages", value="sig")
    redacted = Opaque(origin="bedrock_converse", value="cmVk", kind="redacted")
    body, losses = encoded(
        asking(
            user(),
            said(
                "assistant",
                Reasoning(text="a", state=own),
                Reasoning(state=redacted),
                Reasoning(text="b", state=other),
                Reasoning(summary=("c",)),
                Text(text="d", state=Opaque(origin="gemini_generate", value="x")),
            ),
        )
    )
    assert body["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "a", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "cmVk"}},
        {"text": "d"},
    ]
    assert losses == [
        "drop reasoning_state@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[3]",
        "drop reasoning_state@turns[1].parts[4].state",
    ]


def test_what_the_platform_refuses_is_supplied_or_left_out() -> None:
    """Blank texts, a conversation without the user, empty descriptions."""
    body, losses = encoded(
        asking(
            said("assistant", Text(text=" ")),
            said("assistant", Refusal(text="no")),
            tools=(Tool(name="f", description=""),),
        )
    )
    assert body["messages"] == [
        {"role": "user", "content": [{"text": "(start)"}]},
        {"role": "assistant", "content": [{"text": "no"}]},
    ]
    assert "description" not in body["toolConfig"]["tools"][0]["toolSpec"]
    assert losses == ["drop history@turns"]
    assert encoded(Request(model="m", turns=(), origin="openai_chat"))[0] == {
        "messages": [{"role": "user", "content": [{"text": "(start)"}]}]
    }


def test_members_without_a_place_are_named() -> None:
    body, losses = encoded(
        asking(
            top_k=5,
            frequency_penalty=0.1,
            presence_penalty=0.2,
            seed=7,
            choices=2,
            logprobs=True,
            top_logprobs=3,
            verbosity="low",
            user="u",
            cache_key="k",
            modalities=("text", "audio"),
            audio=AudioOutput(voice="v"),
            store=True,
            service_tier="scale",
            metadata={"team": "a", "odd": "ä"},
            options=(
                Option(dialect="openai_chat", name="prediction", value={}, severity="drop"),
                Option(dialect="openai_responses", name="conversation", value=1, severity="refuse"),
            ),
            extras=Extras(dialect="openai_chat", members={"brand_new": 1}),
        ),
        LLAMA,
    )
    assert body == {"messages": [HI], "requestMetadata": {"team": "a"}}
    assert sorted(losses) == sorted(
        [
            "drop top_k",
            "drop frequency_penalty",
            "drop presence_penalty",
            "drop seed",
            "refuse choices",
            "drop logprobs",
            "drop verbosity",
            "drop user",
            "drop cache_key",
            "refuse modalities",
            "refuse audio_output@audio",
            "drop store",
            "drop service_tier",
            "drop metadata",
            "drop native_option@prediction",
            "refuse native_option@conversation",
            "drop unknown_member@brand_new",
        ]
    )


def test_members_with_a_place_of_their_own() -> None:
    body, losses = encoded(asking(top_k=5, service_tier="flex", store=False, choices=1), NOVA)
    assert body == {
        "messages": [HI],
        "additionalModelRequestFields": {"inferenceConfig": {"topK": 5}},
        "serviceTier": {"type": "flex"},
    }
    assert losses == []
    assert encoded(asking(top_k=5))[0]["additionalModelRequestFields"] == {"top_k": 5}
    assert encoded(asking(service_tier="auto")) == ({"messages": [HI]}, [])


def test_unknown_members_of_others_are_named_where_they_stood() -> None:
    extras = Extras(dialect="openai_chat", members={"new": 1}, spelling={"old": None})
    body, losses = encoded(
        asking(
            Turn(role="user", parts=(Text(text="hi", extras=extras),), extras=extras),
            tools=(Tool(name="f", extras=extras),),
            tool_choice=ToolChoice(kind="required", extras=extras),
            output_format=OutputFormat(kind="json_schema", schema={}, extras=extras),
            reasoning=ReasoningControl(effort="low", extras=extras),
        )
    )
    assert body["messages"] == [HI]
    assert sorted(losses) == [
        "drop unknown_member@output_format.new",
        "drop unknown_member@reasoning.new",
        "drop unknown_member@tool_choice.new",
        "drop unknown_member@tools[0].new",
        "drop unknown_member@turns[0].new",
        "drop unknown_member@turns[0].parts[0].new",
    ]


def test_parts_that_only_others_have_are_named() -> None:
    native = Native(dialect="openai_responses", name="compaction", value={"type": "compaction"})
    body, losses = encoded(asking(user(), said("assistant", native, Text(text="x"))))
    assert body["messages"][1]["content"] == [{"text": "x"}]
    assert losses == ["refuse native_part@turns[1].parts[0]"]
