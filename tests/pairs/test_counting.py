"""Tokens are counted by four official SDKs at four platforms, each through each: 16 pairs.

Every platform has its own way to count, so that what a client is told has to be what the platform's
own SDK is told of the same question, put to it without a gateway.
"""

from base64 import b64decode
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from typing import Any, Final

import anthropic
import boto3  # pyright: ignore[reportMissingTypeStubs] -- it has none
import msgspec
import openai
import pytest
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- as above
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs] -- as above
from google import genai
from google.genai import errors, types

from detente.canonical.model import Dialect
from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.simulator import Simulator, SimulatorThread
from detente.simulator.tokens import MEDIA_TOKENS, MESSAGE_TOKENS, count
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
from tests.pairs.stage import REGIONS

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
UNSIGNED: Final = b"skip_thought_signature_validator"
"""What Google takes where no signature can be had."""
FOUND: Final = "sunny, with a chance of rain"
IMAGE: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
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
    image = {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{IMAGE}"}
    said: Any = [
        {"role": "user", "content": [{"type": "input_text", "text": ASKED}, image]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": FOUND},
    ]
    told = client.responses.input_tokens.count(
        model=model, instructions=SYSTEM, input=said, tools=[tool]
    )
    assert told.object == "response.input_tokens"
    return told.input_tokens


def count_anthropic(url: str, _: str, key: str, model: str) -> int:
    client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=TIMEOUT_S)
    image = {"type": "base64", "media_type": "image/png", "data": IMAGE}
    said: Any = [
        {
            "role": "user",
            "content": [{"type": "text", "text": ASKED}, {"type": "image", "source": image}],
        },
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "call_1", "name": "weather", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": FOUND}],
        },
    ]
    return client.messages.count_tokens(
        model=model,
        system=SYSTEM,
        messages=said,
        tools=[{"name": "weather", "description": DESCRIBED, "input_schema": SCHEMA}],
    ).input_tokens


def count_gemini(url: str, _: str, key: str, model: str) -> int:
    """In its mode for Vertex AI, which alone lets it count more than turns."""
    client = google(url, key, vertexai=True)
    call = types.FunctionCall(name="weather", args={})
    result = types.FunctionResponse(name="weather", response={"result": FOUND})
    told = client.models.count_tokens(  # pyright: ignore[reportUnknownMemberType] -- its own type
        model=model,
        contents=[
            types.Content(
                role="user",
                parts=[
                    types.Part(text=ASKED),
                    types.Part(
                        inline_data=types.Blob(mime_type="image/png", data=b64decode(IMAGE))
                    ),
                ],
            ),
            types.Content(
                role="model",
                parts=[types.Part(function_call=call, thought_signature=UNSIGNED)],
            ),
            types.Content(role="user", parts=[types.Part(function_response=result)]),
        ],
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
    image = {"format": "png", "source": {"bytes": b64decode(IMAGE)}}
    result = {"toolUseId": "call_1", "content": [{"text": FOUND}]}
    told = amazon(url, id_, secret).count_tokens(
        modelId=model,
        input={
            "converse": {
                "system": [{"text": SYSTEM}],
                "messages": [
                    {"role": "user", "content": [{"text": ASKED}, {"image": image}]},
                    {
                        "role": "assistant",
                        "content": [
                            {"toolUse": {"toolUseId": "call_1", "name": "weather", "input": {}}}
                        ],
                    },
                    {"role": "user", "content": [{"toolResult": result}]},
                ],
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
                settings=REGIONS.get(kind, ""),
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
        models += [
            ModelRow(
                name=f"anthropic/gone-{name}",
                aliases=(f"gone-{name}",),
                deployments=((name, "gone"),),
            )
            for name in UPSTREAMS
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
    assert counted > MEDIA_TOKENS + MESSAGE_TOKENS


def failure_of(client: Dialect, error: Exception) -> tuple[int | None, str]:
    """The status and the words of what an SDK raises, which has to be of its own make."""
    told = str(error)
    if client == "bedrock_count_tokens":
        assert isinstance(error, ClientError)
        answer: Any = vars(error)["response"]
        return answer["ResponseMetadata"]["HTTPStatusCode"], told
    if client == "gemini_count_tokens":
        assert isinstance(error, errors.APIError)
        return error.code, told
    assert isinstance(error, openai.APIStatusError | anthropic.APIStatusError)
    return error.status_code, told


@pytest.mark.parametrize("client", CLIENTS)
def test_where_nobody_counts_no_deployment_is_left(stage: Stage, client: Dialect) -> None:
    with pytest.raises(Exception, match="none of them offers") as raised:
        stage.count(client, UNCOUNTED)
    status, told = failure_of(client, raised.value)
    assert status == 503
    assert f"`{client}`" in told


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_model_that_a_platform_does_not_know_is_the_operators_to_mend(
    stage: Stage, client: Dialect, upstream: Dialect
) -> None:
    with pytest.raises((ClientError, errors.APIError, openai.APIError, anthropic.APIError)) as told:
        stage.count(client, f"gone-{upstream}")
    status, words = failure_of(client, told.value)
    assert status == (424 if client == "bedrock_count_tokens" else 502)
    assert "`id`" in words


def test_googles_client_counts_turns_alone(stage: Stage) -> None:
    """In its mode for the Gemini API it takes nothing else."""
    for upstream in UPSTREAMS:
        client = google(stage.url, CLIENT_KEY, vertexai=False)
        told = client.models.count_tokens(  # pyright: ignore[reportUnknownMemberType] -- its own type
            model=f"m-{upstream}", contents=ASKED
        )
        assert told.total_tokens in (count(ASKED), count(ASKED) + MESSAGE_TOKENS)


def test_what_cannot_be_counted_elsewhere_is_refused_or_named(stage: Stage) -> None:
    client = openai.OpenAI(base_url=stage.url + "/v1", api_key=CLIENT_KEY, max_retries=0)
    counting = client.responses.input_tokens.with_raw_response
    with pytest.raises(openai.UnprocessableEntityError, match="previous_response_id"):
        counting.count(model="m-anthropic_count_tokens", input=ASKED, previous_response_id="resp_1")
    text: Any = {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}}
    answer = counting.count(model="m-bedrock_count_tokens", input=ASKED, text=text)
    assert answer.headers["x-detente-loss"] == "json_schema@output_format"
    answer = counting.count(model="m-gemini_count_tokens", input=ASKED, text=text)
    assert answer.headers["x-detente-loss"] == "none"
    assert answer.headers["x-request-id"] == answer.headers["x-detente-request-id"]
