"""Reasoning with the official OpenAI client: encrypted, replayed, verified."""

import json
from collections.abc import Iterator

import openai
import pytest
from openai.types.responses import (
    FunctionToolParam,
    Response,
    ResponseFunctionToolCallParam,
    ResponseInputItemParam,
    ResponseReasoningItemParam,
)

from detente.canonical.extras import Obj
from detente.simulator import SimulatorThread, signature
from tests.sim.conftest import KEY

TOOLS: list[FunctionToolParam] = [
    {"type": "function", "name": name, "parameters": {"type": "object"}, "strict": False}
    for name in ("get_weather", "get_image")
]
PROMPT = 'get_weather {"city": "Paris"} get_image {"n": 2} and report'
QUESTION: ResponseInputItemParam = {"role": "user", "content": PROMPT}
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def client_of(simulator: SimulatorThread) -> openai.OpenAI:
    return openai.OpenAI(base_url=simulator.base_url, api_key=KEY, max_retries=0)


@pytest.fixture
def client(openai_simulator: SimulatorThread) -> Iterator[openai.OpenAI]:
    with client_of(openai_simulator) as client:
        yield client


def first_step(client: openai.OpenAI, *, streamed: bool = False) -> Response:
    if streamed:
        with client.responses.stream(
            model="gpt-4", input=[QUESTION], tools=TOOLS, reasoning={"summary": "auto"}
        ) as stream:
            events = list(stream)
            final = stream.get_final_response()
        added = [e.item for e in events if e.type == "response.output_item.added"]
        assert [item.encrypted_content for item in added if item.type == "reasoning"] == [""]
        summary = [e.delta for e in events if e.type == "response.reasoning_summary_text.delta"]
        assert "".join(summary).startswith("Thinking about")
        return final
    return client.responses.create(
        model="gpt-4", input=[QUESTION], tools=TOOLS, reasoning={"summary": "auto"}
    )


def reasoning_of(response: Response) -> ResponseReasoningItemParam:
    item = response.output[0]
    assert item.type == "reasoning"
    assert item.summary[0].text.startswith("Thinking about")
    return {
        "type": "reasoning",
        "id": item.id,
        "summary": [],
        "encrypted_content": item.encrypted_content,
    }


def calls_of(response: Response) -> list[ResponseFunctionToolCallParam]:
    return [
        {
            "type": "function_call",
            "id": item.id or "",
            "call_id": item.call_id,
            "name": item.name,
            "arguments": item.arguments,
        }
        for item in response.output
        if item.type == "function_call"
    ]


def outputs_of(calls: list[ResponseFunctionToolCallParam]) -> list[ResponseInputItemParam]:
    return [
        {
            "type": "function_call_output",
            "call_id": call["call_id"],
            "output": [
                {"type": "input_text", "text": "sunny"},
                {"type": "input_image", "image_url": IMAGE, "detail": "auto"},
            ],
        }
        for call in calls
    ]


def second_step(client: openai.OpenAI, *items: ResponseInputItemParam) -> str:
    return client.responses.create(
        model="gpt-4", input=[QUESTION, *items], tools=TOOLS, reasoning={"effort": "low"}
    ).output_text


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_with_reasoning_and_images(client: openai.OpenAI, *, streamed: bool) -> None:
    response = first_step(client, streamed=streamed)
    calls = calls_of(response)
    assert [json.loads(call["arguments"]) for call in calls] == [{"city": "Paris"}, {"n": 2}]
    assert response.usage is not None
    assert response.usage.output_tokens_details.reasoning_tokens > 0
    said = second_step(client, reasoning_of(response), *calls, *outputs_of(calls))
    first_line, _, report = said.partition("\n")
    assert first_line == "The tool says: sunny sunny"
    told = json.loads(report)
    assert [result["name"] for result in told] == ["get_weather", "get_image"]
    assert [result["media"][0]["bytes"] for result in told] == [8, 8]


def test_encrypted_reasoning_is_verified(client: openai.OpenAI) -> None:
    response = first_step(client)
    calls = calls_of(response)
    reasoning = reasoning_of(response)
    for foreign in ("gAAAAABo", signature.seal("anthropic", "x")):
        changed: ResponseReasoningItemParam = {**reasoning, "encrypted_content": foreign}
        with pytest.raises(openai.BadRequestError) as found:
            second_step(client, changed, *calls, *outputs_of(calls))
        assert found.value.code == "invalid_encrypted_content"


def test_reasoning_by_its_id_alone(client: openai.OpenAI) -> None:
    response = first_step(client)
    calls = calls_of(response)
    reasoning = reasoning_of(response)
    del reasoning["encrypted_content"]  # pyright: ignore[reportTypedDictNotRequiredAccess] -- set
    assert second_step(client, reasoning, *calls, *outputs_of(calls))
    reasoning["id"] = "rs_" + "0" * 48
    with pytest.raises(openai.NotFoundError, match="not found"):
        second_step(client, reasoning, *calls, *outputs_of(calls))


def test_reasoning_and_calls_come_together(client: openai.OpenAI) -> None:
    response = first_step(client)
    calls = calls_of(response)
    outputs = outputs_of(calls)
    with pytest.raises(openai.BadRequestError, match="without its required 'reasoning' item"):
        second_step(client, *calls, *outputs)
    with pytest.raises(openai.BadRequestError, match="without its required following item"):
        second_step(client, reasoning_of(response))
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        second_step(client, reasoning_of(response), *calls, outputs[0])
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        second_step(client, outputs[0])
    unnamed = [{**call, "id": "fc_other"} for call in calls]
    assert client.responses.create(
        model="gpt-4",
        input=[QUESTION, *unnamed, *outputs],  # pyright: ignore[reportArgumentType] -- as a client may
        tools=TOOLS,
    ).output_text


def test_chat_completions_count_reasoning_and_do_not_tell_it(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4",
        reasoning_effort="low",
        messages=[{"role": "user", "content": "echo hi"}],
    )
    assert answer.choices[0].message.content == "hi"
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    assert (
        answer.usage.completion_tokens_details.reasoning_tokens
        == answer.usage.completion_tokens - 1
    )
    assert "reasoning_content" not in answer.choices[0].message.model_dump()


def test_compatible_servers_tell_it(compatible_simulator: SimulatorThread) -> None:
    with client_of(compatible_simulator) as client:
        answer = client.chat.completions.create(
            model="gpt-4",
            reasoning_effort="low",
            messages=[{"role": "user", "content": "echo hi"}],
        )
        chunks = list(
            client.chat.completions.create(
                model="gpt-4",
                reasoning_effort="low",
                stream=True,
                messages=[{"role": "user", "content": "echo hi"}],
            )
        )
    told = answer.choices[0].message.model_dump()["reasoning_content"]
    assert told.startswith("Thinking about")
    deltas = [chunk.choices[0].delta.model_dump() for chunk in chunks]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == told


def test_messages_of_a_chat_must_answer_every_call(client: openai.OpenAI) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}

    def ask(*messages: dict[str, object]) -> str | None:
        body: dict[str, object] = {"messages": list(messages)}
        return (
            client.chat.completions.create(model="gpt-4", messages=[], extra_body=body)
            .choices[0]
            .message.content
        )

    called: dict[str, object] = {"role": "assistant", "tool_calls": [call]}
    answered: dict[str, object] = {"role": "tool", "tool_call_id": "c1", "content": "a"}
    with pytest.raises(openai.BadRequestError, match="must be followed by tool messages"):
        ask(called)
    with pytest.raises(openai.BadRequestError, match="must be followed by tool messages"):
        ask(called, {"role": "user", "content": "go on"})
    with pytest.raises(openai.BadRequestError, match="must be a response to a preceeding message"):
        ask(answered)
    assert ask(called, answered) == "The tool says: a"


LONG = "c" * 65
FUNCTION: Obj = {"type": "function", "function": {"name": "f"}}
NAMELESS: Obj = {"type": "function", "function": {"name": "no spaces"}}
REFUSALS: list[tuple[str, Obj, str]] = [
    ("chat/completions", {"tools": [NAMELESS]}, "does not match pattern"),
    ("chat/completions", {"tool_choice": "required"}, "only allowed when 'tools'"),
    (
        "chat/completions",
        {
            "tools": [FUNCTION],
            "tool_choice": {"type": "function", "function": {"name": "gone"}},
        },
        "does not match any of the specified tools",
    ),
    ("chat/completions", {"stop": ["1", "2", "3", "4", "5"]}, "Invalid request"),
    ("chat/completions", {"temperature": 2.5}, "Invalid request"),
    (
        "chat/completions",
        {
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [{**FUNCTION, "id": "c" * 41}],
                },
                {"role": "tool", "tool_call_id": "c" * 41, "content": "a"},
            ]
        },
        "maximum length 40",
    ),
    ("responses", {"temperature": 3}, "above maximum value"),
    ("responses", {"tools": [{"type": "function", "name": "no spaces"}]}, "does not match pattern"),
    (
        "responses",
        {"input": [{"type": "function_call", "call_id": LONG, "name": "f", "arguments": "{}"}]},
        "maximum length 64",
    ),
]


@pytest.mark.parametrize(("path", "body", "message"), REFUSALS)
def test_what_openai_refuses(client: openai.OpenAI, path: str, body: Obj, message: str) -> None:
    whole: Obj = {"model": "gpt-4", "messages": [{"role": "user", "content": "hi"}], "input": "hi"}
    with pytest.raises(openai.BadRequestError, match=message):
        client.post(f"/{path}", cast_to=object, body={**whole, **body})


@pytest.mark.parametrize("prompt", ["forbidden answer", "forbidden prompt"])
def test_what_is_forbidden_is_filtered(client: openai.OpenAI, prompt: str) -> None:
    answer = client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": prompt}]
    )
    assert answer.choices[0].finish_reason == "content_filter"
    response = client.responses.create(model="gpt-4", input=prompt)
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "content_filter"
