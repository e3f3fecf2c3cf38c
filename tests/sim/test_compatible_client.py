"""The official OpenAI client against a simulated OpenAI-compatible server."""

from collections.abc import Iterator

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.sim.conftest import KEY

HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "echo hi"}]


def client_of(simulator: SimulatorThread, key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(base_url=simulator.base_url, api_key=key, max_retries=0)


@pytest.fixture
def client(compatible_simulator: SimulatorThread) -> Iterator[openai.OpenAI]:
    with client_of(compatible_simulator) as client:
        yield client


def test_chat_whole_and_streamed(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4", messages=HI)
    assert answer.choices[0].message.content == "hi"
    with client.chat.completions.stream(model="gpt-4", messages=HI) as stream:
        assert stream.get_final_completion().choices[0].message.content == "hi"


def test_the_other_endpoints(client: openai.OpenAI) -> None:
    assert client.responses.create(model="gpt-4", input="echo hi").output_text == "hi"
    assert len(client.embeddings.create(model="gpt-4", input="hi").data) == 1
    assert client.models.retrieve("gpt-4").id == "gpt-4"


def test_an_unknown_model_has_an_integer_code(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as found:
        client.chat.completions.create(model="gpt-9", messages=HI)
    assert found.value.body == {
        "message": "The model `gpt-9` does not exist or you do not have access to it.",
        "type": "NotFoundError",
        "param": None,
        "code": 404,
    }


def test_a_wrong_key_is_answered_by_a_bare_string(compatible_simulator: SimulatorThread) -> None:
    with (
        client_of(compatible_simulator, "wrong") as client,
        pytest.raises(openai.AuthenticationError) as found,
    ):
        client.chat.completions.create(model="gpt-4", messages=HI)
    assert found.value.response.json() == {"error": "Unauthorized"}


def test_an_unknown_path(compatible_simulator: SimulatorThread) -> None:
    answer = httpx2.get(
        compatible_simulator.base_url + "/nothing", headers={"authorization": f"Bearer {KEY}"}
    )
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_without_a_key_configured_anybody_is_served() -> None:
    with (
        SimulatorThread(Simulator("openai_compatible", models=["m"])) as simulator,
        client_of(simulator, "whatever") as client,
    ):
        assert client.chat.completions.create(model="m", messages=HI).model == "m"


def test_above_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    simulator = Simulator("openai_compatible", models=["m"], behaviour=behaviour)
    with (
        SimulatorThread(simulator) as running,
        client_of(running) as client,
        pytest.raises(openai.RateLimitError) as found,
    ):
        client.chat.completions.create(model="m", messages=HI)
    assert found.value.response.headers["retry-after"] == "60"
