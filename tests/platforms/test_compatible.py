"""OpenAI's client and every host of `compatible.toml`: through the gateway as without it."""

import json
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import anthropic
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from detente.canonical.extras import Obj
from detente.canonical.model import Dialect
from detente.providers import Row, compatible_rows, path_below
from detente.simulator.exchange import Received
from tests.gateway_configuration import PROVIDER_KEY
from tests.platforms.hosts import CLIENT_KEY, Hosts, openai_client, running_hosts
from tests.sdk.comparison import assert_own_headers, plain

ROWS = compatible_rows()
every_host = pytest.mark.parametrize("name", ROWS)
HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "count to 9"}]
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object"}},
}


def speakers(dialect: Dialect) -> pytest.MarkDecorator:
    names = [name for name, row in ROWS.items() if dialect in row.dialects]
    assert names
    return pytest.mark.parametrize("name", names)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with running_hosts(tmp_path_factory.mktemp("compatible"), ROWS) as running:
        yield running


def last(hosts: Hosts, name: str) -> tuple[Received, Obj]:
    request = hosts.simulators[name].requests[-1]
    return request, json.loads(request.body)


def path_of(hosts: Hosts, name: str, dialect: Dialect) -> str:
    return path_below(urlsplit(hosts.simulators[name].base_url).path, ROWS[name], dialect)


def limit_of(row: Row) -> str:
    return row.renamed.get("max_completion_tokens", "max_completion_tokens")


@every_host
def test_chat(hosts: Hosts, name: str) -> None:
    client, model = hosts.through(name)
    with client:
        raw = client.chat.completions.with_raw_response.create(
            model=model, messages=HI, max_completion_tokens=3
        )
    through = raw.parse()
    assert_own_headers(raw.headers, f"{name}/m")
    request, body = last(hosts, name)
    assert request.target == path_of(hosts, name, "openai_chat")
    assert request.header("authorization") == f"Bearer {PROVIDER_KEY}"
    assert body["model"] == "m"
    assert body[limit_of(ROWS[name])] == 3
    assert ROWS[name].renamed.keys().isdisjoint(body)
    assert through.choices[0].message.content == "1 2 3"
    direct, model = hosts.straight(name)
    with direct:
        straight = direct.chat.completions.create(
            model=model, messages=HI, extra_body={limit_of(ROWS[name]): 3}
        )
    assert plain(through) == plain(straight)


@every_host
@pytest.mark.parametrize("asked", [False, True])
def test_chat_streamed(hosts: Hosts, name: str, asked: bool) -> None:
    found: list[object] = []
    for client, model in (hosts.through(name), hosts.straight(name)):
        with client:
            stream = client.chat.completions.create(
                model=model,
                messages=HI,
                stream=True,
                stream_options={"include_usage": True} if asked else openai.omit,
            )
            chunks = list(stream)
        found.append(plain(chunks))
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text == "1 2 3 4 5 6 7 8 9"
        assert not asked or chunks[-1].usage is not None
    assert found[0] == found[1]


@every_host
def test_tools_and_the_developers_word(hosts: Hosts, name: str) -> None:
    client, model = hosts.through(name)
    messages: list[ChatCompletionMessageParam] = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": 'weather {"city": "Rome"}'},
    ]
    with client:
        answer = client.chat.completions.create(model=model, messages=messages, tools=[TOOL])
    calls = answer.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls if call.type == "function"] == ["weather"]
    _, body = last(hosts, name)
    said = body["messages"]
    assert isinstance(said, list)
    assert said[0] == {
        "role": ROWS[name].roles.get("developer", "developer"),
        "content": "be brief",
    }


@pytest.mark.parametrize(
    ("name", "member"), [(name, member) for name, row in ROWS.items() for member in row.refused]
)
def test_what_a_host_refuses_is_its_own_error(hosts: Hosts, name: str, member: str) -> None:
    bodies: list[object] = []
    for client, model in (hosts.through(name), hosts.straight(name)):
        with client, pytest.raises(openai.BadRequestError) as found:
            client.chat.completions.create(model=model, messages=HI, extra_body={member: 2})
        bodies.append(found.value.body)
    assert bodies[0] == bodies[1]
    assert member in json.dumps(bodies[0])


@every_host
def test_errors_are_the_hosts_own(hosts: Hosts, name: str) -> None:
    bodies: list[object] = []
    for client, model in (hosts.through(name), hosts.straight(name)):
        with client, pytest.raises(openai.BadRequestError) as found:
            client.chat.completions.create(model=model, messages=[])
        bodies.append(found.value.response.json())
    assert bodies[0] == bodies[1]


@every_host
def test_a_wrong_key(hosts: Hosts, name: str) -> None:
    client = openai_client(hosts.simulators[name].base_url, "wrong")
    with client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m", messages=HI)


@speakers("openai_responses")
def test_responses(hosts: Hosts, name: str) -> None:
    found: list[object] = []
    for client, model in (hosts.through(name), hosts.straight(name)):
        there = client
        if model == "m":  # a few serve it elsewhere
            path = path_of(hosts, name, "openai_responses").removesuffix("/responses")
            there = client.with_options(base_url=urljoin(hosts.simulators[name].base_url, path))
        with there:
            answer = there.responses.create(model=model, input="echo hi")
        assert answer.output_text == "hi"
        found.append(plain(answer))
    assert hosts.simulators[name].requests[-1].target == path_of(hosts, name, "openai_responses")
    assert hosts.simulators[name].requests[-2].target == path_of(hosts, name, "openai_responses")
    assert found[0] == found[1]


@speakers("openai_embeddings")
def test_embeddings(hosts: Hosts, name: str) -> None:
    found: list[object] = []
    for client, model in (hosts.through(name), hosts.straight(name)):
        with client:
            found.append(plain(client.embeddings.create(model=model, input=["one", "two"])))
    assert found[0] == found[1]


@speakers("openai_completions")
def test_completions(hosts: Hosts, name: str) -> None:
    found: list[object] = []
    for client, model in (hosts.through(name), hosts.straight(name)):
        with client:
            found.append(plain(client.completions.create(model=model, prompt="echo hi")))
    assert found[0] == found[1]


@speakers("anthropic_messages")
def test_messages(hosts: Hosts, name: str) -> None:
    url = hosts.gateway.base_url
    with anthropic.Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0) as client:
        answer = client.messages.create(
            model=f"{name}/m", max_tokens=9, messages=[{"role": "user", "content": "echo hi"}]
        )
    assert [block.text for block in answer.content if block.type == "text"] == ["hi"]
    request, _ = last(hosts, name)
    assert request.target == path_of(hosts, name, "anthropic_messages")
    assert request.header("authorization") == f"Bearer {PROVIDER_KEY}"
    both = ROWS[name].auth == "bearer_and_x_api_key"
    assert request.header("x-api-key") == (PROVIDER_KEY if both else None)


def test_a_host_without_a_dialect_is_translated_for(hosts: Hosts) -> None:
    url = hosts.gateway.base_url
    with anthropic.Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0) as client:
        answer = client.messages.create(
            model="together/m", max_tokens=3, messages=[{"role": "user", "content": "count to 9"}]
        )
    assert [block.text for block in answer.content if block.type == "text"] == ["1 2 3"]
    request, body = last(hosts, "together")
    assert request.target == "/v1/chat/completions"
    assert body["max_tokens"] == 3
    assert "max_completion_tokens" not in body
