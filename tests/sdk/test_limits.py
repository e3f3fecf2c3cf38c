"""A budget that is spent and a limit that is reached, as the official clients tell it.

Each raises its own error of too many requests. What is refused for long, OpenAI's and Anthropic's
clients do not ask again; the others are asked once here, for they would wait and try.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any, Final, cast

import anthropic
import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
import cohere
import msgspec
import openai
import pytest
from botocore import config, exceptions  # pyright: ignore[reportMissingTypeStubs] - as above
from google import genai
from google.genai import errors, types
from mistralai.client import Mistral
from mistralai.client.errors import SDKError

from detente.simulator import Simulator, SimulatorThread
from tests.gateway_configuration import (
    PROVIDER_KEY,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway
from tests.ledger_entries import entry_of

KEY: Final = "dt-nobody-checks"
UPSTREAM: Final = "gpt-4o-mini"
SPENT: Final = "anthropic.spent"
BUSY: Final = "anthropic.busy"
RULES: Final = """
[organisation]
budgets = [{ usd = 0, model = "tests/spent" }]
limits = [{ requests_per_minute = 1, model = "tests/busy" }]

[[prices]]
model = "tests/*"
input = 1
output = 2
source = "a test"
"""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a client raised: the status, and what the error says."""

    status: int
    text: str


def ask_openai(url: str, model: str) -> Told:
    with (
        openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client,
        pytest.raises(openai.RateLimitError) as caught,
    ):
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
    return Told(status=caught.value.status_code, text=f"{caught.value.code} {caught.value}")


def ask_anthropic(url: str, model: str) -> Told:
    with (
        anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0) as client,
        pytest.raises(anthropic.RateLimitError) as caught,
    ):
        client.messages.create(
            model=model, max_tokens=10, messages=[{"role": "user", "content": "hi"}]
        )
    return Told(status=caught.value.status_code, text=str(caught.value))


def ask_converse(url: str, model: str) -> Told:
    connect: Any = vars(boto3)["client"]
    client = connect(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="AKIDTESTS",
        aws_secret_access_key="secret",
        config=config.Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    with pytest.raises(exceptions.ClientError) as caught:
        client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "hi"}]}])
    answer = cast("dict[str, Any]", vars(caught.value)["response"])
    assert answer["Error"]["Code"] == "ThrottlingException"
    assert isinstance(caught.value, client.exceptions.ThrottlingException)
    return Told(
        status=answer["ResponseMetadata"]["HTTPStatusCode"], text=answer["Error"]["Message"]
    )


def ask_cohere(url: str, model: str) -> Told:
    client = cohere.ClientV2(api_key=KEY, base_url=url)
    with pytest.raises(cohere.TooManyRequestsError) as caught:
        client.chat(
            model=model,
            messages=[cohere.UserChatMessageV2(content="hi")],
            request_options={"max_retries": 0},
        )
    assert caught.value.status_code is not None
    return Told(status=caught.value.status_code, text=str(caught.value.body))


def ask_gemini(url: str, model: str) -> Told:
    client: Any = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url))
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model=model, contents="hi")
    assert caught.value.status == "RESOURCE_EXHAUSTED"
    return Told(status=caught.value.code, text=str(caught.value))


def ask_mistral(url: str, model: str) -> Told:
    with Mistral(api_key=KEY, server_url=url) as client, pytest.raises(SDKError) as caught:
        client.chat.complete(model=model, messages=[{"role": "user", "content": "hi"}])
    return Told(status=caught.value.status_code, text=caught.value.body)


CLIENTS: Final[dict[str, Callable[[str, str], Told]]] = {
    "openai": ask_openai,
    "anthropic": ask_anthropic,
    "boto3": ask_converse,
    "cohere": ask_cohere,
    "google-genai": ask_gemini,
    "mistral": ask_mistral,
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[GatewayProcess]:
    """A gateway before one provider; its limit of one request a minute is used up."""
    with ExitStack() as stack:
        provider = stack.enter_context(
            SimulatorThread(Simulator("openai", models=[UPSTREAM], api_key=PROVIDER_KEY))
        )
        rows = [ProviderRow(name="first", kind="openai", base_url=provider.base_url)]
        models = [
            ModelRow(name=f"tests/{alias.partition('.')[2]}", aliases=(alias,), deployments=at)
            for alias, at in ((SPENT, (("first", UPSTREAM),)), (BUSY, (("first", UPSTREAM),)))
        ]
        text = gateway_toml(providers=rows, models=models, more=RULES)
        folder = tmp_path_factory.mktemp("limits")
        running = stack.enter_context(running_gateway(folder, text, credential_files(rows)))
        with openai.OpenAI(base_url=f"{running.base_url}/v1", api_key=KEY) as client:
            client.chat.completions.create(model=BUSY, messages=[{"role": "user", "content": "hi"}])
        yield running


@pytest.mark.parametrize("name", CLIENTS)
def test_a_spent_budget_is_the_clients_own_error(gateway: GatewayProcess, name: str) -> None:
    told = CLIENTS[name](gateway.base_url, SPENT)
    assert told.status == 429
    assert "organisation/usd/month@" in told.text


@pytest.mark.parametrize("name", CLIENTS)
def test_a_reached_limit_is_the_clients_own_error(gateway: GatewayProcess, name: str) -> None:
    told = CLIENTS[name](gateway.base_url, BUSY)
    assert told.status == 429
    assert "`organisation/requests/60s~tests/busy` is reached" in told.text


def test_a_spent_budget_is_not_asked_again(gateway: GatewayProcess) -> None:
    with (
        openai.OpenAI(base_url=f"{gateway.base_url}/v1", api_key=KEY) as client,
        pytest.raises(openai.RateLimitError) as caught,
    ):
        client.chat.completions.create(model=SPENT, messages=[{"role": "user", "content": "hi"}])
    headers = caught.value.response.headers
    assert headers["x-should-retry"] == "false"
    entry = entry_of(gateway.state, headers["x-detente-request-id"])
    assert (entry.client_try, entry.outcome, entry.error) == (1, "denied", "budget_exhausted")


def test_a_reached_limit_tells_the_time(gateway: GatewayProcess) -> None:
    with (
        anthropic.Anthropic(base_url=gateway.base_url, api_key=KEY, max_retries=0) as client,
        pytest.raises(anthropic.RateLimitError) as caught,
    ):
        client.messages.create(
            model=BUSY, max_tokens=10, messages=[{"role": "user", "content": "hi"}]
        )
    headers = caught.value.response.headers
    assert 0 < int(headers["retry-after-ms"]) <= 60_000
    assert int(headers["retry-after"]) == -(-int(headers["retry-after-ms"]) // 1000)
    assert "x-should-retry" not in headers
