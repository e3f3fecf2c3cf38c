"""Tokens are counted by four official SDKs at four platforms, each through each: 16 pairs.

Every platform has its own way to count, so that what a client is told has to be what the platform's
own SDK is told of the same question, put to it without a gateway.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from typing import Any, Final

import anthropic
import boto3  # pyright: ignore[reportMissingTypeStubs] -- it has none
import msgspec
import openai
import pytest
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- as above
from google import genai
from google.genai import types

from detente.canonical.model import Dialect
from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.gateway.access_keys import access_key_id, secret_access_key
from detente.simulator import Simulator, SimulatorThread
from tests.gateway.scripts import hashed
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway

CLIENT_KEY: Final = "dt-counting-tests-0001"
MASTER_KEY: Final = "a master key of the tests, long enough"
TIMEOUT_S: Final = 20.0

UPSTREAMS: Final[dict[Dialect, tuple[ProviderKindName, str]]] = {
    "openai_input_tokens": ("openai", "gpt-5.1"),
    "anthropic_count_tokens": ("anthropic", "claude-sonnet-4-5"),
    "gemini_count_tokens": ("gemini", "gemini-3-pro"),
    "bedrock_count_tokens": ("bedrock", "anthropic.claude-sonnet-4-5-v1:0"),
}
"""For each dialect, the kind of platform that counts in it and a model there."""
UNCOUNTED: Final = "m-azure"
"""A model whose platform cannot count."""

SYSTEM: Final = "Answer in one word, and be exact."
ASKED: Final = "What is the weather in Paris, transatlantically speaking?"
DESCRIBED: Final = "tells the weather of a city"
SCHEMA: Final[dict[str, Any]] = {"type": "object", "properties": {"city": {"type": "string"}}}

Count = Callable[[str, str, str, str], int]
"""An address, two halves of a credential (an access key's id and secret; the second is the key
alone for others) and a model, to the number that the SDK tells."""


def count_openai(url: str, _: str, key: str, model: str) -> int:
    client = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0, timeout=TIMEOUT_S)
    tool: Any = {
        "type": "function",
        "name": "weather",
        "description": DESCRIBED,
        "parameters": SCHEMA,
        "strict": None,
    }
    told = client.responses.input_tokens.count(
        model=model, instructions=SYSTEM, input=ASKED, tools=[tool]
    )
    assert told.object == "response.input_tokens"
    return told.input_tokens


def count_anthropic(url: str, _: str, key: str, model: str) -> int:
    client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=TIMEOUT_S)
    return client.messages.count_tokens(
        model=model,
        system=SYSTEM,
        messages=[{"role": "user", "content": ASKED}],
        tools=[{"name": "weather", "description": DESCRIBED, "input_schema": SCHEMA}],
    ).input_tokens


def count_gemini(url: str, _: str, key: str, model: str) -> int:
    """In its mode for Vertex AI, which alone lets it count more than turns."""
    client = google(url, key, vertexai=True)
    told = client.models.count_tokens(  # pyright: ignore[reportUnknownMemberType] -- its own type
        model=model,
        contents=ASKED,
        config=types.CountTokensConfig(
            system_instruction=types.Content(parts=[types.Part(text=SYSTEM)]),
            tools=[
                types.Tool(
                    function_declarations=[
                        types.FunctionDeclaration(
                            name="weather", description=DESCRIBED, parameters_json_schema=SCHEMA
                        )
                    ]
                )
            ],
        ),
    )
    assert told.total_tokens is not None
    return told.total_tokens


def count_bedrock(url: str, id_: str, secret: str, model: str) -> int:
    tool = {
        "toolSpec": {
            "name": "weather",
            "description": DESCRIBED,
            "inputSchema": {"json": SCHEMA},
        }
    }
    told = amazon(url, id_, secret).count_tokens(
        modelId=model,
        input={
            "converse": {
                "system": [{"text": SYSTEM}],
                "messages": [{"role": "user", "content": [{"text": ASKED}]}],
                "toolConfig": {"tools": [tool]},
            }
        },
    )
    return told["inputTokens"]


def google(url: str, key: str, *, vertexai: bool) -> genai.Client:
    return genai.Client(
        vertexai=vertexai,
        api_key=key,
        http_options=types.HttpOptions(base_url=url, timeout=int(TIMEOUT_S * 1000)),
    )


def amazon(url: str, id_: str, secret: str) -> Any:
    connect: Any = vars(boto3)["client"]
    return connect(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=id_,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=TIMEOUT_S),
    )


CLIENTS: Final[dict[Dialect, Count]] = {
    "openai_input_tokens": count_openai,
    "anthropic_count_tokens": count_anthropic,
    "gemini_count_tokens": count_gemini,
    "bedrock_count_tokens": count_bedrock,
}


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and the platforms, by the dialect in which they count."""

    url: str
    platforms: Mapping[Dialect, SimulatorThread]

    def count(self, client: Dialect, model: str) -> int:
        """What a client is told by the gateway."""
        id_ = access_key_id(hashed(CLIENT_KEY))
        amazon = client == "bedrock_count_tokens"
        secret = secret_access_key(MASTER_KEY, id_) if amazon else CLIENT_KEY
        return CLIENTS[client](self.url, id_, secret, model)

    def count_directly(self, dialect: Dialect) -> int:
        """What the platform tells its own client."""
        url = self.platforms[dialect].base_url.removesuffix("/v1")
        return CLIENTS[dialect](url, "AKIDEXAMPLE", PROVIDER_KEY, UPSTREAMS[dialect][1])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        kinds: dict[str, tuple[ProviderKindName, str]] = {
            **UPSTREAMS,
            UNCOUNTED: ("azure", "gpt-prod"),
        }
        simulators = {
            name: stack.enter_context(
                SimulatorThread(
                    Simulator(
                        kind,
                        models=[model],
                        api_key=PROVIDER_KEY,
                        behaviour=SimulatedProvider(tokens=6),
                    )
                )
            )
            for name, (kind, model) in kinds.items()
        }
        rows = [
            ProviderRow(
                name=name,
                kind=kind,
                base_url=simulators[name].base_url,
                settings='region = "us-east-1"',
            )
            for name, (kind, _) in kinds.items()
        ]
        models = [
            # Bedrock counts for Anthropic's models only
            ModelRow(
                name=f"anthropic/{name}",
                aliases=(name if name == UNCOUNTED else f"m-{name}",),
                deployments=((name, model),),
            )
            for name, (_, model) in kinds.items()
        ]
        text = gateway_toml(
            providers=rows, models=models, keys=[KeyRow(name="counting", key=CLIENT_KEY)]
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        files = {**credential_files(rows), "master": MASTER_KEY}
        folder = tmp_path_factory.mktemp("counting") / "gateway"
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(url=gateway.base_url, platforms={name: simulators[name] for name in UPSTREAMS})


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_told_what_the_platforms_own_is(
    stage: Stage, client: Dialect, upstream: Dialect
) -> None:
    counted = stage.count(client, f"m-{upstream}")
    assert counted == stage.count_directly(upstream)
    assert counted > 20


def test_counts_differ_by_platform(stage: Stage) -> None:
    """Or else the test above would show nothing."""
    assert len({stage.count_directly(dialect) for dialect in UPSTREAMS}) >= 3
