"""The official Mistral client against a simulated Mistral."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from mistralai.client import Mistral
from mistralai.client.errors import SDKError

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Simulator, SimulatorThread, Status, StreamError
from tests.sim.conftest import KEY

MODEL = "mistral-medium-2505"
EMBEDDER = "mistral-embed"
HI: Any = [{"role": "user", "content": "echo hi"}]
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("get_weather", "get_time")
]


def client_of(simulator: SimulatorThread, key: str = KEY) -> Mistral:
    return Mistral(api_key=key, server_url=simulator.base_url, timeout_ms=10_000)


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(Simulator("mistral", models=[MODEL, EMBEDDER], api_key=KEY)) as thread:
        yield thread


@pytest.fixture
def client(simulator: SimulatorThread) -> Mistral:
    return client_of(simulator)


def message_of(answer: Any) -> Any:
    return answer.choices[0].message


def test_an_answer_and_its_usage(client: Mistral) -> None:
    answer = client.chat.complete(model=MODEL, messages=HI, random_seed=1, safe_prompt=True)
    assert (message_of(answer).content, answer.choices[0].finish_reason) == ("hi", "stop")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 1)


def test_a_stream_ends_with_its_usage(client: Mistral) -> None:
    said: Any = [{"role": "user", "content": "count to 3"}]
    chunks = [event.data for event in client.chat.stream(model=MODEL, messages=said)]
    assert "".join(str(chunk.choices[0].delta.content) for chunk in chunks) == "1 2 3"
    assert [chunk.usage is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop(client: Mistral, streamed: bool) -> None:
    question = 'get_weather {"city": "Rome"} get_time {} and report'
    messages: Any = [{"role": "user", "content": question}]
    calls: list[Any]
    if streamed:
        events = client.chat.stream(model=MODEL, messages=messages, tools=TOOLS)
        deltas = [event.data.choices[0].delta for event in events]
        calls = [call for delta in deltas for call in delta.tool_calls or ()]
    else:
        calls = message_of(
            client.chat.complete(model=MODEL, messages=messages, tools=TOOLS)
        ).tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_time"]
    assert all(len(call.id) == 9 for call in calls)
    messages.append({"role": "assistant", "content": "", "tool_calls": calls})
    messages += [
        {"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": "ok"}
        for call in calls
    ]
    told = message_of(client.chat.complete(model=MODEL, messages=messages, tools=TOOLS)).content
    report = json.loads(told.partition("\n")[2])
    assert [(one["name"], one["text"]) for one in report] == [
        ("get_weather", "ok"),
        ("get_time", "ok"),
    ]


def test_any_tool_must_be_called(client: Mistral) -> None:
    answer = client.chat.complete(model=MODEL, messages=HI, tools=TOOLS, tool_choice="any")
    assert message_of(answer).tool_calls[0].function.name == "get_weather"


def test_thoughts_are_parts(client: Mistral) -> None:
    answer = client.chat.complete(model=MODEL, messages=HI, reasoning_effort="high")
    assert [part.type for part in message_of(answer).content] == ["thinking", "text"]


def test_embeddings(client: Mistral) -> None:
    answer = client.embeddings.create(model=EMBEDDER, inputs=["a", "b"], output_dimension=8)
    assert [len(one.embedding or ()) for one in answer.data] == [8, 8]


def test_an_answer_to_go_on_with_is_marked(client: Mistral) -> None:
    started: Any = [*HI, {"role": "assistant", "content": "He", "prefix": True}]
    assert message_of(client.chat.complete(model=MODEL, messages=started)).content == "hi"
    started[-1]["prefix"] = False
    with pytest.raises(SDKError, match="Expected last role"):
        client.chat.complete(model=MODEL, messages=started)


def post(simulator: SimulatorThread, path: str, body: object) -> httpx2.Response:
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx2.post(simulator.base_url + path, json=body, headers=headers)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"store": False}, ["body", "store"]),
        ({"max_completion_tokens": 3}, ["body", "max_completion_tokens"]),
        ({"stream_options": {}}, ["body", "stream_options"]),
        (
            {"messages": [{"role": "user", "content": "x", "name": "n"}]},
            ["body", "messages", 0, "user", "name"],
        ),
        (
            {"messages": [{"role": "developer", "content": "x"}]},
            ["body", "messages", 0, "role"],
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}
                ]
            },
            ["body", "messages", 0, "user", "content", 0, "file"],
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "input_audio", "input_audio": {"data": "aGk="}}],
                    }
                ]
            },
            ["body", "messages", 0, "user", "content", 0, "input_audio"],
        ),
    ],
)
def test_what_nobody_knows_is_refused(
    simulator: SimulatorThread, more: dict[str, object], place: list[object]
) -> None:
    body: dict[str, object] = {"model": MODEL, "messages": HI, **more}
    answer = post(simulator, "/v1/chat/completions", body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == place
    wanted = post(simulator, "/v1/embeddings", {"model": EMBEDDER, "input": "a", "dimensions": 8})
    assert (wanted.status_code, wanted.json()["detail"][0]["loc"]) == (422, ["body", "dimensions"])


def test_an_id_that_mistral_did_not_make_is_refused(simulator: SimulatorThread) -> None:
    calls = [{"id": "call_1", "function": {"name": "f", "arguments": "{}"}}]
    messages = [
        *HI,
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": "x"},
    ]
    body = {"model": MODEL, "messages": messages, "tools": TOOLS}
    answer = post(simulator, "/v1/chat/completions", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "3280")


def test_a_guardrail_blocks(client: Mistral) -> None:
    said: Any = [{"role": "user", "content": "forbidden prompt"}]
    guarded: Any = [{"block_on_error": True, "moderation_llm_v2": {"action": "block"}}]
    with pytest.raises(SDKError) as found:
        client.chat.complete(model=MODEL, messages=said, guardrails=guarded)
    assert found.value.status_code == 403
    assert client.chat.complete(model=MODEL, messages=HI, guardrails=guarded).choices


def test_errors(simulator: SimulatorThread) -> None:
    with pytest.raises(SDKError) as wrong:
        client_of(simulator, "wrong").chat.complete(model=MODEL, messages=HI)
    assert (wrong.value.status_code, json.loads(wrong.value.body)) == (
        401,
        {"detail": "Unauthorized"},
    )
    with pytest.raises(SDKError) as unknown:
        client_of(simulator).chat.complete(model="mistral-9", messages=HI)
    body = json.loads(unknown.value.body)
    assert (unknown.value.status_code, body["type"], body["code"]) == (
        400,
        "invalid_model",
        "1500",
    )
    assert post(simulator, "/v1/nothing", {}).status_code == 404


def test_above_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    running = Simulator("mistral", models=[MODEL], behaviour=behaviour)
    with SimulatorThread(running) as thread, pytest.raises(SDKError) as found:
        client_of(thread).chat.complete(model=MODEL, messages=HI)
    assert json.loads(found.value.body)["code"] == "1300"
    assert found.value.headers["x-ratelimit-remaining-req-minute"] == "0"
    assert found.value.headers["retry-after"] == "60"


def test_a_scripted_failure_and_a_broken_stream(
    simulator: SimulatorThread, client: Mistral
) -> None:
    simulator.script(Status(status=503), StreamError(after_tokens=1), Cut(after_tokens=1))
    with pytest.raises(SDKError) as found:
        client.chat.complete(model=MODEL, messages=HI)
    assert json.loads(found.value.body)["type"] == "unreachable_backend"
    for _ in range(2):
        with pytest.raises(Exception, match=r"validation|peer|incomplete|closed"):
            list(client.chat.stream(model=MODEL, messages=HI))
