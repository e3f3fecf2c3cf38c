"""Cohere's own client: straight at Cohere, and through the gateway, equal results."""

from collections.abc import Callable, Iterator
from typing import Any

import cohere
import pytest
from cohere.core.api_error import ApiError

from detente.simulator import Status
from tests.gateway_configuration import PROVIDER_KEY
from tests.platforms.hosts import CLIENT_KEY, Hosts, running_hosts
from tests.sdk.comparison import plain

HI: Any = [cohere.UserChatMessageV2(content="count to 5")]
TOOLS: Any = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with running_hosts(tmp_path_factory.mktemp("cohere"), ["cohere"]) as running:
        yield running


def both(hosts: Hosts) -> list[tuple[cohere.ClientV2, str]]:
    """Through the gateway, then straight."""
    places = (
        (hosts.gateway.base_url, CLIENT_KEY, "cohere/m"),
        (hosts.simulators["cohere"].base_url, PROVIDER_KEY, "m"),
    )
    return [
        (cohere.ClientV2(api_key=key, base_url=url, max_retries=0, timeout=10), model)
        for url, key, model in places
    ]


def _chat(client: cohere.ClientV2, model: str) -> object:
    return client.chat(model=model, messages=HI, seed=3)


def _stream(client: cohere.ClientV2, model: str) -> object:
    return list(client.chat_stream(model=model, messages=HI))


def _tools(client: cohere.ClientV2, model: str) -> object:
    return client.chat(model=model, messages=HI, tools=TOOLS, tool_choice="REQUIRED")


def _embed(client: cohere.ClientV2, model: str) -> object:
    return client.embed(
        model=model, texts=["a"], input_type="search_query", embedding_types=["float"]
    )


@pytest.mark.parametrize(
    "call", [_chat, _stream, _tools, _embed], ids=lambda call: call.__name__.strip("_")
)
def test_results_equal_the_direct_calls(
    hosts: Hosts, call: Callable[[cohere.ClientV2, str], object]
) -> None:
    found = [plain(call(client, model)) for client, model in both(hosts)]
    assert found[0] == found[1]
    through, straight = hosts.simulators["cohere"].requests[-2:]
    assert (through.target, through.body) == (straight.target, straight.body)
    assert through.header("authorization") == f"Bearer {PROVIDER_KEY}"


def test_coheres_own_errors_are_the_answer(hosts: Hosts) -> None:
    bodies: list[object] = []
    for client, model in both(hosts):
        with pytest.raises(ApiError) as found:
            client.chat(model=model, messages=HI, temperature=-1.0)
        bodies.append((found.value.status_code, plain(found.value.body)))
    assert bodies[0] == bodies[1]


def test_a_token_that_cohere_takes_for_invalid_is_the_gateways_to_mend(hosts: Hosts) -> None:
    hosts.simulators["cohere"].script(Status(status=498))
    client, model = both(hosts)[0]
    with pytest.raises(ApiError) as found:
        client.chat(model=model, messages=HI)
    assert found.value.status_code != 498
    assert "api_key" in str(found.value.body)
    assert "because it was told to" not in str(found.value.body)
