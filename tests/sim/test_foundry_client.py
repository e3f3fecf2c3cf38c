"""The official clients of a Foundry resource, Anthropic's and OpenAI's, against a simulation."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import anthropic
import httpx2
import openai
import pytest
from anthropic import AnthropicFoundry
from anthropic.types import MessageParam, ToolParam

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.sdk.comparison import plain
from tests.sim.conftest import KEY
from tests.sim.entra import HOUR, token

CLAUDE = "claude-prod"
GROK = "grok-prod"
AUDIENCE = "https://ai.azure.com"
HI: list[MessageParam] = [{"role": "user", "content": "echo hi there"}]
WEATHER: ToolParam = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture(name="simulator", scope="module")
def _simulator() -> Iterator[SimulatorThread]:
    simulated = Simulator("foundry", models=(CLAUDE, GROK), api_key=KEY, issued_tokens=True)
    with SimulatorThread(simulated) as running:
        yield running


def claude(simulator: SimulatorThread, key: str = KEY) -> AnthropicFoundry:
    base_url = f"{simulator.base_url}/anthropic/"
    return AnthropicFoundry(base_url=base_url, api_key=key, max_retries=0)


def claude_by_token(
    simulator: SimulatorThread, audience: str = AUDIENCE, lives: timedelta = HOUR
) -> AnthropicFoundry:
    return AnthropicFoundry(
        base_url=f"{simulator.base_url}/anthropic/",
        azure_ad_token_provider=lambda: token(audience, lives=lives),
        max_retries=0,
    )


def others(simulator: SimulatorThread, key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{simulator.base_url}/openai/v1/", api_key=key, max_retries=0)


@pytest.fixture(params=[claude, claude_by_token])
def client(
    request: pytest.FixtureRequest, simulator: SimulatorThread
) -> Iterator[AnthropicFoundry]:
    made: Callable[[SimulatorThread], AnthropicFoundry] = request.param
    with made(simulator) as client:
        yield client


def test_a_message_whole_streamed_and_counted(client: AnthropicFoundry) -> None:
    whole = client.messages.create(model=CLAUDE, max_tokens=99, messages=HI)
    with client.messages.stream(model=CLAUDE, max_tokens=99, messages=HI) as stream:
        streamed = stream.get_final_message()
    assert [block.text for block in whole.content if block.type == "text"] == ["hi there"]
    assert plain(streamed.content) == plain(whole.content)
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    counted = client.messages.count_tokens(model=CLAUDE, messages=HI)
    assert counted.input_tokens == whole.usage.input_tokens


def test_tools(client: AnthropicFoundry) -> None:
    asked: list[MessageParam] = [{"role": "user", "content": 'get_weather {"city": "Rome"}'}]
    answer = client.messages.create(model=CLAUDE, max_tokens=99, messages=asked, tools=[WEATHER])
    assert answer.stop_reason == "tool_use"
    assert [b.input for b in answer.content if b.type == "tool_use"] == [{"city": "Rome"}]


def test_the_client_sends_its_key_in_both_headers(simulator: SimulatorThread) -> None:
    with claude(simulator) as client:
        client.messages.create(model=CLAUDE, max_tokens=9, messages=HI)
    request = simulator.requests[-1]
    assert (request.header("x-api-key"), request.header("api-key")) == (KEY, KEY)


def test_errors_of_anthropics_and_of_azures(client: AnthropicFoundry) -> None:
    with pytest.raises(anthropic.BadRequestError) as found:
        client.messages.create(model=CLAUDE, max_tokens=0, messages=HI)
    assert found.value.type == "invalid_request_error"
    for model in ("claude-nowhere", GROK):  # unknown, and not Anthropic's
        with pytest.raises(anthropic.NotFoundError, match="DeploymentNotFound"):
            client.messages.create(model=model, max_tokens=9, messages=HI)


def test_a_wrong_key(simulator: SimulatorThread) -> None:
    with claude(simulator, "wrong") as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.create(model=CLAUDE, max_tokens=9, messages=HI)
    with others(simulator, "wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model=GROK, messages=[{"role": "user", "content": "hi"}])


@pytest.mark.parametrize(
    ("audience", "lives"), [(AUDIENCE, -HOUR), ("https://management.azure.com", HOUR)]
)
def test_a_token_that_does_not_hold(
    simulator: SimulatorThread, audience: str, lives: timedelta
) -> None:
    with (
        claude_by_token(simulator, audience, lives) as client,
        pytest.raises(anthropic.AuthenticationError, match=f"audience is incorrect .{AUDIENCE}"),
    ):
        client.messages.create(model=CLAUDE, max_tokens=9, messages=HI)


@pytest.mark.parametrize("key", [KEY, token(AUDIENCE)], ids=["key", "token"])
def test_other_publishers_speak_openais_dialects(simulator: SimulatorThread, key: str) -> None:
    with others(simulator, key) as client:
        answer = client.chat.completions.create(
            model=GROK, messages=[{"role": "user", "content": "echo hi"}]
        )
        assert answer.choices[0].message.content == "hi"
        assert client.responses.create(model=GROK, input="echo hi").output_text == "hi"
        assert [model.id for model in client.models.list()] == [GROK]


def test_claude_speaks_no_other_dialect(simulator: SimulatorThread) -> None:
    with others(simulator) as client, pytest.raises(openai.BadRequestError) as found:
        client.chat.completions.create(model=CLAUDE, messages=[{"role": "user", "content": "hi"}])
    assert found.value.code == "OperationNotSupported"


@pytest.mark.parametrize("path", ["/anthropic/v1/models", "/anthropic/v1/complete", "/elsewhere"])
def test_what_is_not_served(simulator: SimulatorThread, path: str) -> None:
    answer = httpx2.post(simulator.base_url + path, json={}, headers={"api-key": KEY})
    assert answer.status_code == 404


def test_above_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    simulated = Simulator("foundry", models=[CLAUDE], behaviour=behaviour)
    with (
        SimulatorThread(simulated) as running,
        claude(running) as client,
        pytest.raises(anthropic.RateLimitError) as found,
    ):
        client.messages.create(model=CLAUDE, max_tokens=9, messages=HI)
    assert found.value.response.headers["retry-after-ms"] == "60000"
