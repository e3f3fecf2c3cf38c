"""The official Azure client, and the plain one on Azure's v1 path, against a simulated Azure."""

from collections.abc import Iterator

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.sim.conftest import KEY
from tests.sim.entra import HOUR, token

AUDIENCE = "https://cognitiveservices.azure.com"
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


def by_token(simulator: SimulatorThread, given: str) -> openai.AzureOpenAI:
    return openai.AzureOpenAI(
        azure_endpoint=simulator.base_url,
        azure_ad_token_provider=lambda: given,
        api_version=VERSION,
        max_retries=0,
    )


@pytest.fixture(name="entra", scope="module")
def _entra() -> Iterator[SimulatorThread]:
    with SimulatorThread(Simulator("azure", models=["gpt-4"], issued_tokens=True)) as running:
        yield running


@pytest.mark.parametrize("audience", [AUDIENCE, "https://ai.azure.com"])
def test_entras_tokens_in_both_styles(entra: SimulatorThread, audience: str) -> None:
    given = token(audience)
    with by_token(entra, given) as dated, v1_style(entra, given) as undated:
        for client in (dated, undated):
            answer = client.chat.completions.create(model="gpt-4", messages=HI)
            assert answer.choices[0].message.content == "hi"


@pytest.mark.parametrize(
    "given",
    [token(AUDIENCE, lives=-HOUR), token("https://management.azure.com"), "no.t.oken"],
    ids=["ended", "for others", "foreign"],
)
def test_tokens_that_do_not_hold(entra: SimulatorThread, given: str) -> None:
    with by_token(entra, given) as client, pytest.raises(openai.AuthenticationError) as found:
        client.chat.completions.create(model="gpt-4", messages=HI)
    assert "audience is incorrect" in found.value.message


def asked(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


def test_a_forbidden_prompt_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as found:
        client.chat.completions.create(model="gpt-4", messages=asked("forbidden prompt"))
    assert found.value.code == "content_filter"
    error = found.value.response.json()["error"]
    assert error["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    assert error["innererror"]["content_filter_result"]["violence"]["filtered"] is True
    with pytest.raises(openai.BadRequestError) as found:
        client.responses.create(model="gpt-4", input="forbidden prompt")
    assert found.value.code == "content_filter"


def test_a_forbidden_answer_is_cut_off(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4", messages=asked("forbidden answer"))
    choice = answer.choices[0]
    assert choice.finish_reason == "content_filter"
    assert choice.model_dump()["content_filter_results"]["violence"] == {
        "filtered": True,
        "severity": "high",
    }


def test_filters_that_did_not_run_say_so(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4", messages=asked("unfiltered please"))
    found = answer.model_dump()
    assert found["choices"][0]["finish_reason"] == "stop"
    for results in (found["choices"][0], found["prompt_filter_results"][0]):
        assert results["content_filter_results"]["error"]["code"] == "content_filter_error"


PROVISIONED = SimulatedProvider(capacity_per_minute=2, provisioned=("ptu",))
USED = "azure-openai-deployment-utilization"


@pytest.fixture(name="provisioned")
def _provisioned() -> Iterator[SimulatorThread]:
    simulated = Simulator("azure", models=["ptu", "std"], api_key=KEY, behaviour=PROVISIONED)
    with SimulatorThread(simulated) as running:
        yield running


@pytest.mark.parametrize("style", [old_style, v1_style])
def test_a_provisioned_deployment_tells_how_full_it_is(
    provisioned: SimulatorThread, style: type
) -> None:
    with style(provisioned) as client:
        raw = client.chat.completions.with_raw_response
        first, second = (raw.create(model="ptu", messages=HI) for _ in range(2))
        assert (first.headers[USED], second.headers[USED]) == ("50.0%", "100.0%")
        assert "x-ratelimit-remaining-requests" not in first.headers
        with pytest.raises(openai.RateLimitError) as found:
            raw.create(model="ptu", messages=HI)
        assert found.value.response.headers[USED] == "100.0%"
        assert USED not in raw.create(model="std", messages=HI).headers


@pytest.mark.parametrize("style", [old_style, v1_style])
def test_what_has_no_room_spills_where_the_request_says(
    provisioned: SimulatorThread, style: type
) -> None:
    header = {"x-ms-spillover-deployment": "std"}
    with style(provisioned) as client:
        raw = client.chat.completions.with_raw_response
        for _ in range(2):
            taken = raw.create(model="ptu", messages=HI, extra_headers=header)
            assert "x-ms-spillover-from-deployment" not in taken.headers
        spilled = raw.create(model="ptu", messages=HI, extra_headers=header)
        streamed = client.chat.completions.create(
            model="ptu", messages=HI, stream=True, extra_headers=header
        )
        assert {chunk.model for chunk in streamed if chunk.choices} == {"std"}
        header["x-ms-spillover-deployment"] = "nowhere"
        with pytest.raises(openai.NotFoundError) as found:
            raw.create(model="ptu", messages=HI, extra_headers=header)
    named = ("from-deployment", "error")
    assert [spilled.headers[f"x-ms-spillover-{name}"] for name in named] == ["ptu", "429"]
    assert spilled.headers["x-ms-deployment-name"] == "std"
    assert spilled.parse().model == "std"
    assert found.value.response.headers["x-ms-spillover-error"] == "429"


def test_the_deployments_own_property_wins_over_the_header() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0, provisioned=("ptu",), spillover="std")
    simulated = Simulator("azure", models=["ptu", "std", "other"], behaviour=behaviour)
    with SimulatorThread(simulated) as running, v1_style(running) as client:
        answer = client.responses.create(
            model="ptu", input="echo hi", extra_headers={"x-ms-spillover-deployment": "other"}
        )
    assert (answer.model, answer.output_text) == ("std", "hi")
