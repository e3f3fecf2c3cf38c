"""Requests from elsewhere, as the Responses API takes them: what is sent, and what is lost.

Each test is a line of the specification: canonical values, the exact body, the exact losses.
"""

import json
from typing import Any

import msgspec
import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
    Linked,
    Media,
    Opaque,
    Text,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import (
    AudioOutput,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Tool,
    ToolChoice,
)
from detente.dialects.codec import Target
from detente.dialects.openai_responses.request_decoding import decode_request
from detente.dialects.openai_responses.request_encoding import encode_request
from tests.dialects.openai_responses.asking import SCHEMA, encoded, from_anthropic


def test_the_least_request() -> None:
    body, losses = encoded(from_anthropic())
    assert body == {"model": "gpt", "input": [{"role": "user", "content": "hi"}]}
    assert losses == []


def test_instructions_and_settings_that_both_have() -> None:
    body, losses = encoded(
        from_anthropic(
            instructions=(Text(text="Be brief."), Text(text="Be kind.")),
            stream=True,
            max_output_tokens=99,
            temperature=0.5,
            top_p=0.9,
            parallel_tool_calls=False,
            verbosity="low",
            metadata={"a": "b"},
            user="u1",
            cache_key="k",
            store=False,
        )
    )
    assert body == {
        "model": "gpt",
        "input": [{"role": "user", "content": "hi"}],
        "instructions": "Be brief.\n\nBe kind.",
        "stream": True,
        "max_output_tokens": 99,
        "temperature": 0.5,
        "top_p": 0.9,
        "parallel_tool_calls": False,
        "text": {"verbosity": "low"},
        "metadata": {"a": "b"},
        "safety_identifier": "u1",
        "prompt_cache_key": "k",
        "store": False,
    }
    assert losses == []


def test_settings_that_this_api_lacks_are_named() -> None:
    body, losses = encoded(
        from_anthropic(
            top_k=3,
            frequency_penalty=0.1,
            presence_penalty=0.2,
            seed=7,
            stop=("END",),
            choices=2,
            modalities=("text", "audio"),
            audio=AudioOutput(voice="alloy"),
            cache=CacheMark(lifetime="1h"),
            service_tier="reserved",
        )
    )
    assert body == {"model": "gpt", "input": [{"role": "user", "content": "hi"}]}
    assert losses == [
        "drop service_tier",
        "drop top_k",
        "drop frequency_penalty",
        "drop presence_penalty",
        "drop seed",
        "drop stop",
        "refuse choices",
        "refuse audio_output@audio",
        "refuse modalities",
        "drop cache_mark@cache",
    ]


def test_one_choice_and_a_cached_prompt_are_what_happens_anyway() -> None:
    _, losses = encoded(from_anthropic(choices=1, cache=CacheMark(), modalities=("text",)))
    assert losses == []


def test_tools_say_whether_they_are_strict() -> None:
    tools = (
        Tool(name="look", description="Looks.", parameters=SCHEMA),
        Tool(name="sure", parameters=SCHEMA, strict=True, cache=CacheMark()),
        Tool(name="none"),
        Tool(name="none_strict", strict=True),
        Tool(name="free", description="Free.", kind="custom"),
        HostedTool(dialect="anthropic_messages", name="web_search", value={}),
    )
    body, losses = encoded(from_anthropic(tools=tools))
    nothing: dict[str, Any] = {"type": "object", "properties": {}}
    assert body["tools"] == [
        {
            "type": "function",
            "name": "look",
            "description": "Looks.",
            "parameters": SCHEMA,
            "strict": False,
        },
        {"type": "function", "name": "sure", "parameters": SCHEMA, "strict": True},
        {"type": "function", "name": "none", "parameters": nothing, "strict": False},
        {
            "type": "function",
            "name": "none_strict",
            "parameters": {**nothing, "required": [], "additionalProperties": False},
            "strict": True,
        },
        {"type": "custom", "name": "free", "description": "Free."},
    ]
    assert losses == ["drop cache_mark@tools[1]", "refuse hosted_tool@tools[5]"]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice(kind="auto"), "auto"),
        (ToolChoice(kind="none"), "none"),
        (ToolChoice(kind="required"), "required"),
        (ToolChoice(kind="named", names=("look",)), {"type": "function", "name": "look"}),
        (ToolChoice(kind="named", names=("free",)), {"type": "custom", "name": "free"}),
        (
            ToolChoice(kind="allowed", names=("look", "free")),
            {
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [
                    {"type": "function", "name": "look"},
                    {"type": "custom", "name": "free"},
                ],
            },
        ),
        (
            ToolChoice(kind="allowed_required", names=("look",)),
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "look"}],
            },
        ),
    ],
)
def test_every_choice_of_tools(choice: ToolChoice, wire: object) -> None:
    tools = (Tool(name="look", parameters=SCHEMA), Tool(name="free", kind="custom"))
    body, losses = encoded(from_anthropic(tools=tools, tool_choice=choice))
    assert body["tool_choice"] == wire
    assert losses == []


@pytest.mark.parametrize(
    ("form", "wire"),
    [
        (OutputFormat(kind="text"), {"type": "text"}),
        (OutputFormat(kind="json_object"), {"type": "json_object"}),
        (
            OutputFormat(kind="json_schema", schema=SCHEMA),
            {"type": "json_schema", "name": "answer", "schema": SCHEMA},
        ),
        (
            OutputFormat(
                kind="json_schema", name="place", description="A place.", schema=None, strict=True
            ),
            {
                "type": "json_schema",
                "name": "place",
                "description": "A place.",
                "schema": {"type": "object"},
                "strict": True,
            },
        ),
    ],
)
def test_the_form_of_the_answer(form: OutputFormat, wire: object) -> None:
    body, losses = encoded(from_anthropic(output_format=form))
    assert body["text"] == {"format": wire}
    assert losses == []


@pytest.mark.parametrize(
    ("control", "wire", "lost"),
    [
        (ReasoningControl(enabled=False), {"effort": "none"}, []),
        (ReasoningControl(effort="none"), {"effort": "none"}, []),
        (ReasoningControl(effort="xhigh", summary="detailed"), None, []),
        (ReasoningControl(adaptive=True, visible=True), {"summary": "auto"}, []),
        (
            ReasoningControl(enabled=True, budget_tokens=1_024),
            {"effort": "low"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(budget_tokens=10_000),
            {"effort": "medium"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(budget_tokens=60_000, effort="max"),
            {"effort": "max"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
    ],
)
def test_thinking_is_graded_by_effort(
    control: ReasoningControl, wire: object, lost: list[str]
) -> None:
    body, losses = encoded(from_anthropic(reasoning=control))
    assert body["reasoning"] == wire or (
        wire is None and body["reasoning"] == {"effort": "xhigh", "summary": "detailed"}
    )
    assert losses == lost
    asked = body.get("include") == ["reasoning.encrypted_content"]
    assert asked is (control.enabled is not False and control.effort != "none")


def test_instructions_that_one_text_cannot_hold_are_a_message() -> None:
    image = Media(kind="image", source=Linked(url="https://a.example/x.png"))
    body, losses = encoded(from_anthropic(instructions=(Text(text="Look:"), image)))
    assert "instructions" not in body
    assert body["input"][0] == {
        "type": "message",
        "role": "system",
        "content": [
            {"type": "input_text", "text": "Look:"},
            {"type": "input_image", "detail": "auto", "image_url": "https://a.example/x.png"},
        ],
    }
    assert losses == []


def test_what_instructions_come_with_is_named() -> None:
    words = Text(
        text="Be.",
        cache=CacheMark(lifetime="1h"),
        citations=(Citation(kind="url", url="https://a.example"),),
        state=Opaque(origin="gemini_generate", value="x"),
    )
    body, losses = encoded(from_anthropic(instructions=(words,)))
    assert body["instructions"] == "Be."
    assert losses == [
        "drop cache_mark@instructions[0]",
        "drop reasoning_state@instructions[0]",
        "drop citations@instructions[0]",
    ]


def test_log_probabilities_are_asked_for() -> None:
    body, losses = encoded(from_anthropic(logprobs=True, top_logprobs=3))
    assert body["include"] == ["message.output_text.logprobs"]
    assert body["top_logprobs"] == 3
    assert losses == []


@pytest.mark.parametrize(
    ("tier", "wire"), [("standard", "default"), ("flex", "flex"), ("priority", "priority")]
)
def test_tiers_that_mean_the_same(tier: str, wire: str) -> None:
    body, losses = encoded(from_anthropic(service_tier=tier))
    assert body["service_tier"] == wire
    assert losses == []


def test_what_only_the_other_dialect_has_is_named_with_its_weight() -> None:
    rest = Extras(dialect="anthropic_messages", members={"new": 1})
    body, losses = encoded(
        from_anthropic(
            turns=(Turn(role="user", parts=(Text(text="hi", extras=rest),), extras=rest),),
            tools=(Tool(name="f", parameters=SCHEMA, extras=rest),),
            options=(
                Option(
                    dialect="anthropic_messages", name="container", value="c", severity="refuse"
                ),
                Option(dialect="gemini_generate", name="labels", value={}),
            ),
            extras=rest,
        )
    )
    assert set(body) == {"model", "input", "tools"}
    assert losses == [
        "drop unknown_member@turns[0].new",
        "drop unknown_member@turns[0].parts[0].new",
        "drop unknown_member@tools[0].new",
        "refuse native_option@container",
        "drop native_option@labels",
        "drop unknown_member@new",
    ]


def test_the_model_is_the_targets() -> None:
    request = decode_request(b'{"model":"alias","input":"hi"}')
    assert json.loads(encode_request(request, Target(model="gpt")).body) == {
        "model": "gpt",
        "input": "hi",
    }


def test_a_string_of_this_api_stays_beside_instructions_that_are_a_message() -> None:
    request = decode_request(b'{"model":"gpt","input":"hi"}')
    image = Media(kind="image", source=Linked(url="https://a.example/x.png"))
    more = msgspec.structs.replace(request, instructions=(image,))
    body = json.loads(encode_request(more, Target(model="gpt")).body)
    assert [item["role"] for item in body["input"]] == ["system", "user"]
    none = msgspec.structs.replace(decode_request(b'{"model":"gpt"}'), instructions=(image,))
    assert len(json.loads(encode_request(none, Target(model="gpt")).body)["input"]) == 1
