"""The official Azure OpenAI client in both of its styles, with both of its credentials."""

from collections.abc import Callable

import openai
import pytest
from openai.lib.azure import AzureOpenAI

from tests.gateway_configuration import PROVIDER_KEY
from tests.sdk.comparison import assert_own_headers, plain
from tests.sdk.stage import API_VERSION, CLIENT_KEY, Stage


class Names:
    """The model names of one side."""

    def __init__(self, chat: str, embedding: str) -> None:
        self.chat = chat
        self.embedding = embedding


THROUGH = Names("chat", "embedding")
STRAIGHT = Names("chat-prod", "embedding-prod")

Call = Callable[[openai.OpenAI, Names], object]


def _chat(client: openai.OpenAI, names: Names) -> object:
    return client.chat.completions.create(
        model=names.chat, messages=[{"role": "user", "content": "What is the capital of France?"}]
    )


def _stream(client: openai.OpenAI, names: Names) -> object:
    return list(
        client.chat.completions.create(
            model=names.chat, messages=[{"role": "user", "content": "Count"}], stream=True
        )
    )


def _embeddings(client: openai.OpenAI, names: Names) -> object:
    return client.embeddings.create(model=names.embedding, input="one")


def _by_api_key(stage: Stage) -> openai.OpenAI:
    return AzureOpenAI(
        azure_endpoint=stage.gateway_url,
        api_version=API_VERSION,
        api_key=CLIENT_KEY,
        max_retries=0,
    )


def _by_bearer(stage: Stage) -> openai.OpenAI:
    return AzureOpenAI(
        azure_endpoint=stage.gateway_url,
        api_version=API_VERSION,
        azure_ad_token=CLIENT_KEY,
        max_retries=0,
    )


def _by_deployment(stage: Stage) -> openai.OpenAI:
    return AzureOpenAI(
        azure_endpoint=stage.gateway_url,
        azure_deployment=THROUGH.chat,
        api_version=API_VERSION,
        api_key=CLIENT_KEY,
        max_retries=0,
    )


def _new_style(stage: Stage) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{stage.gateway_url}/openai/v1", api_key=CLIENT_KEY, max_retries=0
    )


def _straight(stage: Stage) -> openai.OpenAI:
    return AzureOpenAI(
        azure_endpoint=stage.azure.base_url,
        api_version=API_VERSION,
        api_key=PROVIDER_KEY,
        max_retries=0,
    )


@pytest.mark.parametrize("make", [_by_api_key, _by_bearer, _new_style])
@pytest.mark.parametrize("call", [_chat, _stream, _embeddings])
def test_results_equal_the_direct_calls(
    stage: Stage, make: Callable[[Stage], openai.OpenAI], call: Call
) -> None:
    with make(stage) as through, _straight(stage) as straight:
        assert plain(call(through, THROUGH)) == plain(call(straight, STRAIGHT))


def test_the_deployment_in_the_path_wins_over_the_body(stage: Stage) -> None:
    with _by_deployment(stage) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="something-else", messages=[{"role": "user", "content": "path wins"}]
        )
        assert_own_headers(raw.headers, "azure/chat-prod")


@pytest.mark.parametrize("make", [_by_api_key, _new_style])
def test_responses_reach_a_provider_that_serves_them(
    stage: Stage, make: Callable[[Stage], openai.OpenAI]
) -> None:
    with make(stage) as client:
        response = client.responses.create(model=THROUGH.chat, input="hello")
        assert response.status == "completed"
        assert response.output_text


@pytest.mark.parametrize("make", [_by_api_key, _by_bearer, _new_style])
def test_the_client_raises_its_own_errors(
    stage: Stage, make: Callable[[Stage], openai.OpenAI]
) -> None:
    with make(stage) as client, pytest.raises(openai.NotFoundError) as caught:
        _chat(client, Names("nobody", "nobody"))
    assert caught.value.code == "model_unknown"


def test_a_wrong_key_is_an_authentication_error(stage: Stage) -> None:
    client = AzureOpenAI(
        azure_endpoint=stage.gateway_url,
        api_version=API_VERSION,
        api_key="dt-wrong",
        max_retries=0,
    )
    with client, pytest.raises(openai.AuthenticationError) as caught:
        _chat(client, THROUGH)
    assert caught.value.code == "key_invalid"
