"""What other dialects' requests become in Messages: a specification by example.

Each test gives a request as another dialect's decoder would, and says the exact body and losses.
"""

import json
from typing import Any

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.content import (
    CacheMark,
    Inline,
    Linked,
    Media,
    Opaque,
    Part,
    Plain,
    Reasoning,
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
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.codec import Target

CLAUDE = Target(model="claude")
WITH_SAMPLING = Target(model="claude", api_version="2023-06-01")
WEATHER = Tool(
    name="weather",
    description="The weather in a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
WEATHER_WIRE = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def says(role: Any, *parts: Part | str) -> Turn:
    told = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    return Turn(role=role, parts=told)


HI = says("user", "hi")


def written(request: Request, target: Target = CLAUDE) -> tuple[dict[str, Any], list[str]]:
    """The body, and the losses: those that change what is asked end with `!`."""
    encoded = CODEC.encode_request(request, target)
    return json.loads(encoded.body), [
        f"{loss}!" if loss.severity == "refuse" else str(loss) for loss in encoded.losses
    ]


def asked(**members: Any) -> Request:
    return Request(model="gpt", origin="openai_chat", turns=members.pop("turns", (HI,)), **members)


def test_a_simple_question() -> None:
    request = asked(instructions=(Text(text="Be brief."),), max_output_tokens=100, stream=True)
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 100,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": True,
        },
        [],
    )


def test_the_limit_is_supplied_from_the_model_or_a_default() -> None:
    known = Target(model="claude", capabilities=Capabilities(output_tokens_max=64_000))
    assert written(asked(), known)[0]["max_tokens"] == 64_000
    assert written(asked()) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "messages": [{"role": "user", "content": "hi"}],
        },
        [],
    )


def test_a_chat_with_parallel_calls() -> None:
    request = asked(
        turns=(
            says("system", "Be brief."),
            says("developer", "Use tools."),
            says("user", "Paris and Rome?"),
            says(
                "assistant",
                "Let me see.",
                ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}'),
                ToolCall(id="call_2", name="weather", arguments=""),
            ),
            says("tool", ToolResult(call_id="call_1", parts=(Text(text="sunny"),))),
            says("tool", ToolResult(call_id="call_2", parts=(Text(text="rain"),))),
            says("user", "And now?"),
        ),
        tools=(WEATHER,),
        tool_choice=ToolChoice(kind="required"),
        parallel_tool_calls=False,
    )
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "tools": [WEATHER_WIRE],
            "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            "system": [
                {"type": "text", "text": "Be brief."},
                {"type": "text", "text": "Use tools."},
            ],
            "messages": [
                {"role": "user", "content": "Paris and Rome?"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "Let me see."},
                        {
                            "type": "tool_use",
                            "id": "call_1",
                            "name": "weather",
                            "input": {"city": "Paris"},
                        },
                        {"type": "tool_use", "id": "call_2", "name": "weather", "input": {}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "call_1", "content": "sunny"},
                        {"type": "tool_result", "tool_use_id": "call_2", "content": "rain"},
                        {"type": "text", "text": "And now?"},
                    ],
                },
            ],
        },
        ["developer_role@turns[1]"],
    )


def test_results_come_first_in_their_message() -> None:
    request = asked(
        turns=(
            HI,
            says("assistant", ToolCall(id="a", name="weather", arguments="{}")),
            says("user", "wait"),
            says("tool", ToolResult(call_id="a", parts=(Text(text="ok"),), is_error=False)),
        ),
        tools=(WEATHER,),
    )
    body, losses = written(request)
    assert losses == []
    assert body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "ok", "is_error": False},
        {"type": "text", "text": "wait"},
    ]


def test_what_the_system_says_later_moves_to_the_front() -> None:
    request = asked(turns=(HI, says("assistant", "yes?"), says("system", "Be kind."), HI))
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "system": "Be kind.",
            "messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "yes?"},
                {"role": "user", "content": "hi"},
            ],
        },
        ["system_position@turns[2]"],
    )


def test_the_system_alone_is_said_by_the_user() -> None:
    body, losses = written(asked(turns=(says("developer", "Tell a joke."),)))
    assert body["messages"] == [{"role": "user", "content": "Tell a joke."}]
    assert "system" not in body
    assert losses == []


def test_sampling_by_the_version_of_the_api() -> None:
    request = asked(temperature=0.5, top_k=3, stop=("END",), service_tier="default", user="u-1")
    body, losses = written(request, WITH_SAMPLING)
    assert (body["temperature"], body["top_k"], body["stop_sequences"]) == (0.5, 3, ["END"])
    assert (body["service_tier"], body["metadata"]) == ("standard_only", {"user_id": "u-1"})
    assert losses == []
    body, losses = written(request)
    assert not {"temperature", "top_k"} & body.keys()
    assert losses == ["temperature", "top_k"]


def test_sampling_that_the_platform_refuses_to_combine() -> None:
    body, losses = written(asked(temperature=0.5, top_p=0.9), WITH_SAMPLING)
    assert ("top_p" in body, losses) == (False, ["top_p"])
    thinking = ReasoningControl(enabled=True, budget_tokens=2000)
    body, losses = written(asked(temperature=1, top_k=5, reasoning=thinking), WITH_SAMPLING)
    assert (body["temperature"], "top_k" in body, losses) == (1, False, ["top_k"])


def test_everything_that_messages_lacks_is_named() -> None:
    request = asked(
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=0,
        choices=2,
        logprobs=True,
        top_logprobs=2,
        verbosity="low",
        service_tier="flex",
        metadata={"team": "shop"},
        cache_key="k",
        modalities=("text", "audio"),
        audio=AudioOutput(voice="alloy"),
        store=True,
        turns=(Turn(role="user", parts=(Text(text="hi"),), name="Ann"),),
        options=(Option(dialect="openai_chat", name="logit_bias", value={}, severity="drop"),),
        extras=Extras(dialect="openai_chat", members={"brand_new": 1}, spelling={"stop": None}),
    )
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "messages": [{"role": "user", "content": "hi"}],
        },
        [
            "message_name@turns[0].name",
            "service_tier",
            "frequency_penalty",
            "presence_penalty",
            "seed",
            "logprobs",
            "logprobs@top_logprobs",
            "verbosity",
            "cache_key",
            "audio_output@audio!",
            "store",
            "metadata",
            "choices!",
            "modalities!",
            "native_option@logit_bias",
            "unknown_member@brand_new",
        ],
    )


def test_what_asks_for_nothing_is_no_loss() -> None:
    request = asked(
        choices=1,
        logprobs=False,
        store=False,
        modalities=("text",),
        temperature=1.0,
        top_p=1,
        frequency_penalty=0,
        presence_penalty=0.0,
    )
    assert written(request)[1] == []


def test_images_and_documents() -> None:
    png = Inline(media_type="image/png", data="QUJD")
    request = asked(
        turns=(
            says(
                "user",
                "look",
                Media(kind="image", source=png, detail="high"),
                Media(kind="image", source=Linked(url="https://example.com/a.jpg"), detail="auto"),
                Media(kind="image", source=Linked(url="gs://bucket/a.jpg")),
                Media(kind="image", source=Inline(media_type="image/tiff", data="QUJD")),
                Media(
                    kind="document",
                    source=Inline(media_type="application/pdf", data="QUJD"),
                    title="a.pdf",
                    cited=True,
                ),
                Media(kind="document", source=Inline(media_type="text/csv", data="QSxC")),
                Media(kind="document", source=Plain(text="plain"), context="a note"),
                Media(kind="document", source=Inline(media_type="application/zip", data="QUJD")),
                Media(kind="audio", source=Inline(media_type="audio/wav", data="QUJD")),
                Media(kind="video", source=Linked(url="gs://bucket/a.mp4")),
            ),
        )
    )
    body, losses = written(request)
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "look"},
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
        },
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"},
            "title": "a.pdf",
            "citations": {"enabled": True},
        },
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "A,B"},
        },
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "plain"},
            "context": "a note",
        },
    ]
    assert losses == [
        "image_detail@turns[0].parts[1].detail",
        "image_url@turns[0].parts[3]!",
        "image@turns[0].parts[4]!",
        "document@turns[0].parts[8]!",
        "audio_input@turns[0].parts[9]!",
        "video_input@turns[0].parts[10]!",
    ]


def test_results_with_images_and_errors() -> None:
    picture = Media(kind="image", source=Inline(media_type="image/png", data="QUJD"))
    sound = Media(kind="audio", source=Inline(media_type="audio/wav", data="QUJD"))
    request = asked(
        turns=(
            HI,
            says("assistant", ToolCall(id="a", name="weather", arguments="{}")),
            says(
                "user",
                ToolResult(call_id="a", parts=(Text(text="no"), picture, sound), is_error=True),
                ToolResult(call_id="b", data={"celsius": 20}, name="weather"),
            ),
        ),
        tools=(WEATHER,),
    )
    body, losses = written(request)
    assert body["messages"][2]["content"] == [
        {
            "type": "tool_result",
            "tool_use_id": "a",
            "content": [
                {"type": "text", "text": "no"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
                },
            ],
            "is_error": True,
        },
        {"type": "tool_result", "tool_use_id": "b", "content": '{"celsius":20}'},
    ]
    assert losses == ["tool_result_media@turns[2].parts[0].parts[2]!"]


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


def test_cache_marks_four_at_most() -> None:
    marked = tuple(
        Text(text=f"part {at}", cache=CacheMark(lifetime=lifetime))
        for at, lifetime in enumerate(("5m", "1h", "30m", None, "12h"))
    )
    body, losses = written(asked(turns=(Turn(role="user", parts=marked),)))
    assert [block.get("cache_control") for block in body["messages"][0]["content"]] == [
        {"type": "ephemeral", "ttl": "5m"},
        {"type": "ephemeral", "ttl": "1h"},
        {"type": "ephemeral", "ttl": "5m"},
        {"type": "ephemeral"},
        None,
    ]
    assert losses == [
        "cache_mark@turns[0].parts[2].cache.lifetime",
        "cache_mark@turns[0].parts[4].cache",
    ]


def test_a_turns_mark_is_its_last_blocks() -> None:
    turn = Turn(role="user", parts=(Text(text="a"), Text(text="b")), cache=CacheMark())
    body, losses = written(asked(turns=(turn,), cache=CacheMark(lifetime="1h")))
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}},
    ]
    assert body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert losses == []


def test_thoughts_of_another_platform_stay_behind() -> None:
    own = Opaque(origin="anthropic_messages", value="SIGNED")
    other = Opaque(origin="openai_responses", value="gAAAA", kind="encrypted")
    hidden = Opaque(origin="anthropic_messages", value="HIDDEN", kind="redacted")
    request = asked(
        turns=(
            HI,
            says(
                "assistant",
                Reasoning(text="I think", state=own),
                Reasoning(state=hidden),
                Reasoning(summary=("He thinks",), state=other),
                Reasoning(text="unsigned"),
                Text(text="so", state=Opaque(origin="gemini_generate", value="sig")),
                ToolCall(id="a", name="weather", arguments="not json"),
            ),
            says("user", ToolResult(call_id="a")),
        ),
        tools=(WEATHER,),
    )
    body, losses = written(request)
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "I think", "signature": "SIGNED"},
        {"type": "redacted_thinking", "data": "HIDDEN"},
        {"type": "text", "text": "so"},
        {"type": "tool_use", "id": "a", "name": "weather", "input": {"_": "not json"}},
    ]
    assert body["messages"][2]["content"] == [{"type": "tool_result", "tool_use_id": "a"}]
    assert losses == [
        "reasoning_state@turns[1].parts[2].state",
        "reasoning_text@turns[1].parts[2]",
        "reasoning_text@turns[1].parts[3]",
        "reasoning_state@turns[1].parts[4].state",
        "tools@turns[1].parts[5].arguments",
    ]


@pytest.mark.parametrize("blank", ["", " \n"])
def test_blank_texts_and_turns_vanish(blank: str) -> None:
    request = asked(turns=(HI, says("assistant", blank), says("user", blank, "go on")))
    body, losses = written(request)
    assert body["messages"] == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "go on"}],
        }
    ]
    assert losses == []


def test_an_option_of_its_own_finds_its_place() -> None:
    request = CODEC.decode_request(
        b'{"model":"m","max_tokens":5,"messages":[],"thinking":{"type":"adaptive",'
        b'"block_binding":{"x":1}},"output_config":{"task_budget":{"type":"tokens","total":9}},'
        b'"inference_geo":"us","anthropic_version":"bedrock-2023-05-31"}'
    )
    assert [(option.name, option.severity) for option in request.options] == [
        ("inference_geo", "refuse"),
        ("output_config.task_budget", "drop"),
        ("thinking.block_binding", "drop"),
    ]
    body, losses = written(request)
    assert losses == []
    assert body == {
        "model": "claude",
        "max_tokens": 5,
        "messages": [],
        "thinking": {"type": "adaptive", "block_binding": {"x": 1}},
        "output_config": {"task_budget": {"type": "tokens", "total": 9}},
        "inference_geo": "us",
        "anthropic_version": "bedrock-2023-05-31",
    }
