"""The official OpenAI and Anthropic clients against every simulated host of OpenAI's dialects."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import anthropic
import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from detente.canonical.model import Dialect
from detente.configuration.schema import SimulatedProvider
from detente.providers import compatible_rows
from detente.simulator import Simulator, SimulatorThread
from tests.platforms.hosts import certificates, openai_client
from tests.sim.conftest import KEY

ROWS = compatible_rows()
HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "echo hi"}]


def client_of(simulator: SimulatorThread, key: str = KEY) -> openai.OpenAI:
    return openai_client(simulator.base_url, key)


@pytest.fixture(params=list(ROWS), scope="module")
def host(request: pytest.FixtureRequest) -> Iterator[tuple[str, SimulatorThread]]:
    name: str = request.param
    with SimulatorThread(Simulator(name, models=["m"], api_key=KEY)) as simulator:
        yield name, simulator


def body_of(error: openai.APIStatusError) -> Any:
    return error.response.json()


def test_chat_models_and_errors(host: tuple[str, SimulatorThread]) -> None:
    name, simulator = host
    with client_of(simulator) as client:
        assert client.chat.completions.create(model="m", messages=HI).choices
        assert [model.id for model in client.models.list()] == ["m"]
        with pytest.raises(openai.NotFoundError) as unknown:
            client.chat.completions.create(model="n", messages=HI)
        assert "n" in json.dumps(body_of(unknown.value))
        with pytest.raises(openai.NotFoundError):
            client.moderations.create(input="hi")
    with (
        client_of(simulator, "wrong") as client,
        pytest.raises(openai.AuthenticationError) as found,
    ):
        client.chat.completions.create(model="m", messages=HI)
    bare = name in ("vllm", "sglang", "huggingface")
    assert (body_of(found.value) == {"error": "Unauthorized"}) == bare


def test_what_a_row_does_not_say_is_not_served(host: tuple[str, SimulatorThread]) -> None:
    name, simulator = host
    headers = {"authorization": f"Bearer {KEY}"}
    operations: dict[Dialect, str] = {
        "openai_responses": "responses",
        "openai_embeddings": "embeddings",
        "openai_completions": "completions",
        "anthropic_messages": "messages",
    }
    for dialect, operation in operations.items():
        if dialect in ROWS[name].dialects:
            continue
        url = f"{simulator.base_url}/{operation}"
        answer = httpx2.post(url, json={"model": "m"}, headers=headers, verify=certificates())
        assert answer.status_code == 404, operation


def test_what_a_row_refuses(host: tuple[str, SimulatorThread]) -> None:
    name, simulator = host
    with client_of(simulator) as client:
        for member in ROWS[name].refused:
            with pytest.raises(openai.BadRequestError, match=member):
                client.chat.completions.create(model="m", messages=HI, extra_body={member: 2})
        for role in ROWS[name].roles:
            with pytest.raises(openai.BadRequestError, match=role):
                client.chat.completions.create(
                    model="m",
                    messages=HI,
                    extra_body={"messages": [{"role": role, "content": "x"}]},
                )


def test_thoughts_that_a_host_takes_elsewhere(host: tuple[str, SimulatorThread]) -> None:
    name, simulator = host
    taken = ROWS[name].thoughts
    with client_of(simulator) as client:
        for member in ("reasoning", "reasoning_content"):
            said = [{"role": "assistant", "content": "a", member: "b"}, *HI]
            if taken in (None, member):
                client.chat.completions.create(
                    model="m", messages=HI, extra_body={"messages": said}
                )
                continue
            with pytest.raises(openai.BadRequestError, match=member):
                client.chat.completions.create(
                    model="m", messages=HI, extra_body={"messages": said}
                )


def test_a_member_under_a_name_that_a_host_does_not_know_is_not_read(
    host: tuple[str, SimulatorThread],
) -> None:
    name, simulator = host
    said: list[ChatCompletionMessageParam] = [{"role": "user", "content": "count to 9"}]
    with client_of(simulator) as client:
        answer = client.chat.completions.create(model="m", messages=said, max_completion_tokens=2)
    unread = "max_completion_tokens" in ROWS[name].renamed
    assert answer.choices[0].finish_reason == ("stop" if unread else "length")


def test_messages_as_anthropics_client_has_them(host: tuple[str, SimulatorThread]) -> None:
    name, simulator = host
    if "anthropic_messages" not in ROWS[name].dialects:
        return
    path = ROWS[name].paths.get("anthropic_messages", "messages")
    url = urljoin(simulator.base_url + "/", path).removesuffix("/messages").removesuffix("/v1")
    with anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0) as client:
        answer = client.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "echo hi"}]
        )
        assert answer.stop_reason == "end_turn"
        with pytest.raises(anthropic.NotFoundError):
            client.messages.create(
                model="n", max_tokens=9, messages=[{"role": "user", "content": "echo hi"}]
            )


@pytest.mark.parametrize("name", list(ROWS))
def test_above_capacity(name: str) -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    running = Simulator(name, models=["m"], behaviour=behaviour)
    with (
        SimulatorThread(running) as simulator,
        client_of(simulator) as client,
        pytest.raises(openai.RateLimitError) as found,
    ):
        client.chat.completions.create(model="m", messages=HI)
    headers = found.value.response.headers
    assert headers["retry-after"] == "60"
    limits = {
        "groq": ("x-ratelimit-remaining-requests", "0"),
        "together": ("x-ratelimit-remaining", "0"),
    }
    if name in limits:
        header, value = limits[name]
        assert headers[header] == value
