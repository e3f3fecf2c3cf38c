"""The official OpenAI client, unmodified: the same results through the gateway as without it."""

import asyncio
from collections.abc import Callable

import openai
import pytest
from openai.types.chat import ChatCompletionToolParam

from tests.gateway_configuration import PROVIDER_KEY
from tests.sdk.comparison import assert_own_headers, plain
from tests.sdk.stage import CHAT_MODEL, CLIENT_KEY, EMBEDDING_MODEL, Stage

TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "the weather of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]


def _chat(client: openai.OpenAI) -> object:
    return client.chat.completions.create(
        model=CHAT_MODEL, messages=[{"role": "user", "content": "What is the capital of France?"}]
    )


def _chat_stream(client: openai.OpenAI) -> object:
    stream = client.chat.completions.create(
        model=CHAT_MODEL, messages=[{"role": "user", "content": "Count to three"}], stream=True
    )
    return list(stream)


def _chat_stream_with_usage(client: openai.OpenAI) -> object:
    stream = client.chat.completions.create(
        model=CHAT_MODEL,
        messages=[{"role": "user", "content": "Count to four"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    return list(stream)


def _chat_stream_helper(client: openai.OpenAI) -> object:
    with client.chat.completions.stream(
        model=CHAT_MODEL, messages=[{"role": "user", "content": "Say hello"}]
    ) as stream:
        stream.until_done()
        return stream.get_final_completion()


def _tools(client: openai.OpenAI) -> object:
    return client.chat.completions.create(
        model=CHAT_MODEL,
        messages=[{"role": "user", "content": "How is the weather in Paris?"}],
        tools=TOOLS,
        tool_choice="required",
    )


def _tools_stream(client: openai.OpenAI) -> object:
    stream = client.chat.completions.create(
        model=CHAT_MODEL,
        messages=[{"role": "user", "content": "How is the weather in Paris?"}],
        tools=TOOLS,
        tool_choice="required",
        stream=True,
    )
    return list(stream)


def _embeddings(client: openai.OpenAI) -> object:
    return client.embeddings.create(model=EMBEDDING_MODEL, input=["one", "two"])


def _embeddings_float(client: openai.OpenAI) -> object:
    return client.embeddings.create(model=EMBEDDING_MODEL, input="one", encoding_format="float")


def _responses(client: openai.OpenAI) -> object:
    return client.responses.create(model=CHAT_MODEL, input="What is the capital of France?")


def _responses_stream(client: openai.OpenAI) -> object:
    return list(client.responses.create(model=CHAT_MODEL, input="Count to three", stream=True))


def _responses_helper(client: openai.OpenAI) -> object:
    with client.responses.stream(model=CHAT_MODEL, input="Say hello") as stream:
        stream.until_done()
        return stream.get_final_response()


CALLS: tuple[Callable[[openai.OpenAI], object], ...] = (
    _chat,
    _chat_stream,
    _chat_stream_with_usage,
    _chat_stream_helper,
    _tools,
    _tools_stream,
    _embeddings,
    _embeddings_float,
    _responses,
    _responses_stream,
    _responses_helper,
)


def _through(stage: Stage) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{stage.gateway_url}/v1", api_key=CLIENT_KEY, max_retries=0)


def _straight(stage: Stage) -> openai.OpenAI:
    return openai.OpenAI(base_url=stage.openai.base_url, api_key=PROVIDER_KEY, max_retries=0)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__.strip("_"))
def test_results_equal_the_direct_calls(
    stage: Stage, call: Callable[[openai.OpenAI], object]
) -> None:
    with _through(stage) as through, _straight(stage) as straight:
        assert plain(call(through)) == plain(call(straight))


def test_every_answer_carries_the_gateways_headers(stage: Stage) -> None:
    with _through(stage) as client:
        chat = client.chat.completions.with_raw_response.create(
            model=CHAT_MODEL, messages=[{"role": "user", "content": "headers"}]
        )
        stream = client.chat.completions.with_raw_response.create(
            model=CHAT_MODEL, messages=[{"role": "user", "content": "headers"}], stream=True
        )
        responses = client.responses.with_raw_response.create(model=CHAT_MODEL, input="headers")
        for raw in (chat, stream, responses):
            assert_own_headers(raw.headers, f"openai/{CHAT_MODEL}")
        list(stream.parse())
        embedding = client.embeddings.with_raw_response.create(model=EMBEDDING_MODEL, input="x")
        assert_own_headers(embedding.headers, f"openai/{EMBEDDING_MODEL}")


def test_the_providers_request_id_is_relayed(stage: Stage) -> None:
    with _through(stage) as client:
        completion = client.chat.completions.create(
            model=CHAT_MODEL, messages=[{"role": "user", "content": "id"}]
        )
        assert completion._request_id  # pyright: ignore[reportPrivateUsage] # its public name


def test_models_are_those_that_are_configured(stage: Stage) -> None:
    with _through(stage) as client:
        names = {model.id for model in client.models.list()}
        assert {f"openai/{CHAT_MODEL}", f"openai/{EMBEDDING_MODEL}"} <= names
        assert client.models.retrieve(f"openai/{CHAT_MODEL}").id == f"openai/{CHAT_MODEL}"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("openai/gpt-nobody")


def test_the_asynchronous_client_gets_the_same(stage: Stage) -> None:
    async def ask() -> tuple[object, object, object]:
        async with openai.AsyncOpenAI(
            base_url=f"{stage.gateway_url}/v1", api_key=CLIENT_KEY, max_retries=0
        ) as client:
            whole = client.chat.completions.create(
                model=CHAT_MODEL,
                messages=[{"role": "user", "content": "What is the capital of France?"}],
            )
            stream = await client.chat.completions.create(
                model=CHAT_MODEL,
                messages=[{"role": "user", "content": "Count to three"}],
                stream=True,
            )
            responses = client.responses.create(
                model=CHAT_MODEL, input="What is the capital of France?"
            )
            pieces = [piece async for piece in stream]
            return await whole, pieces, await responses

    with _straight(stage) as straight:
        expected = [_chat(straight), _chat_stream(straight), _responses(straight)]
    assert plain(list(asyncio.run(ask()))) == plain(expected)


def test_usage_is_hidden_from_a_stream_that_did_not_ask_and_asked_for_upstream(
    stage: Stage,
) -> None:
    with _through(stage) as client:
        stream = client.chat.completions.create(
            model=CHAT_MODEL,
            messages=[{"role": "user", "content": "hidden-usage"}],
            stream=True,
        )
        assert all(chunk.usage is None and chunk.choices for chunk in stream)
    (received,) = [got for got in stage.openai.requests if b"hidden-usage" in got.body]
    assert b'"include_usage":true' in received.body.replace(b" ", b"")


def test_the_virtual_key_never_reaches_the_provider(stage: Stage) -> None:
    with _through(stage) as client:
        _chat(client)
    for received in (*stage.openai.requests, *stage.azure.requests, *stage.anthropic.requests):
        assert CLIENT_KEY not in repr(received.headers)
        assert "x-detente" not in repr(received.headers).lower()
