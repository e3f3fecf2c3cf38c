"""The official OpenAI client against a simulated xAI."""

from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.platforms.hosts import openai_client
from tests.sim.conftest import KEY

MODEL = "grok-4.6"
HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "echo hi"}]


def client_of(simulator: SimulatorThread, key: str = KEY) -> openai.OpenAI:
    return openai_client(simulator.base_url, key)


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(Simulator("xai", models=[MODEL], api_key=KEY)) as thread:
        yield thread


@pytest.fixture
def client(simulator: SimulatorThread) -> Iterator[openai.OpenAI]:
    with client_of(simulator) as client:
        yield client


def test_chat_whole_and_streamed_says_what_it_cost(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=HI)
    assert answer.choices[0].message.content == "hi"
    assert answer.usage is not None
    assert answer.usage.model_dump()["cost_in_usd_ticks"] > 0
    stream = client.chat.completions.create(
        model=MODEL, messages=HI, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "hi"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.model_dump()["cost_in_usd_ticks"] > 0


def test_thoughts_are_told(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=HI, reasoning_effort="high")
    told = answer.choices[0].message.model_dump()["reasoning_content"]
    assert told.startswith("Thinking about")


def test_responses(client: openai.OpenAI) -> None:
    assert client.responses.create(model=MODEL, input="echo hi").output_text == "hi"


def test_what_xai_does_not_serve(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model=MODEL, input="hi")


def test_an_unknown_model(client: openai.OpenAI) -> None:
    for call in (
        lambda: client.chat.completions.create(model="grok-9", messages=HI),
        lambda: client.responses.create(model="grok-9", input="hi"),
    ):
        with pytest.raises(openai.NotFoundError) as found:
            call()
        body = found.value.response.json()
        assert body["code"] == "Some requested entity was not found"
        assert body["error"].startswith("The model grok-9 does not exist")


def test_a_wrong_key_is_a_bad_request(simulator: SimulatorThread) -> None:
    with client_of(simulator, "sk-wrong") as client, pytest.raises(openai.BadRequestError) as found:
        client.chat.completions.create(model=MODEL, messages=HI)
    body = found.value.response.json()
    assert body["error"].startswith("Incorrect API key provided: sk***ng.")
    assert body["code"] == "Client specified an invalid argument"


def test_above_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    running = Simulator("xai", models=[MODEL], behaviour=behaviour)
    with (
        SimulatorThread(running) as thread,
        client_of(thread) as client,
        pytest.raises(openai.RateLimitError) as found,
    ):
        client.chat.completions.create(model=MODEL, messages=HI)
    assert found.value.response.json()["code"] == "Some resource has been exhausted"
    assert found.value.response.headers["x-ratelimit-remaining-requests"] == "0"
