"""Ollama's own client: straight at a server or its cloud, and through the gateway, alike."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import ollama
import pytest

from tests.gateway_configuration import PROVIDER_KEY
from tests.platforms.hosts import CLIENT_KEY, Hosts, running_hosts
from tests.sdk.comparison import plain

HI: Any = [{"role": "user", "content": "count to 5"}]
TOOLS: Any = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
TIMES = frozenset(
    ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration", "created_at")
)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with running_hosts(tmp_path_factory.mktemp("ollama"), ["ollama"]) as running:
        yield running


def both(hosts: Hosts) -> list[tuple[Any, str]]:
    """Through the gateway, then straight; the simulation wants a key, as Ollama's cloud does."""
    places = (
        (hosts.gateway.base_url, CLIENT_KEY, "ollama/m"),
        (hosts.simulators["ollama"].base_url, PROVIDER_KEY, "m"),
    )
    return [
        (ollama.Client(host=url, headers={"authorization": f"Bearer {key}"}), model)
        for url, key, model in places
    ]


def timeless(found: Any) -> object:
    match found:
        case dict():
            members = cast("dict[str, object]", found)
            return {k: timeless(v) for k, v in members.items() if k not in TIMES}
        case list():
            return [timeless(one) for one in cast("list[object]", found)]
        case _:
            return found


def _chat(client: Any, model: str) -> object:
    return client.chat(model=model, messages=HI, options={"seed": 3})


def _stream(client: Any, model: str) -> object:
    return list(client.chat(model=model, messages=HI, stream=True))


def _tools(client: Any, model: str) -> object:
    said: Any = [{"role": "user", "content": 'weather {"city": "Rome"}'}]
    return client.chat(model=model, messages=said, tools=TOOLS)


def _embed(client: Any, model: str) -> object:
    return client.embed(model=model, input=["a", "b"])


@pytest.mark.parametrize(
    "call", [_chat, _stream, _tools, _embed], ids=lambda call: call.__name__.strip("_")
)
def test_results_equal_the_direct_calls(hosts: Hosts, call: Callable[[Any, str], object]) -> None:
    found = [timeless(plain(call(client, model))) for client, model in both(hosts)]
    assert found[0] == found[1]
    through, straight = hosts.simulators["ollama"].requests[-2:]
    assert (through.target, through.body) == (straight.target, straight.body)
    assert through.header("authorization") == f"Bearer {PROVIDER_KEY}"


def test_ollamas_own_errors_are_the_answer(hosts: Hosts) -> None:
    said: list[tuple[int, str]] = []
    for client, model in both(hosts):
        with pytest.raises(ollama.ResponseError) as found:
            client.chat(model=model, messages=[{"role": "nobody", "content": "x"}])
        said.append((found.value.status_code, found.value.error))
    assert said[0] == said[1]


def test_a_wrong_key_of_ollamas_cloud(hosts: Hosts) -> None:
    url = hosts.simulators["ollama"].base_url
    client: Any = ollama.Client(host=url, headers={"authorization": "Bearer wrong"})
    with pytest.raises(ollama.ResponseError, match="unauthorized"):
        client.chat(model="m", messages=HI)
