"""The official Azure client, and the plain one on Azure's v1 path, against a simulated Azure."""

from collections.abc import Iterator

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.sim.conftest import KEY

VERSION = "2024-10-21"
HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "echo hi"}]


def old_style(simulator: SimulatorThread, key: str = KEY) -> openai.AzureOpenAI:
    return openai.AzureOpenAI(
        azure_endpoint=simulator.base_url, api_key=key, api_version=VERSION, max_retries=0
    )


def v1_style(simulator: SimulatorThread, key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(base_url=simulator.base_url + "/openai/v1/", api_key=key, max_retries=0)


@pytest.fixture(params=[old_style, v1_style])
def client(
    request: pytest.FixtureRequest, azure_simulator: SimulatorThread
) -> Iterator[openai.OpenAI]:
    with request.param(azure_simulator) as client:
        yield client


def test_chat_with_the_filters_findings(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4", messages=HI)
    assert answer.choices[0].message.content == "hi"
    found = answer.model_dump()
    assert found["prompt_filter_results"][0]["content_filter_results"]["hate"]["severity"] == "safe"
    assert found["choices"][0]["content_filter_results"]["violence"]["filtered"] is False


def test_a_stream_begins_with_the_prompts_findings(client: openai.OpenAI) -> None:
    with client.chat.completions.create(model="gpt-4", messages=HI, stream=True) as stream:
        chunks = list(stream)
    assert chunks[0].choices == []
    assert "prompt_filter_results" in chunks[0].model_dump()
    text = [chunk.choices[0].delta.content for chunk in chunks[1:]]
    assert text == ["", "hi", None]


def test_the_stream_helper(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="gpt-4", messages=HI) as stream:
        assert stream.get_final_completion().choices[0].message.content == "hi"


def test_responses_embeddings_and_models(client: openai.OpenAI) -> None:
    assert client.responses.create(model="gpt-4", input="echo hi").output_text == "hi"
    assert len(client.embeddings.create(model="text-embedding-3-small", input="hi").data) == 1
    assert "gpt-4" in [model.id for model in client.models.list()]


def test_an_unknown_deployment(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as found:
        client.chat.completions.create(model="gpt-9", messages=HI)
    assert found.value.code == "DeploymentNotFound"
    assert "apim-request-id" in found.value.response.headers


@pytest.mark.parametrize("style", [old_style, v1_style])
def test_a_wrong_key(azure_simulator: SimulatorThread, style: type) -> None:
    with (
        style(azure_simulator, "wrong") as client,
        pytest.raises(openai.AuthenticationError) as found,
    ):
        client.chat.completions.create(model="gpt-4", messages=HI)
    assert found.value.code == "401"


def test_a_bearer_token_is_as_good_as_an_api_key(azure_simulator: SimulatorThread) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=azure_simulator.base_url, azure_ad_token=KEY, api_version=VERSION
    ) as client:
        client.chat.completions.create(model="gpt-4", messages=HI)
    names = [name for name, _ in azure_simulator.requests[0].headers]
    assert "authorization" in names
    assert "api-key" not in names


def test_the_paths_deployment_wins_over_the_bodys_model(azure_simulator: SimulatorThread) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=azure_simulator.base_url,
        azure_deployment="gpt-4",
        api_key=KEY,
        api_version=VERSION,
        max_retries=0,
    ) as client:
        answer = client.chat.completions.create(model="something else", messages=HI)
    assert answer.model == "gpt-4"


@pytest.mark.parametrize("path", ["/openai/deployments/gpt-4/chat/completions", "/openai/models"])
def test_the_old_style_needs_an_api_version(azure_simulator: SimulatorThread, path: str) -> None:
    answer = httpx2.post(azure_simulator.base_url + path, json={}, headers={"api-key": KEY})
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": "404", "message": "Resource not found"}}


@pytest.mark.parametrize(
    "path", ["/openai/deployments/gpt-4/images?api-version=1", "/openai/v1/images", "/elsewhere"]
)
def test_what_is_not_served_is_not_found(azure_simulator: SimulatorThread, path: str) -> None:
    answer = httpx2.post(azure_simulator.base_url + path, json={}, headers={"api-key": KEY})
    assert answer.status_code == 404


def test_a_bad_body_is_refused_in_shape(azure_simulator: SimulatorThread) -> None:
    url = azure_simulator.base_url + "/openai/v1/chat/completions"
    answer = httpx2.post(url, content=b"{", headers={"api-key": KEY})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_above_capacity_both_retry_headers_agree() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    simulator = Simulator("azure", models=["gpt-4"], behaviour=behaviour)
    with (
        SimulatorThread(simulator) as running,
        old_style(running) as client,
        pytest.raises(openai.RateLimitError) as found,
    ):
        client.chat.completions.create(model="gpt-4", messages=HI)
    headers = found.value.response.headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("60", "60000")
    assert found.value.code == "429"
