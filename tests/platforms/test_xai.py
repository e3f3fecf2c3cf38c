"""OpenAI's client: straight at xAI, and through the gateway, equal results."""

from collections.abc import Callable, Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.gateway_configuration import PROVIDER_KEY
from tests.platforms.hosts import Hosts, running_hosts
from tests.sdk.comparison import plain

HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "count to 5"}]
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object"}},
}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with running_hosts(tmp_path_factory.mktemp("xai"), ["xai"]) as running:
        yield running


def _chat(client: openai.OpenAI, model: str) -> object:
    return client.chat.completions.create(model=model, messages=HI, reasoning_effort="high")


def _stream(client: openai.OpenAI, model: str) -> object:
    stream = client.chat.completions.create(
        model=model, messages=HI, stream=True, stream_options={"include_usage": True}
    )
    return list(stream)


def _tools(client: openai.OpenAI, model: str) -> object:
    return client.chat.completions.create(
        model=model, messages=HI, tools=[TOOL], tool_choice="required"
    )


def _responses(client: openai.OpenAI, model: str) -> object:
    return client.responses.create(model=model, input="echo hi")


def _responses_stream(client: openai.OpenAI, model: str) -> object:
    return list(client.responses.create(model=model, input="echo hi", stream=True))


@pytest.mark.parametrize(
    "call",
    [_chat, _stream, _tools, _responses, _responses_stream],
    ids=lambda call: call.__name__.strip("_"),
)
def test_results_equal_the_direct_calls(
    hosts: Hosts, call: Callable[[openai.OpenAI, str], object]
) -> None:
    found: list[object] = []
    for client, model in (hosts.through("xai"), hosts.straight("xai")):
        with client:
            found.append(plain(call(client, model)))
    assert found[0] == found[1]
    through, straight = hosts.simulators["xai"].requests[-2:]
    assert through.target == straight.target
    assert through.header("authorization") == f"Bearer {PROVIDER_KEY}"


def test_xais_own_errors_are_the_answer(hosts: Hosts) -> None:
    bodies: list[object] = []
    for client, model in (hosts.through("xai"), hosts.straight("xai")):
        with client, pytest.raises(openai.BadRequestError) as found:
            client.chat.completions.create(model=model, messages=HI, temperature=9)
        bodies.append(found.value.response.json())
    assert bodies[0] == bodies[1]


def test_a_dialect_that_xai_does_not_speak(hosts: Hosts) -> None:
    client, model = hosts.through("xai")
    with client, pytest.raises(openai.APIStatusError) as found:
        client.embeddings.create(model=model, input="hi")
    assert found.value.status_code == 503
    assert found.value.code == "no_deployment"
