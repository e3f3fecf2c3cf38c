"""The official Cohere client against a simulated Cohere."""

import json
from collections.abc import Iterator
from typing import Any

import cohere
import httpx2
import pytest
from cohere.core.api_error import ApiError
from cohere.errors import (
    BadRequestError,
    InternalServerError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
    UnprocessableEntityError,
)

from detente.canonical.extras import Json, Obj
from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Hold, Simulator, SimulatorThread, Status, StreamError
from tests.sim.conftest import KEY

MODEL = "command-a-03-2025"
EMBEDDER = "embed-v4.0"
PNG_URL = "data:image/png;base64,iVBORw=="
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": PARAMETERS}}
    for name in ("get_weather", "get_time")
]
QUESTION = 'get_weather {"city": "Paris"} get_time {"city": "Rome"} and report'


def client_of(simulator: SimulatorThread, key: str = KEY) -> cohere.ClientV2:
    return cohere.ClientV2(api_key=key, base_url=simulator.base_url, max_retries=0, timeout=10)


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    running = Simulator("cohere", models=[MODEL, EMBEDDER], api_key=KEY)
    with SimulatorThread(running) as thread:
        yield thread


@pytest.fixture
def client(simulator: SimulatorThread) -> cohere.ClientV2:
    return client_of(simulator)


def said(text: str) -> list[Any]:
    return [cohere.UserChatMessageV2(content=text)]


def text_of(answer: cohere.V2ChatResponse) -> str:
    return "".join(item.text for item in answer.message.content or () if item.type == "text")


def told(events: list[Any]) -> list[tuple[str, str]]:
    """The kinds of a stream's events, and the text of each."""
    found: list[tuple[str, str]] = []
    for event in events:
        delta = getattr(getattr(event, "delta", None), "message", None)
        content = getattr(delta, "content", None)
        text = getattr(content, "text", None) or getattr(content, "thinking", None) or ""
        found.append((event.type, text))
    return found


def test_an_answer_and_its_usage(client: cohere.ClientV2) -> None:
    answer = client.chat(model=MODEL, messages=said("echo hi there"))
    assert (text_of(answer), answer.finish_reason) == ("hi there", "COMPLETE")
    assert answer.usage is not None
    assert answer.usage.billed_units is not None
    assert answer.usage.tokens is not None
    billed = answer.usage.billed_units
    assert (billed.input_tokens, billed.output_tokens) == (3 + 3, 2)
    assert (answer.usage.tokens.input_tokens or 0) > 6


def test_a_stream_is_one_event_a_token(client: cohere.ClientV2) -> None:
    events: list[Any] = list(client.chat_stream(model=MODEL, messages=said("count to 3")))
    assert told(events) == [
        ("message-start", ""),
        ("content-start", ""),
        ("content-delta", "1"),
        ("content-delta", " 2"),
        ("content-delta", " 3"),
        ("content-end", ""),
        ("message-end", ""),
    ]
    last = events[-1].delta
    assert (last.finish_reason, last.usage.billed_units.output_tokens) == ("COMPLETE", 3)


def test_the_stream_is_framed_as_cohere_frames_it(simulator: SimulatorThread) -> None:
    body: Obj = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "echo hi"}],
        "stream": True,
    }
    headers = {"authorization": f"Bearer {KEY}"}
    answer = httpx2.post(simulator.base_url + "/v2/chat", json=body, headers=headers)
    assert answer.headers["content-type"] == "text/event-stream"
    pieces = answer.content.split(b"\n\n")
    assert pieces[0].startswith(b'event: message-start\ndata: {"id":"')
    assert pieces[-2:] == [b"data: [DONE]", b""]


def test_bounds_and_stops(client: cohere.ClientV2) -> None:
    short = client.chat(model=MODEL, messages=said("count to 9"), max_tokens=3)
    assert (text_of(short), short.finish_reason) == ("1 2 3", "MAX_TOKENS")
    stopped = client.chat(model=MODEL, messages=said("count to 9"), stop_sequences=[" 4"])
    assert (text_of(stopped), stopped.finish_reason) == ("1 2 3", "STOP_SEQUENCE")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop(client: cohere.ClientV2, streamed: bool) -> None:
    messages = said(QUESTION)
    calls = _called_streamed(client, messages) if streamed else _called(client, messages)
    assert [(call.function.name, json.loads(call.function.arguments)) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_time", {"city": "Rome"}),
    ]
    messages.append(cohere.AssistantChatMessageV2(tool_calls=calls, tool_plan="a plan"))
    for call, text in zip(calls, ("sunny", "noon"), strict=True):
        document = cohere.DocumentToolContent(document=cohere.Document(data={"is": text}))
        content: Any = text if streamed else [document]
        messages.append(cohere.ToolChatMessageV2(tool_call_id=call.id, content=content))
    report = text_of(client.chat(model=MODEL, messages=messages, tools=TOOLS)).partition("\n")[2]
    found = json.loads(report)
    assert [(one["id"], one["name"]) for one in found] == [
        (call.id, call.function.name) for call in calls
    ]
    assert [one["text"] for one in found] == (
        ["sunny", "noon"] if streamed else ['{"is":"sunny"}', '{"is":"noon"}']
    )


def _called(client: cohere.ClientV2, messages: list[Any]) -> list[Any]:
    answer = client.chat(model=MODEL, messages=messages, tools=TOOLS)
    assert answer.finish_reason == "TOOL_CALL"
    assert answer.message.tool_plan == "I will use get_weather and get_time."
    return list(answer.message.tool_calls or ())


def _called_streamed(client: cohere.ClientV2, messages: list[Any]) -> list[Any]:
    plan, calls = "", list[Any]()
    for event in client.chat_stream(model=MODEL, messages=messages, tools=TOOLS):
        delta: Any = getattr(event, "delta", None)
        if event.type == "tool-plan-delta":
            plan += delta.message.tool_plan
        elif event.type == "tool-call-start":
            calls.append(delta.message.tool_calls)
        elif event.type == "tool-call-delta":
            calls[-1].function.arguments += delta.message.tool_calls.function.arguments
    assert plan == "I will use get_weather and get_time."
    return calls


def test_choices_of_tools(client: cohere.ClientV2) -> None:
    forced = client.chat(model=MODEL, messages=said("hello"), tools=TOOLS, tool_choice="REQUIRED")
    assert [call.function.name for call in forced.message.tool_calls or () if call.function] == [
        "get_weather"
    ]
    none = client.chat(model=MODEL, messages=said("get_time"), tools=TOOLS, tool_choice="NONE")
    assert none.message.tool_calls is None


def test_thoughts_come_first(client: cohere.ClientV2) -> None:
    thinking = cohere.Thinking(type="enabled", token_budget=100)
    answer = client.chat(model=MODEL, messages=said("echo hi"), thinking=thinking)
    assert [item.type for item in answer.message.content or ()] == ["thinking", "text"]
    events = list(client.chat_stream(model=MODEL, messages=said("echo hi"), thinking=thinking))
    text = "".join(text for _, text in told(events))
    assert text.startswith("Thinking about")
    assert text.endswith("hi")


def test_images_and_formats(client: cohere.ClientV2) -> None:
    content: Any = [
        cohere.TextContent(text="describe"),
        cohere.ImageUrlContent(image_url=cohere.ImageUrl(url=PNG_URL)),
    ]
    answer = client.chat(model=MODEL, messages=[cohere.UserChatMessageV2(content=content)])
    assert json.loads(text_of(answer))[0]["bytes"] == 4
    form = cohere.JsonObjectResponseFormatV2(json_schema=PARAMETERS)
    shaped = client.chat(model=MODEL, messages=said("hi"), response_format=form)
    assert json.loads(text_of(shaped)) == {"city": "city"}


def test_embeddings(client: cohere.ClientV2) -> None:
    found = client.embed(
        model=EMBEDDER,
        texts=["a", "b"],
        input_type="search_document",
        embedding_types=["float", "base64"],
        output_dimension=512,
    )
    assert [len(one) for one in found.embeddings.float_ or ()] == [512, 512]
    assert len(found.embeddings.base64 or ()) == 2
    assert found.meta is not None
    assert found.meta.billed_units is not None
    assert found.meta.billed_units.input_tokens == 2


def test_models(simulator: SimulatorThread) -> None:
    client = cohere.Client(api_key=KEY, base_url=simulator.base_url, max_retries=0)
    assert [model.name for model in client.models.list().models] == [MODEL, EMBEDDER]
    assert client.models.get(EMBEDDER).endpoints == ["embed"]
    with pytest.raises(NotFoundError):
        client.models.get("command-z")


def test_wrong_keys_and_models(client: cohere.ClientV2, simulator: SimulatorThread) -> None:
    with pytest.raises(UnauthorizedError) as found:
        client_of(simulator, "wrong").chat(model=MODEL, messages=said("hi"))
    assert found.value.body["message"] == "invalid api token"
    for call in (client.chat, client.chat_stream):
        with pytest.raises(NotFoundError) as unknown:
            list(call(model="command-z", messages=said("hi")))
        assert "model 'command-z' not found" in unknown.value.body["message"]
    assert httpx2.post(simulator.base_url + "/v2/chat").status_code == 401
    headers = {"authorization": f"Bearer {KEY}"}
    assert httpx2.post(simulator.base_url + "/v3/chat", headers=headers).status_code == 404


USER: Json = {"role": "user", "content": "hi"}
CALL: Json = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED: Json = {"role": "assistant", "tool_calls": [CALL]}
TOOL: Json = {"type": "function", "function": {"name": "f", "parameters": {}}}

REFUSALS: list[tuple[Obj, int, str]] = [
    ({}, 400, "messages must not be empty"),
    ({"messages": [{"role": "user"}]}, 400, "must have content"),
    ({"messages": [{"role": "assistant"}]}, 400, "at least one of content or tool_calls"),
    ({"messages": [{"role": "tool", "content": "a", "tool_call_id": "c"}]}, 400, "tool_call_id"),
    ({"messages": [USER, CALLED, USER]}, 400, "must be answered by tool messages"),
    ({"messages": [USER, CALLED]}, 400, "must be answered by tool messages"),
    ({"messages": [{"role": "user", "content": "a", "tool_calls": [CALL]}]}, 400, "tool calls"),
    ({"messages": [{"role": "bot", "content": "a"}]}, 400, "role"),
    ({"messages": [USER], "top_p": 0.5}, 422, "parameter 'top_p' is not a valid field"),
    ({"messages": [{**USER, "name": "a"}]}, 422, "parameter 'name' is not a valid field"),
    ({"messages": [USER], "tools": [{**TOOL, "strict": True}]}, 422, "'strict'"),
    ({"messages": [USER], "tool_choice": "REQUIRED"}, 400, "if tools are specified"),
    ({"messages": [USER], "tools": [TOOL], "tool_choice": "AUTO"}, 400, "AUTO"),
    (
        {"messages": [USER], "tools": [TOOL], "response_format": {"type": "json_object"}},
        400,
        "not supported together with tools",
    ),
    ({"messages": [USER], "p": 1.0}, 400, "0.99"),
    ({"messages": [USER], "frequency_penalty": 2}, 400, "frequency_penalty"),
    ({"messages": [USER], "stop_sequences": list("abcdef")}, 400, "stop_sequences"),
]


@pytest.mark.parametrize(("body", "status", "message"), REFUSALS)
def test_what_cohere_refuses(
    simulator: SimulatorThread, body: Obj, status: int, message: str
) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    url = simulator.base_url + "/v2/chat"
    answer = httpx2.post(url, json={"model": MODEL, **body}, headers=headers)
    assert answer.status_code == status
    assert message in answer.json()["message"]


def test_refusals_are_the_clients_own_exceptions(client: cohere.ClientV2) -> None:
    with pytest.raises(BadRequestError):
        client.chat(model=MODEL, messages=[])
    with pytest.raises(UnprocessableEntityError):
        client.chat(
            model=MODEL,
            messages=said("hi"),
            request_options={"additional_body_parameters": {"top_p": 1}},
        )
    with pytest.raises(BadRequestError, match="exactly one of texts or inputs"):
        client.embed(model=EMBEDDER, input_type="classification")


def test_no_capacity_is_a_429() -> None:
    behaviour = SimulatedProvider(capacity_concurrent=1)
    with SimulatorThread(Simulator("cohere", models=[MODEL], behaviour=behaviour)) as running:
        client = client_of(running)
        running.script(Hold(after_tokens=1))
        stream = client.chat_stream(model=MODEL, messages=said("count to 3"))
        next(stream)
        running.until(lambda gauge: gauge.held == 1)
        with pytest.raises(TooManyRequestsError):
            client.chat(model=MODEL, messages=said("hi"))
        running.release()
        list(stream)


def test_errors_and_cuts_within_a_stream(
    client: cohere.ClientV2, simulator: SimulatorThread
) -> None:
    simulator.script(StreamError(after_tokens=2), Status(status=500))
    events: list[Any] = list(client.chat_stream(model=MODEL, messages=said("count to 5")))
    assert events[-1].delta.error == "internal server error"
    with pytest.raises(InternalServerError):
        client.chat(model=MODEL, messages=said("hi"))
    simulator.script(Cut(after_tokens=2, how="end"), Status(status=418))
    events = list(client.chat_stream(model=MODEL, messages=said("count to 5")))
    assert events[-1].type == "content-delta"
    with pytest.raises(ApiError) as found:
        client.chat(model=MODEL, messages=said("hi"))
    assert found.value.status_code == 418
