"""The official Anthropic client, unmodified, with both of its credentials and API versions."""

import asyncio
from collections.abc import Callable
from typing import cast

import anthropic
import pytest
from anthropic.types import ToolParam

from tests.gateway_configuration import PROVIDER_KEY
from tests.sdk.comparison import assert_own_headers, plain
from tests.sdk.stage import CLAUDE_MODEL, CLIENT_KEY, Stage

TOOLS: list[ToolParam] = [
    {
        "name": "weather",
        "description": "the weather of a city",
        "input_schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    }
]
OLD_VERSION = {"anthropic-version": "2023-06-01"}

Call = Callable[[anthropic.Anthropic], object]


def _create(client: anthropic.Anthropic) -> object:
    return client.messages.create(
        model=CLAUDE_MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hello, Claude"}]
    )


def _create_with_system(client: anthropic.Anthropic) -> object:
    return client.messages.create(
        model=CLAUDE_MODEL,
        max_tokens=100,
        system="Be brief.",
        messages=[{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    )


def _stream(client: anthropic.Anthropic) -> object:
    return list(
        client.messages.create(
            model=CLAUDE_MODEL,
            max_tokens=100,
            messages=[{"role": "user", "content": "Count"}],
            stream=True,
        )
    )


def _stream_helper(client: anthropic.Anthropic) -> object:
    with client.messages.stream(
        model=CLAUDE_MODEL, max_tokens=100, messages=[{"role": "user", "content": "Count"}]
    ) as stream:
        text = "".join(stream.text_stream)
        return [text, plain(stream.get_final_message())]


def _tools(client: anthropic.Anthropic) -> object:
    return client.messages.create(
        model=CLAUDE_MODEL,
        max_tokens=100,
        messages=[{"role": "user", "content": "How is the weather in Paris?"}],
        tools=TOOLS,
        tool_choice={"type": "any"},
    )


def _count(client: anthropic.Anthropic) -> object:
    return client.messages.count_tokens(
        model=CLAUDE_MODEL, messages=[{"role": "user", "content": "How many tokens is this?"}]
    )


CALLS: tuple[Call, ...] = (_create, _create_with_system, _stream, _stream_helper, _tools, _count)


def _by_api_key(stage: Stage) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=stage.gateway_url, api_key=CLIENT_KEY, max_retries=0)


def _by_auth_token(stage: Stage) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=stage.gateway_url, auth_token=CLIENT_KEY, max_retries=0)


def _as_older_clients(stage: Stage) -> anthropic.Anthropic:
    """Clients before 2.0 send `x-api-key` and the older API version."""
    # The client's type is narrower than what it takes: `omit` takes a header away.
    headers = cast(
        "dict[str, str]",
        {"x-api-key": CLIENT_KEY, "Authorization": anthropic.omit, **OLD_VERSION},
    )
    return anthropic.Anthropic(
        base_url=stage.gateway_url,
        api_key=CLIENT_KEY,
        default_headers=headers,
        max_retries=0,
    )


def _straight(stage: Stage) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=stage.anthropic.base_url, api_key=PROVIDER_KEY, max_retries=0
    )


@pytest.mark.parametrize("make", [_by_api_key, _by_auth_token, _as_older_clients])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__.strip("_"))
def test_results_equal_the_direct_calls(
    stage: Stage, make: Callable[[Stage], anthropic.Anthropic], call: Call
) -> None:
    with make(stage) as through, _straight(stage) as straight:
        assert plain(call(through)) == plain(call(straight))


def test_every_answer_carries_the_gateways_headers(stage: Stage) -> None:
    with _by_api_key(stage) as client:
        raw = client.messages.with_raw_response.create(
            model=CLAUDE_MODEL, max_tokens=10, messages=[{"role": "user", "content": "headers"}]
        )
        assert_own_headers(raw.headers, f"anthropic/{CLAUDE_MODEL}")
        counted = client.messages.with_raw_response.count_tokens(
            model=CLAUDE_MODEL, messages=[{"role": "user", "content": "headers"}]
        )
        assert_own_headers(counted.headers, f"anthropic/{CLAUDE_MODEL}")


def test_the_api_version_and_betas_travel(stage: Stage) -> None:
    with _by_api_key(stage) as client:
        client.messages.create(
            model=CLAUDE_MODEL,
            max_tokens=10,
            messages=[{"role": "user", "content": "versioned-call"}],
            extra_headers={"anthropic-beta": "a-2025-01-01,b-2025-02-02", **OLD_VERSION},
        )
    (received,) = [got for got in stage.anthropic.requests if b"versioned-call" in got.body]
    sent = {name.lower(): value for name, value in received.headers}
    assert sent["anthropic-version"] == "2023-06-01"
    assert sent["anthropic-beta"] == "a-2025-01-01,b-2025-02-02"


def test_the_asynchronous_client_gets_the_same(stage: Stage) -> None:
    async def ask() -> list[object]:
        async with anthropic.AsyncAnthropic(
            base_url=stage.gateway_url, api_key=CLIENT_KEY, max_retries=0
        ) as client:
            whole = await client.messages.create(
                model=CLAUDE_MODEL,
                max_tokens=100,
                messages=[{"role": "user", "content": "Hello, Claude"}],
            )
            async with client.messages.stream(
                model=CLAUDE_MODEL, max_tokens=100, messages=[{"role": "user", "content": "Count"}]
            ) as stream:
                text = "".join([piece async for piece in stream.text_stream])
                return [whole, [text, plain(await stream.get_final_message())]]

    with _straight(stage) as straight:
        assert plain(asyncio.run(ask())) == plain([_create(straight), _stream_helper(straight)])


def test_models_are_listed_in_this_clients_shape(stage: Stage) -> None:
    with _by_api_key(stage) as client:
        assert f"anthropic/{CLAUDE_MODEL}" in {model.id for model in client.models.list()}
