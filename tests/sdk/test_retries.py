"""An upstream that always fails is asked once for each attempt, not for each try of a client.

The official clients, with their tries as they come, against a gateway whose model is at two
providers, and at one. Both always fail.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any, Final

import anthropic
import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
import cohere
import msgspec
import ollama
import openai
import pytest
from anthropic.lib.bedrock import AnthropicBedrock
from botocore import config  # pyright: ignore[reportMissingTypeStubs] - as above
from google import genai
from google.genai import types
from mistralai.client import Mistral

from detente.simulator import Simulator, SimulatorThread, Status
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
TWICE: Final = "anthropic.twice"
"""A model at both providers, by a name that every client takes."""
ONCE: Final = "anthropic.once"
MANY: Final = 100
"""More failures than any client can ask for."""
Ask = Callable[[str, str], None]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and its two providers."""

    gateway: GatewayProcess
    providers: tuple[SimulatorThread, ...]

    def fail(self, status: int, **headers: str) -> None:
        """From now on both answer with `status`."""
        for provider in self.providers:
            provider.reset()
            provider.script(Status(status=status, times=MANY, headers=headers))

    @property
    def asked(self) -> list[int]:
        """How often each was asked since."""
        return [len(provider.requests) for provider in self.providers]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        providers = tuple(
            stack.enter_context(
                SimulatorThread(Simulator("openai", models=[UPSTREAM], api_key=PROVIDER_KEY))
            )
            for _ in range(2)
        )
        names = ("first", "second")
        rows = [
            ProviderRow(name=name, kind="openai", base_url=provider.base_url)
            for name, provider in zip(names, providers, strict=True)
        ]
        at_both = tuple((name, UPSTREAM) for name in names)
        models = [
            ModelRow(name="tests/twice", aliases=(TWICE,), deployments=at_both),
            ModelRow(name="tests/once", aliases=(ONCE,), deployments=at_both[:1]),
        ]
        text = gateway_toml(providers=rows, models=models)
        folder = tmp_path_factory.mktemp("retries")
        gateway = stack.enter_context(running_gateway(folder, text, credential_files(rows)))
        yield Stage(gateway=gateway, providers=providers)


def ask_openai(url: str, model: str) -> None:
    with openai.OpenAI(base_url=f"{url}/v1", api_key=KEY) as client:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])


def ask_responses(url: str, model: str) -> None:
    with openai.OpenAI(base_url=f"{url}/v1", api_key=KEY) as client:
        client.responses.create(model=model, input="hi")


def ask_anthropic(url: str, model: str) -> None:
    with anthropic.Anthropic(base_url=url, api_key=KEY) as client:
        client.messages.create(
            model=model, max_tokens=10, messages=[{"role": "user", "content": "hi"}]
        )


def ask_invoke(url: str, model: str) -> None:
    client = AnthropicBedrock(
        base_url=url, aws_access_key="AKIDTESTS", aws_secret_key="secret", aws_region="us-east-1"
    )
    with client:
        client.messages.create(
            model=model, max_tokens=10, messages=[{"role": "user", "content": "hi"}]
        )


def ask_converse(mode: str) -> Ask:
    def ask(url: str, model: str) -> None:
        connect: Any = vars(boto3)["client"]
        client = connect(
            "bedrock-runtime",
            endpoint_url=url,
            region_name="eu-west-1",
            aws_access_key_id="AKIDTESTS",
            aws_secret_access_key="secret",
            config=config.Config(retries={"mode": mode}),
        )
        client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "hi"}]}])

    return ask


def ask_cohere(url: str, model: str) -> None:
    client = cohere.ClientV2(api_key=KEY, base_url=url)
    client.chat(model=model, messages=[cohere.UserChatMessageV2(content="hi")])


def ask_gemini(url: str, model: str) -> None:
    client: Any = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url))
    client.models.generate_content(model=model, contents="hi")


def ask_mistral(url: str, model: str) -> None:
    with Mistral(api_key=KEY, server_url=url) as client:
        client.chat.complete(model=model, messages=[{"role": "user", "content": "hi"}])


def ask_ollama(url: str, model: str) -> None:
    client: Any = ollama.Client(host=url)
    client.chat(model, [{"role": "user", "content": "hi"}])


CLIENTS: Final[dict[str, Ask]] = {
    "openai chat": ask_openai,
    "openai responses": ask_responses,
    "anthropic": ask_anthropic,
    "anthropic on bedrock": ask_invoke,
    "boto3 standard": ask_converse("standard"),
    "boto3 legacy": ask_converse("legacy"),
    "boto3 adaptive": ask_converse("adaptive"),
    "cohere": ask_cohere,
    "google-genai": ask_gemini,
    "mistral": ask_mistral,
    "ollama": ask_ollama,
}


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_clients_tries_are_not_multiplied(stage: Stage, name: str, status: int) -> None:
    stage.fail(status)
    with pytest.raises(Exception, match=r"after 2 attempts|because it was told to"):
        CLIENTS[name](stage.gateway.base_url, TWICE)
    assert stage.asked == [1, 1]


@pytest.mark.parametrize("name", CLIENTS)
def test_nobody_tries_again_what_the_operator_has_to_mend(stage: Stage, name: str) -> None:
    stage.fail(401)
    with pytest.raises(Exception, match="rejected the gateway's credentials"):
        CLIENTS[name](stage.gateway.base_url, ONCE)
    assert stage.asked == [1, 0]


def test_where_the_gateway_could_try_nothing_else_the_client_may(stage: Stage) -> None:
    stage.fail(500, **{"retry-after-ms": "1"})
    with pytest.raises(openai.InternalServerError) as caught:
        ask_openai(stage.gateway.base_url, ONCE)
    assert stage.asked == [3, 0]
    headers = caught.value.response.headers
    assert "x-should-retry" not in headers
    assert entry_of(stage.gateway.state, headers["x-detente-request-id"]).client_try == 3
