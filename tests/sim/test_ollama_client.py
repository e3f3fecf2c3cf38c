"""The official Ollama client against a simulated Ollama."""

# pyright: reportUnknownMemberType=false
# The client takes functions of any type as tools.

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import ollama
import pytest

from detente.canonical.extras import Json, Obj
from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Hold, Simulator, SimulatorThread, Status, StreamError
from tests.sim.conftest import KEY

MODEL = "llama3.1"
EMBEDDER = "nomic-embed-text"
PNG = b"\x89PNG\xff\xfe not really"
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": PARAMETERS}}
    for name in ("get_weather", "get_time")
]
QUESTION = 'get_weather {"city": "Paris"} get_time {"city": "Rome"} and report'


def client_of(simulator: SimulatorThread, key: str = KEY) -> ollama.Client:
    headers = {"authorization": f"Bearer {key}"}
    return ollama.Client(host=simulator.base_url, headers=headers, timeout=10)


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    running = Simulator("ollama", models=[MODEL, EMBEDDER], api_key=KEY)
    with SimulatorThread(running) as thread:
        yield thread


@pytest.fixture
def client(simulator: SimulatorThread) -> ollama.Client:
    return client_of(simulator)


def said(text: str) -> list[ollama.Message]:
    return [ollama.Message(role="user", content=text)]


def test_an_answer_and_its_usage(client: ollama.Client) -> None:
    answer = client.chat(model=MODEL, messages=said("echo hi there"))
    assert (answer.message.content, answer.done, answer.done_reason) == ("hi there", True, "stop")
    assert (answer.prompt_eval_count, answer.eval_count) == (3 + 3, 2)
    assert (answer.total_duration or 0) >= (answer.eval_duration or 0) > 0


def test_a_model_may_be_named_with_its_tag(client: ollama.Client) -> None:
    answer = client.chat(model=f"{MODEL}:latest", messages=said("echo hi"))
    assert (answer.message.content, answer.model) == ("hi", f"{MODEL}:latest")


def test_a_stream_is_one_line_a_token(client: ollama.Client) -> None:
    lines = list(client.chat(model=MODEL, messages=said("count to 4"), stream=True))
    assert [line.message.content for line in lines] == ["1", " 2", " 3", " 4", ""]
    assert [line.done for line in lines] == [False] * 4 + [True]
    assert (lines[-1].done_reason, lines[-1].eval_count) == ("stop", 4)


def test_streams_are_lines_and_whole_answers_json(simulator: SimulatorThread) -> None:
    body: Obj = {"model": MODEL, "messages": [{"role": "user", "content": "count to 2"}]}
    url, headers = simulator.base_url + "/api/chat", {"authorization": f"Bearer {KEY}"}
    streamed = httpx2.post(url, json=body, headers=headers)
    assert streamed.headers["content-type"] == "application/x-ndjson"
    assert len(streamed.content.splitlines()) == 3
    whole = httpx2.post(url, json={**body, "stream": False}, headers=headers)
    assert whole.headers["content-type"] == "application/json"
    assert whole.json()["message"] == {"role": "assistant", "content": "1 2"}


def test_bounds_and_stops(client: ollama.Client) -> None:
    short = client.chat(model=MODEL, messages=said("count to 9"), options={"num_predict": 3})
    assert (short.message.content, short.done_reason) == ("1 2 3", "length")
    unbounded = client.chat(model=MODEL, messages=said("count to 9"), options={"num_predict": -1})
    assert unbounded.message.content == "1 2 3 4 5 6 7 8 9"
    stopped = client.chat(model=MODEL, messages=said("count to 9"), options={"stop": [" 4"]})
    assert (stopped.message.content, stopped.done_reason) == ("1 2 3", "stop")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_without_ids(client: ollama.Client, streamed: bool) -> None:
    messages: list[Any] = list(said(QUESTION))
    if streamed:
        lines = list(client.chat(model=MODEL, messages=messages, tools=TOOLS, stream=True))
        calls = [call for line in lines for call in line.message.tool_calls or ()]
    else:
        answer = client.chat(model=MODEL, messages=messages, tools=TOOLS)
        assert (answer.message.content, answer.done_reason) == ("", "stop")
        calls = list(answer.message.tool_calls or ())
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_time", {"city": "Rome"}),
    ]
    messages.append(ollama.Message(role="assistant", tool_calls=calls))
    messages.append(ollama.Message(role="tool", content="sunny"))
    messages.append(ollama.Message(role="tool", content="noon", tool_name="get_time"))
    told = client.chat(model=MODEL, messages=messages, tools=TOOLS).message.content or ""
    first, _, report = told.partition("\n")
    assert first == "The tool says: sunny noon"
    assert [(one["name"], one["text"]) for one in json.loads(report)] == [
        ("get_weather", "sunny"),
        ("get_time", "noon"),
    ]


def test_thoughts_are_told_where_asked_for(client: ollama.Client) -> None:
    answer = client.chat(model=MODEL, messages=said("echo hi"), think=True)
    assert (answer.message.thinking or "").startswith("Thinking about")
    assert answer.message.content == "hi"
    lines = list(client.chat(model=MODEL, messages=said("echo hi"), think="high", stream=True))
    assert "".join(line.message.thinking or "" for line in lines) == answer.message.thinking
    assert client.chat(model=MODEL, messages=said("echo hi")).message.thinking is None


def test_images_and_formats(client: ollama.Client) -> None:
    seen = ollama.Message(role="user", content="describe", images=[ollama.Image(value=PNG)])
    answer = client.chat(model=MODEL, messages=[seen])
    assert json.loads(answer.message.content or "")[0]["bytes"] == len(PNG)
    shaped = client.chat(model=MODEL, messages=said("hi"), format=PARAMETERS)
    assert json.loads(shaped.message.content or "") == {"city": "city"}


def test_a_request_without_messages_loads_the_model(client: ollama.Client) -> None:
    answer = client.chat(model=MODEL, messages=[])
    assert (answer.done, answer.done_reason) == (True, "load")


def test_embeddings_in_both_forms(client: ollama.Client) -> None:
    found = client.embed(model=EMBEDDER, input=["a", "b"], dimensions=8)
    assert [len(one) for one in found.embeddings] == [8, 8]
    assert found.prompt_eval_count == 2
    lone = client.embed(model=EMBEDDER, input="a").embeddings[0]
    assert list(client.embeddings(model=EMBEDDER, prompt="a").embedding) == list(lone)
    with pytest.raises(ollama.ResponseError, match="context length"):
        client.embed(model=EMBEDDER, input="a " * 3000, truncate=False)


def test_models_and_version(client: ollama.Client, simulator: SimulatorThread) -> None:
    assert [model.model for model in client.list().models] == [MODEL, EMBEDDER]
    assert "tools" in (client.show(MODEL).capabilities or [])
    assert client.show(EMBEDDER).capabilities == ["embedding"]
    with pytest.raises(ollama.ResponseError) as found:
        client.show("llama9")
    assert (found.value.status_code, found.value.error) == (404, "model 'llama9' not found")
    headers = {"authorization": f"Bearer {KEY}"}
    assert httpx2.get(simulator.base_url + "/api/version", headers=headers).json()["version"]


def test_openais_dialects_are_served_beside_it(simulator: SimulatorThread) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    body: Obj = {"model": MODEL, "messages": [{"role": "user", "content": "echo hi"}]}
    url = simulator.base_url + "/v1/chat/completions"
    answer = httpx2.post(url, json=body, headers=headers).json()
    assert answer["choices"][0]["message"]["content"] == "hi"
    wrong = httpx2.post(url, json={**body, "model": "gpt-9"}, headers=headers)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (404, "model_not_found")
    assert httpx2.post(simulator.base_url + "/v1/nothing", headers=headers).status_code == 404


def test_wrong_keys_and_models(client: ollama.Client, simulator: SimulatorThread) -> None:
    with pytest.raises(ollama.ResponseError) as found:
        client_of(simulator, "wrong").chat(model=MODEL, messages=said("hi"))
    assert (found.value.status_code, found.value.error) == (401, "unauthorized")
    for streamed in (False, True):
        with pytest.raises(ollama.ResponseError) as found:
            list(client.chat(model="llama9", messages=said("hi"), stream=streamed))
        assert (found.value.status_code, found.value.error) == (404, "model 'llama9' not found")


CALLED: Obj = {"function": {"name": "f", "arguments": '{"a": 1}'}}
USER: Json = {"role": "user", "content": "hi"}

REFUSALS: list[tuple[Obj, str]] = [
    ({"messages": [USER]}, "model is required"),
    ({"model": MODEL, "messages": "hi"}, "cannot unmarshal"),
    ({"model": MODEL, "messages": [{"role": "developer", "content": "a"}]}, "invalid role"),
    ({"model": MODEL, "messages": [{"role": "user", "content": [USER]}]}, "cannot unmarshal"),
    ({"model": MODEL, "messages": [{"role": "assistant", "tool_calls": [CALLED]}]}, "arguments"),
    ({"model": MODEL, "messages": [USER], "think": "much"}, "invalid think value"),
    ({"model": MODEL, "messages": [USER], "options": {"temperature": "hot"}}, "temperature"),
    ({"model": MODEL, "messages": [USER], "format": "xml"}, "cannot unmarshal"),
    ({"model": MODEL, "messages": [{**USER, "images": ["%"]}]}, "ase64"),
]


@pytest.mark.parametrize(("body", "message"), REFUSALS)
def test_what_ollama_refuses(simulator: SimulatorThread, body: Obj, message: str) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    answer = httpx2.post(simulator.base_url + "/api/chat", json=body, headers=headers)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]"])
def test_bodies_that_are_none(simulator: SimulatorThread, body: bytes) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    answer = httpx2.post(simulator.base_url + "/api/chat", content=body, headers=headers)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_no_key_is_asked_for_where_there_is_none() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=1)
    with SimulatorThread(Simulator("ollama", models=[MODEL], behaviour=behaviour)) as running:
        client = ollama.Client(host=running.base_url, timeout=10)
        assert client.chat(model=MODEL, messages=said("echo hi")).message.content == "hi"
        with pytest.raises(ollama.ResponseError) as found:
            client.chat(model=MODEL, messages=said("echo hi"))
    assert found.value.status_code == 429


def test_a_full_queue_is_a_503() -> None:
    behaviour = SimulatedProvider(capacity_concurrent=1)
    with SimulatorThread(Simulator("ollama", models=[MODEL], behaviour=behaviour)) as running:
        client = ollama.Client(host=running.base_url, timeout=10)
        running.script(Hold(after_tokens=1))
        stream = client.chat(model=MODEL, messages=said("count to 3"), stream=True)
        next(stream)
        running.until(lambda gauge: gauge.held == 1)
        with pytest.raises(ollama.ResponseError, match="server busy") as found:
            client.chat(model=MODEL, messages=said("hi"))
        running.release()
        list(stream)
    assert found.value.status_code == 503


def test_errors_and_cuts_within_a_stream(client: ollama.Client, simulator: SimulatorThread) -> None:
    simulator.script(StreamError(after_tokens=2), Status(status=500))
    with pytest.raises(ollama.ResponseError, match="an error was encountered"):
        list(client.chat(model=MODEL, messages=said("count to 5"), stream=True))
    with pytest.raises(ollama.ResponseError) as found:
        client.chat(model=MODEL, messages=said("hi"))
    assert found.value.status_code == 500
    simulator.script(Cut(after_tokens=2, how="end"))
    lines = list(client.chat(model=MODEL, messages=said("count to 5"), stream=True))
    assert [line.done for line in lines] == [False, False]
