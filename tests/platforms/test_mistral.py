"""Mistral's own client: straight at Mistral, and through the gateway, equal results.

Towards Mistral its bytes pass as they are; towards others nothing of its spelling gets lost in
silence. Other clients reach Mistral under its names.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from mistralai.client import Mistral
from mistralai.client.errors import MistralError, SDKError

from detente.simulator.exchange import Received
from tests.gateway_configuration import PROVIDER_KEY
from tests.platforms.hosts import CLIENT_KEY, Hosts, openai_client, running_hosts
from tests.sdk.comparison import plain

HI: Any = [{"role": "user", "content": "count to 5"}]
TOOL: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object"}},
}
ASKED: Any = [{"role": "user", "content": 'weather {"city": "Rome"}'}]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("mistral")
    with running_hosts(folder, ["mistral", "openai", "anthropic", "groq"]) as running:
        yield running


def through(hosts: Hosts, name: str = "mistral") -> tuple[Mistral, str]:
    url = hosts.gateway.base_url
    return Mistral(api_key=CLIENT_KEY, server_url=url, timeout_ms=10_000), f"{name}/m"


def straight(hosts: Hosts) -> tuple[Mistral, str]:
    url = hosts.simulators["mistral"].base_url
    return Mistral(api_key=PROVIDER_KEY, server_url=url, timeout_ms=10_000), "m"


def last(hosts: Hosts, name: str = "mistral") -> Received:
    return hosts.simulators[name].requests[-1]


def body_of(request: Received) -> Any:
    return json.loads(request.body)


def _chat(client: Mistral, model: str) -> object:
    return client.chat.complete(model=model, messages=HI, random_seed=3, safe_prompt=True)


def _stream(client: Mistral, model: str) -> object:
    return [event.data for event in client.chat.stream(model=model, messages=HI, max_tokens=3)]


def _tools(client: Mistral, model: str) -> object:
    return client.chat.complete(model=model, messages=ASKED, tools=[TOOL], tool_choice="any")


def _tools_streamed(client: Mistral, model: str) -> object:
    events = client.chat.stream(model=model, messages=ASKED, tools=[TOOL])
    return [event.data for event in events]


def _thoughts(client: Mistral, model: str) -> object:
    return client.chat.complete(model=model, messages=HI, reasoning_effort="high")


def _everything(client: Mistral, model: str) -> object:
    parts: Any = [
        {"type": "text", "text": "describe"},
        {"type": "document_url", "document_url": "https://example.com/a.pdf"},
        {"type": "image_url", "image_url": "data:image/png;base64,iVBORw=="},
    ]
    messages: Any = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "The", "prefix": True},
    ]
    return client.chat.complete(
        model=model,
        messages=messages,
        prompt_mode="reasoning",
        guardrails=[{"block_on_error": True, "moderation_llm_v2": {"action": "block"}}],
        stop=[" 4"],
        presence_penalty=0.5,
        metadata={"a": "b"},
    )


def _embeddings(client: Mistral, model: str) -> object:
    return client.embeddings.create(model=model, inputs=["a", "b"], output_dimension=8)


@pytest.mark.parametrize(
    "call",
    [_chat, _stream, _tools, _tools_streamed, _thoughts, _everything, _embeddings],
    ids=lambda call: call.__name__.strip("_"),
)
def test_results_and_bytes_equal_the_direct_calls(
    hosts: Hosts, call: Callable[[Mistral, str], object]
) -> None:
    found = plain(call(*through(hosts)))
    passed = last(hosts)
    assert found == plain(call(*straight(hosts)))
    assert passed.body == last(hosts).body
    assert (passed.target, passed.header("accept")) == (
        last(hosts).target,
        last(hosts).header("accept"),
    )
    assert passed.header("authorization") == f"Bearer {PROVIDER_KEY}"


def test_mistrals_own_errors_are_the_answer(hosts: Hosts) -> None:
    said: Any = [{"role": "user", "content": "forbidden prompt"}]
    guarded: Any = [{"block_on_error": True}]
    bodies: list[object] = []
    for client, model in (through(hosts), straight(hosts)):
        with pytest.raises(SDKError) as found:
            client.chat.complete(model=model, messages=said, guardrails=guarded)
        bodies.append((found.value.status_code, found.value.body))
    assert bodies[0] == bodies[1]


def test_a_model_that_nobody_configured(hosts: Hosts) -> None:
    client, _ = through(hosts)
    with pytest.raises(SDKError) as found:
        client.chat.complete(model="mistral/nothing", messages=HI)
    assert found.value.status_code == 404
    assert json.loads(found.value.body)["error"]["code"] == "model_unknown"


def test_unknown_members_are_refused_by_mistral_itself(hosts: Hosts) -> None:
    answer = httpx2.post(
        f"{hosts.gateway.base_url}/v1/chat/completions",
        json={"model": "mistral/m", "messages": HI, "store": False},
        headers={"authorization": f"Bearer {CLIENT_KEY}"},
    )
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "store"])


@pytest.mark.parametrize(("name", "choice"), [("anthropic", "any"), ("openai", "required")])
def test_mistrals_client_at_another_platform(hosts: Hosts, name: str, choice: Any) -> None:
    client, model = through(hosts, name)
    calls = client.chat.complete(model=model, messages=ASKED, tools=[TOOL], tool_choice=choice)
    assert calls is not None
    message = calls.choices[0].message
    assert message is not None
    assert [call.function.name for call in message.tool_calls or ()] == ["weather"]


def test_a_safety_setting_is_not_lost_on_the_way(hosts: Hosts) -> None:
    client, model = through(hosts, "anthropic")
    with pytest.raises(MistralError) as found:
        client.chat.complete(model=model, messages=HI, safe_prompt=True)
    assert found.value.status_code == 422
    assert json.loads(found.value.body)["error"]["code"] == "loss_refused"


def test_a_seed_is_named_where_it_is_lost(hosts: Hosts) -> None:
    answer = httpx2.post(
        f"{hosts.gateway.base_url}/v1/chat/completions",
        json={"model": "anthropic/m", "messages": HI, "random_seed": 3, "prompt_mode": "reasoning"},
        headers={"authorization": f"Bearer {CLIENT_KEY}"},
    )
    assert answer.status_code == 200
    lost = answer.headers["x-detente-loss"]
    assert "seed" in lost
    assert "prompt_mode" in lost


def test_openais_client_at_mistral(hosts: Hosts) -> None:
    client, model = hosts.through("mistral")
    with client:
        answer = client.chat.completions.create(
            model=model,
            messages=[{"role": "developer", "content": "be brief"}, *HI],
            max_completion_tokens=3,
            seed=7,
        )
        told = body_of(last(hosts))
        stream = client.chat.completions.create(
            model=model, messages=HI, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        vectors = client.embeddings.create(model=model, input="a", dimensions=8)
    assert answer.choices[0].message.content == "1 2 3"
    assert (told["max_tokens"], told["random_seed"]) == (3, 7)
    assert told["messages"][0]["role"] == "system"
    assert {"max_completion_tokens", "seed"}.isdisjoint(told)
    assert chunks[-1].usage is not None
    assert len(vectors.data[0].embedding) == 8


def test_a_tool_loop_that_began_elsewhere_goes_on_at_mistral(hosts: Hosts) -> None:
    messages: Any = list(ASKED)
    for name in ("openai", "mistral"):
        client, model = hosts.through(name)
        with client:
            answer = client.chat.completions.create(model=model, messages=messages, tools=[TOOL])
        call = answer.choices[0].message
        if call.tool_calls is None:
            assert "ok" in (call.content or "")
            return
        messages.append(call.model_dump(exclude_none=True, include={"role", "tool_calls"}))
        messages.append({"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "ok"})
    pytest.fail("the loop did not end")


def test_anthropics_client_at_mistral(hosts: Hosts) -> None:
    url = hosts.gateway.base_url
    with anthropic.Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0) as client:
        answer = client.messages.create(
            model="mistral/m",
            max_tokens=3,
            messages=[
                {"role": "user", "content": "count to 9"},
                {"role": "assistant", "content": "0"},
            ],
        )
    assert [block.text for block in answer.content if block.type == "text"] == ["1 2 3"]
    told = body_of(last(hosts))
    assert told["max_tokens"] == 3
    assert told["messages"][-1]["prefix"] is True


def test_a_wrong_key(hosts: Hosts) -> None:
    url = hosts.simulators["mistral"].base_url
    client = openai_client(f"{url}/v1", "wrong")
    with client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m", messages=HI)
