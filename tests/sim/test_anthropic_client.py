"""The official Anthropic client against a simulated Anthropic."""

import asyncio
from collections.abc import Iterator

import anthropic
import httpx2
import pytest
from anthropic.types import MessageParam, ToolParam

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Hold, Simulator, SimulatorThread
from tests.sim.conftest import KEY

MODEL = "claude-sonnet-5-5"
WEATHER: ToolParam = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def client_of(simulator: SimulatorThread, key: str = KEY) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=simulator.base_url, api_key=key, max_retries=0)


def said(text: str) -> list[MessageParam]:
    return [{"role": "user", "content": text}]


@pytest.fixture
def client(anthropic_simulator: SimulatorThread) -> Iterator[anthropic.Anthropic]:
    with client_of(anthropic_simulator) as client:
        yield client


def test_a_message_and_its_usage(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model=MODEL, max_tokens=99, messages=said("echo hi there"))
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "hi there"
    assert answer.stop_reason == "end_turn"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3 + 3, 2)


def test_limits_and_stop_sequences(client: anthropic.Anthropic) -> None:
    short = client.messages.create(model=MODEL, max_tokens=3, messages=said("count to 9"))
    assert short.stop_reason == "max_tokens"
    assert short.usage.output_tokens == 3
    stopped = client.messages.create(
        model=MODEL, max_tokens=99, messages=said("count to 9"), stop_sequences=[" 4"]
    )
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", " 4")


def test_the_stream_helper(client: anthropic.Anthropic) -> None:
    with client.messages.stream(model=MODEL, max_tokens=99, messages=said("count to 4")) as stream:
        assert list(stream.text_stream) == ["1", " 2", " 3", " 4"]
        final = stream.get_final_message()
    assert final.usage.output_tokens == 4
    assert final.stop_reason == "end_turn"


def test_tools_in_parallel_whole_and_streamed(client: anthropic.Anthropic) -> None:
    prompt = said('get_weather {"city": "Paris"} and get_weather {"city": "Rome"}')
    answer = client.messages.create(model=MODEL, max_tokens=99, messages=prompt, tools=[WEATHER])
    with client.messages.stream(
        model=MODEL, max_tokens=99, messages=prompt, tools=[WEATHER]
    ) as stream:
        streamed = stream.get_final_message()
    for message in (answer, streamed):
        assert message.stop_reason == "tool_use"
        inputs = [block.input for block in message.content if block.type == "tool_use"]
        assert inputs == [{"city": "Paris"}, {"city": "Rome"}]
    assert streamed.usage.output_tokens == answer.usage.output_tokens
    single = client.messages.create(
        model=MODEL,
        max_tokens=99,
        messages=prompt,
        tools=[WEATHER],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
    )
    assert len(single.content) == 1


def test_a_tools_result_is_gone_on_from(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(
        model=MODEL,
        max_tokens=99,
        tools=[WEATHER],
        messages=[
            {"role": "user", "content": "get_weather"},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}],
            },
        ],
    )
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "The tool says: sunny"


def test_counting_agrees_with_the_message(client: anthropic.Anthropic) -> None:
    messages = said("What is the capital of France?")
    counted = client.messages.count_tokens(
        model=MODEL, messages=messages, system="Be brief.", tools=[WEATHER]
    )
    answer = client.messages.create(
        model=MODEL, max_tokens=99, messages=messages, system="Be brief.", tools=[WEATHER]
    )
    assert counted.input_tokens == answer.usage.input_tokens
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: Extra inputs"):
        client.messages.count_tokens(model=MODEL, messages=messages, extra_body={"max_tokens": 9})


def test_models(client: anthropic.Anthropic) -> None:
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).id == MODEL
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("claude-9")


def test_the_asynchronous_client(anthropic_simulator: SimulatorThread) -> None:
    async def ask() -> str:
        async with (
            anthropic.AsyncAnthropic(
                base_url=anthropic_simulator.base_url, api_key=KEY, max_retries=0
            ) as client,
            client.messages.stream(model=MODEL, max_tokens=99, messages=said("echo a b")) as stream,
        ):
            return await stream.get_final_text()

    assert asyncio.run(ask()) == "a b"


def test_a_wrong_key(anthropic_simulator: SimulatorThread) -> None:
    with (
        client_of(anthropic_simulator, "wrong") as client,
        pytest.raises(anthropic.AuthenticationError) as found,
    ):
        client.messages.create(model=MODEL, max_tokens=9, messages=said("hi"))
    assert found.value.request_id is not None


def test_an_unknown_model(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="claude-9", max_tokens=9, messages=said("hi"))
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(model="claude-9", messages=said("hi"))


BODY = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "echo hi"}]}


def post(simulator: SimulatorThread, body: object, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(simulator.base_url + "/v1/messages", json=body, headers=named)


def test_both_api_versions_and_both_credentials(anthropic_simulator: SimulatorThread) -> None:
    old = post(anthropic_simulator, BODY, x_api_key=KEY, anthropic_version="2023-06-01")
    new = post(
        anthropic_simulator,
        BODY,
        authorization=f"Bearer {KEY}",
        anthropic_version="2026-10-21",
    )
    assert old.json()["content"] == new.json()["content"] == [{"type": "text", "text": "hi"}]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x_api_key": "wrong", "authorization": f"Bearer {KEY}"}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"x_api_key": KEY}, 400),
        ({"x_api_key": KEY, "anthropic_version": "2020-01-01"}, 400),
    ],
)
def test_credentials_and_versions_that_are_refused(
    anthropic_simulator: SimulatorThread, headers: dict[str, str], status: int
) -> None:
    answer = post(anthropic_simulator, BODY, **headers)
    assert answer.status_code == status
    assert answer.json()["type"] == "error"
    assert answer.json()["request_id"] == answer.headers["request-id"]


ADDITIONS: list[dict[str, object]] = [
    {"temperature": 1.0},
    {"top_p": 1},
    {"top_k": 0},
    {"messages": [{"role": "assistant", "content": [{"type": "document"}]}]},
    {"messages": [{"role": "user", "content": [{"text": "a", "citations": [{}]}]}]},
]


@pytest.mark.parametrize("addition", ADDITIONS)
def test_what_only_the_older_version_takes(
    anthropic_simulator: SimulatorThread, addition: dict[str, object]
) -> None:
    answers = [
        post(
            anthropic_simulator, {**BODY, **addition}, x_api_key=KEY, anthropic_version=version
        ).status_code
        for version in ("2023-06-01", "2026-10-21")
    ]
    assert answers == [200, 400]


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
def test_what_is_missing_is_named(anthropic_simulator: SimulatorThread, missing: str) -> None:
    body = {key: value for key, value in BODY.items() if key != missing}
    answer = post(anthropic_simulator, body, x_api_key=KEY, anthropic_version="2023-06-01")
    assert answer.status_code == 400
    assert missing in answer.json()["error"]["message"]


def test_above_the_minutes_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=1)
    simulator = Simulator("anthropic", models=[MODEL], behaviour=behaviour)
    with SimulatorThread(simulator) as running, client_of(running) as client:
        client.messages.create(model=MODEL, max_tokens=9, messages=said("hi"))
        with pytest.raises(anthropic.RateLimitError) as found:
            client.messages.create(model=MODEL, max_tokens=9, messages=said("hi"))
    headers = found.value.response.headers
    assert 0 < int(headers["retry-after"]) <= 60
    assert headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert headers["anthropic-ratelimit-requests-reset"].endswith("Z")


def test_too_many_at_once_is_an_overload() -> None:
    behaviour = SimulatedProvider(capacity_concurrent=1)
    simulator = Simulator("anthropic", models=[MODEL], behaviour=behaviour)
    with SimulatorThread(simulator) as running, client_of(running) as client:
        running.script(Hold(after_tokens=1))
        with client.messages.stream(model=MODEL, max_tokens=9, messages=said("hi")) as stream:
            running.until(lambda gauge: gauge.held == 1)
            with pytest.raises(anthropic.APIStatusError) as found:
                client.messages.create(model=MODEL, max_tokens=9, messages=said("hi"))
            running.release()
            stream.until_done()
        client.messages.create(model=MODEL, max_tokens=9, messages=said("hi"))
    assert found.value.status_code == 529
    assert found.value.type == "overloaded_error"


@pytest.mark.parametrize("geo", ["us", "global"])
def test_where_a_message_is_answered(client: anthropic.Anthropic, geo: str) -> None:
    answer = client.messages.create(
        model=MODEL, max_tokens=9, messages=said("hi"), inference_geo=geo
    )
    with client.messages.stream(
        model=MODEL, max_tokens=9, messages=said("hi"), inference_geo=geo
    ) as stream:
        streamed = stream.get_final_message()
    assert (answer.usage.inference_geo, streamed.usage.inference_geo) == (geo, geo)


def test_where_nobody_answers(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="'eu' is not a supported"):
        client.messages.create(model=MODEL, max_tokens=9, messages=said("hi"), inference_geo="eu")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the client's, of older models
@pytest.mark.parametrize(
    ("model", "placed"),
    [
        ("claude-sonnet-4-5", False),
        ("claude-haiku-4-5-20251001", False),
        ("claude-opus-4-20250514", False),
        ("claude-3-7-sonnet-20250219", False),
        ("claude-opus-4-6", True),
        ("claude-opus-4-6-20260205", True),
        ("claude-opus-5", True),
    ],
)
def test_older_models_cannot_be_placed(model: str, placed: bool) -> None:
    with (
        SimulatorThread(Simulator("anthropic", models=[model])) as simulator,
        client_of(simulator) as client,
    ):
        client.messages.create(model=model, max_tokens=9, messages=said("hi"))
        if placed:
            client.messages.create(
                model=model, max_tokens=9, messages=said("hi"), inference_geo="us"
            )
            return
        with pytest.raises(anthropic.BadRequestError, match="does not support inference_geo"):
            client.messages.create(
                model=model, max_tokens=9, messages=said("hi"), inference_geo="us"
            )
