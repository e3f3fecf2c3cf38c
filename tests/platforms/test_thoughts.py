"""Tool loops of an Anthropic client with thoughts, at hosts that hold thoughts in their own ways,
each of which refuses the others' (the simulators do as the hosts)."""

import json
from collections.abc import Iterator
from typing import Any, Final

import anthropic
import pytest

from detente.configuration.schema import ProviderKindName
from tests.platforms.hosts import CLIENT_KEY, Hosts, running_hosts

HELD: Final[dict[ProviderKindName, str]] = {
    "groq": "reasoning",
    "cerebras": "reasoning",
    "together": "reasoning",
    "openrouter": "reasoning",
    "vllm": "reasoning_content",
    "mistral": "thinking",
}
"""How each host holds thoughts; those that speak Anthropic's dialect are asked in OpenAI's."""
TOOL: Any = {"name": "weather", "input_schema": {"type": "object"}}
ASKED: Any = {"role": "user", "content": 'weather {"city": "Rome"}'}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("thoughts")
    with running_hosts(folder, HELD, dialects=["openai_chat"]) as running:
        yield running


def asked(hosts: Hosts, name: str, messages: list[Any]) -> tuple[list[Any], str]:
    """An answer's content, and what was lost."""
    url = hosts.gateway.base_url
    with anthropic.Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0) as client:
        raw = client.messages.with_raw_response.create(
            model=f"{name}/m",
            max_tokens=4000,
            messages=messages,
            tools=[TOOL],
            thinking={"type": "enabled", "budget_tokens": 2000},
        )
    content = [block.model_dump(exclude_none=True) for block in raw.parse().content]
    return content, raw.headers["x-detente-loss"]


def streamed(hosts: Hosts, name: str, messages: list[Any]) -> list[Any]:
    url = hosts.gateway.base_url
    with (
        anthropic.Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0) as client,
        client.messages.stream(
            model=f"{name}/m",
            max_tokens=4000,
            messages=messages,
            tools=[TOOL],
            thinking={"type": "enabled", "budget_tokens": 2000},
        ) as stream,
    ):
        message = stream.get_final_message()
    return [block.model_dump(exclude_none=True) for block in message.content]


def thought_in(message: Any) -> tuple[str, str]:
    """How the assistant's message holds its thought, and the thought."""
    for member in ("reasoning", "reasoning_content"):
        if member in message:
            return member, message[member]
    return "thinking", message["content"][0]["thinking"][0]["text"]


def last_message(hosts: Hosts, name: str) -> Any:
    messages = json.loads(hosts.simulators[name].requests[-1].body)["messages"]
    return next(one for one in messages if one["role"] == "assistant")


def followed(content: list[Any]) -> list[Any]:
    """The conversation with an answer that called, and the call's result."""
    call = next(block for block in content if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "sunny"}
    return [
        ASKED,
        {"role": "assistant", "content": content},
        {"role": "user", "content": [result]},
    ]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", HELD)
def test_a_tool_loop_with_thoughts(hosts: Hosts, name: ProviderKindName, stream: bool) -> None:
    content = streamed(hosts, name, [ASKED]) if stream else asked(hosts, name, [ASKED])[0]
    thought = content[0]
    assert (thought["type"], bool(thought["thinking"])) == ("thinking", True)
    again, lost = asked(hosts, name, followed(content))
    assert "sunny" in "".join(block.get("text", "") for block in again)
    assert thought_in(last_message(hosts, name)) == (HELD[name], thought["thinking"])
    assert "reasoning_text" not in lost
    assert "reasoning_state" not in lost


@pytest.mark.parametrize("here", ["groq", "vllm", "mistral"])
@pytest.mark.parametrize("there", ["groq", "mistral"])
def test_a_loop_that_goes_on_elsewhere(
    hosts: Hosts, here: ProviderKindName, there: ProviderKindName
) -> None:
    content, _ = asked(hosts, here, [ASKED])
    again, _ = asked(hosts, there, followed(content))
    assert "sunny" in "".join(block.get("text", "") for block in again)
    assert thought_in(last_message(hosts, there)) == (HELD[there], content[0]["thinking"])
