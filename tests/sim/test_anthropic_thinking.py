"""Thinking with the official Anthropic client: signed, replayed, verified."""

import base64
import json
from collections.abc import Iterator

import anthropic
import httpx2
import pytest
from anthropic.types import (
    ContentBlock,
    ContentBlockParam,
    MessageParam,
    ThinkingConfigParam,
    ToolParam,
)

from detente.canonical.extras import Obj
from detente.simulator import SimulatorThread, signature
from tests.sim.conftest import KEY

MODEL = "claude-sonnet-5-5"
PNG = b"\x89PNG\xff\xfe not really"
TOOLS: list[ToolParam] = [
    {"name": name, "input_schema": {"type": "object"}} for name in ("get_weather", "get_image")
]
THINKING: ThinkingConfigParam = {"type": "enabled", "budget_tokens": 1024}
QUESTION: MessageParam = {
    "role": "user",
    "content": 'get_weather {"city": "Paris"} get_image {"n": 2} and report',
}


@pytest.fixture
def client(anthropic_simulator: SimulatorThread) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(
        base_url=anthropic_simulator.base_url, api_key=KEY, max_retries=0
    ) as client:
        yield client


def first_step(client: anthropic.Anthropic, *, streamed: bool = False) -> list[ContentBlock]:
    if streamed:
        with client.messages.stream(
            model=MODEL, max_tokens=2048, messages=[QUESTION], tools=TOOLS, thinking=THINKING
        ) as stream:
            return list(stream.get_final_message().content)
    answer = client.messages.create(
        model=MODEL, max_tokens=2048, messages=[QUESTION], tools=TOOLS, thinking=THINKING
    )
    details = answer.usage.output_tokens_details
    assert details is not None
    assert 0 < (details.thinking_tokens or 0) < answer.usage.output_tokens
    return answer.content


def replayed(content: list[ContentBlock]) -> list[ContentBlockParam]:
    found: list[ContentBlockParam] = []
    for block in content:
        if block.type == "thinking":
            found.append(
                {"type": "thinking", "thinking": block.thinking, "signature": block.signature}
            )
        elif block.type == "tool_use":
            found.append(
                {"type": "tool_use", "id": block.id, "name": block.name, "input": block.input}
            )
    return found


def second_step(
    client: anthropic.Anthropic,
    content: list[ContentBlockParam],
    thinking: ThinkingConfigParam = THINKING,
) -> str:
    image = base64.b64encode(PNG).decode()
    results: list[ContentBlockParam] = [
        {
            "type": "tool_result",
            "tool_use_id": block["id"],
            "is_error": block["name"] == "get_image",
            "content": [
                {"type": "text", "text": "sunny"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": image},
                },
            ],
        }
        for block in content
        if block["type"] == "tool_use"
    ]
    answer = client.messages.create(
        model=MODEL,
        max_tokens=2048,
        tools=TOOLS,
        thinking=thinking,
        messages=[
            QUESTION,
            {"role": "assistant", "content": content},
            {"role": "user", "content": results},
        ],
    )
    last = answer.content[-1]
    assert last.type == "text"
    return last.text


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_with_thoughts_and_images(
    client: anthropic.Anthropic, *, streamed: bool
) -> None:
    content = first_step(client, streamed=streamed)
    assert [block.type for block in content] == ["thinking", "tool_use", "tool_use"]
    first_line, _, report = second_step(client, replayed(content)).partition("\n")
    assert first_line == "The tool says: sunny sunny"
    told = json.loads(report)
    assert [(result["name"], result["error"]) for result in told] == [
        ("get_weather", False),
        ("get_image", True),
    ]
    assert [result["media"][0]["bytes"] for result in told] == [len(PNG)] * 2


def test_thoughts_are_verified(client: anthropic.Anthropic) -> None:
    content = replayed(first_step(client))
    thought = content[0]
    assert isinstance(thought, dict)
    assert thought["type"] == "thinking"
    foreign: ContentBlockParam = {**thought, "signature": signature.sign("bedrock", "x")}
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking` block"):
        second_step(client, [foreign, *content[1:]])
    changed: ContentBlockParam = {**thought, "thinking": thought["thinking"] + "!"}
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        second_step(client, [changed, *content[1:]])
    unsigned: ContentBlockParam = {**thought, "signature": ""}
    with pytest.raises(anthropic.BadRequestError, match="Field required"):
        second_step(client, [unsigned, *content[1:]])
    redacted: ContentBlockParam = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3p"}
    with pytest.raises(anthropic.BadRequestError, match="Invalid `data`"):
        second_step(client, [redacted, *content[1:]])
    redacted["data"] = signature.seal("anthropic", "hm")
    assert second_step(client, [redacted, *content[1:]])


def test_a_tool_loop_needs_its_thought_while_thinking_is_enabled(
    client: anthropic.Anthropic,
) -> None:
    calls = replayed(first_step(client))[1:]
    with pytest.raises(anthropic.BadRequestError, match="Expected `thinking`"):
        second_step(client, calls)
    assert second_step(client, calls, {"type": "disabled"})
    assert second_step(client, calls, {"type": "adaptive"})


def test_calls_and_results_belong_together(client: anthropic.Anthropic) -> None:
    call: ContentBlockParam = {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}
    result: ContentBlockParam = {"type": "tool_result", "tool_use_id": "t1", "content": "a"}

    def ask(*messages: MessageParam) -> anthropic.types.Message:
        return client.messages.create(
            model=MODEL, max_tokens=9, tools=TOOLS, messages=[QUESTION, *messages]
        )

    called: MessageParam = {"role": "assistant", "content": [call]}
    with pytest.raises(anthropic.BadRequestError, match="without `tool_result` blocks"):
        ask(called, {"role": "user", "content": "go on"})
    with pytest.raises(anthropic.BadRequestError, match="unexpected `tool_use_id`"):
        ask({"role": "assistant", "content": "hi"}, {"role": "user", "content": [result]})
    with pytest.raises(anthropic.BadRequestError, match="must be non-empty"):
        ask({"role": "user", "content": [{"type": "text", "text": ""}]})
    assert ask(called, called, {"role": "user", "content": [result]}).stop_reason == "max_tokens"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"thinking": {"type": "enabled"}}, "budget_tokens: Field required"),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "greater than or equal to 1024"),
        ({"thinking": THINKING, "max_tokens": 1024}, "must be greater than"),
        ({"thinking": THINKING, "tool_choice": {"type": "any"}}, "forces tool use"),
    ],
)
def test_settings_that_contradict_thinking(
    client: anthropic.Anthropic, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=message):
        client.messages.create(
            model=MODEL, max_tokens=2048, messages=[QUESTION], tools=TOOLS, extra_body=settings
        )


REFUSALS: list[tuple[Obj, str]] = [
    ({"tools": [{"name": "no spaces", "input_schema": {}}]}, "tools"),
    ({"tool_choice": {"type": "any"}}, "only be specified while providing tools"),
    (
        {
            "tools": [{"name": "f", "input_schema": {}}],
            "tool_choice": {"type": "tool", "name": "gone"},
        },
        "not found in provided tools",
    ),
    ({"temperature": 1.5}, "temperature"),
    (
        {
            "messages": [
                {"role": "user", "content": "hi"},
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "a:b", "name": "f", "input": {}}],
                },
            ]
        },
        "tool_use.id: String should match pattern",
    ),
    (
        {
            "messages": [
                {"role": "user", "content": "hi"},
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}],
                },
            ]
        },
        "messages.1: `tool_use` ids were found",
    ),
]


@pytest.mark.parametrize(("settings", "message"), REFUSALS)
def test_what_anthropic_refuses(
    anthropic_simulator: SimulatorThread, settings: Obj, message: str
) -> None:
    body: Obj = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    answer = httpx2.post(
        anthropic_simulator.base_url + "/v1/messages",
        json={**body, **settings},
        headers={"x-api-key": KEY, "anthropic-version": "2023-06-01"},
    )
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_what_is_forbidden_is_refused(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(
        model=MODEL,
        max_tokens=99,
        messages=[{"role": "user", "content": "forbidden answer"}],
    )
    assert answer.stop_reason == "refusal"
