"""Official clients, unmodified: how each is pointed at an address, and one question to each.

A call returns the client's own result as plain values (a stream as the list of its pieces), so that
two calls can be compared. Nothing here knows whether a platform or the gateway answers.

>>> CALLS["OpenAI chat"](Place(url="http://127.0.0.1:1", key="k", model="m"), False)
{'choices': [...], ...}
"""

# pyright: reportUnknownMemberType=false
# Several clients leave parts of themselves untyped.

import json
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

import anthropic
import boto3  # pyright: ignore[reportMissingTypeStubs] -- it ships none
import cohere
import msgspec
import ollama
import openai
from anthropic.lib.bedrock import AnthropicBedrock, AnthropicBedrockMantle
from anthropic.lib.vertex import AnthropicVertex
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- it ships none
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from mistralai.client import Mistral
from openai.providers import bedrock, vertex

from tests.sdk.comparison import plain

REGION = "us-central1"
AWS_REGION = "us-east-1"
PROJECT = "project-1"
API_VERSION = "2024-10-21"
TOKENS_MAX = 64
QUESTION = "echo hello there"
TURNS: Final[Any] = [{"role": "user", "content": QUESTION}]
NATIVE: Final = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": TOKENS_MAX,
    "messages": TURNS,
}
NO_RETRIES = Config(retries={"total_max_attempts": 1})


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client is pointed: `url` without a path of any dialect, the key, the model's name.

    `access_key` and `secret` are for clients that sign.
    """

    url: str
    key: str
    model: str
    access_key: str = "AKIDEXAMPLE"
    secret: str = ""


Call = Callable[[Place, bool], object]


def _pieces(stream: Iterable[Any]) -> list[object]:
    return [plain(piece) for piece in stream]


def _openai(client: openai.OpenAI, place: Place, streamed: bool) -> object:
    if streamed:
        return _pieces(
            client.chat.completions.create(
                model=place.model,
                messages=TURNS,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    return plain(client.chat.completions.create(model=place.model, messages=TURNS))


def _responses(client: openai.OpenAI, place: Place, streamed: bool) -> object:
    if streamed:
        return _pieces(client.responses.create(model=place.model, input=QUESTION, stream=True))
    return plain(client.responses.create(model=place.model, input=QUESTION))


def openai_chat(place: Place, streamed: bool) -> object:
    client = openai.OpenAI(base_url=f"{place.url}/v1", api_key=place.key, max_retries=0)
    return _openai(client, place, streamed)


def openai_responses(place: Place, streamed: bool) -> object:
    client = openai.OpenAI(base_url=f"{place.url}/v1", api_key=place.key, max_retries=0)
    return _responses(client, place, streamed)


def azure_dated(place: Place, streamed: bool) -> object:
    client = openai.AzureOpenAI(
        azure_endpoint=place.url, api_key=place.key, api_version=API_VERSION, max_retries=0
    )
    return _openai(client, place, streamed)


def azure_token(place: Place, streamed: bool) -> object:
    client = openai.AzureOpenAI(
        azure_endpoint=place.url,
        azure_ad_token_provider=lambda: place.key,
        api_version=API_VERSION,
        max_retries=0,
    )
    return _openai(client, place, streamed)


def azure_v1(place: Place, streamed: bool) -> object:
    url = f"{place.url}/openai/v1/"
    return _openai(openai.OpenAI(base_url=url, api_key=place.key, max_retries=0), place, streamed)


def azure_v1_responses(place: Place, streamed: bool) -> object:
    client = openai.OpenAI(base_url=f"{place.url}/openai/v1/", api_key=place.key, max_retries=0)
    return _responses(client, place, streamed)


def _openai_on_aws(place: Place, streamed: bool, endpoint: Literal["runtime", "mantle"]) -> object:
    provider = bedrock(
        base_url=f"{place.url}/openai/v1",
        region=AWS_REGION,
        endpoint=endpoint,
        access_key_id=place.access_key,
        secret_access_key=place.secret,
    )
    return _responses(openai.OpenAI(provider=provider, max_retries=0), place, streamed)


def openai_on_bedrock(place: Place, streamed: bool) -> object:
    return _openai_on_aws(place, streamed, "runtime")


def openai_on_mantle(place: Place, streamed: bool) -> object:
    return _openai_on_aws(place, streamed, "mantle")


def openai_on_vertex(place: Place, streamed: bool) -> object:
    path = f"/v1/projects/{PROJECT}/locations/{REGION}/publishers/openai/v1"
    provider = vertex(base_url=place.url + path, token_provider=lambda: place.key)
    return _responses(openai.OpenAI(provider=provider, max_retries=0), place, streamed)


def _anthropic(client: Any, place: Place, streamed: bool) -> object:
    asked = {"model": place.model, "max_tokens": TOKENS_MAX, "messages": TURNS}
    if streamed:
        return _pieces(client.messages.create(**asked, stream=True))
    return plain(client.messages.create(**asked))


def claude(place: Place, streamed: bool) -> object:
    client = anthropic.Anthropic(base_url=place.url, api_key=place.key, max_retries=0)
    return _anthropic(client, place, streamed)


def claude_on_bedrock(place: Place, streamed: bool) -> object:
    client = AnthropicBedrock(
        base_url=place.url,
        aws_access_key=place.access_key,
        aws_secret_key=place.secret,
        aws_region=AWS_REGION,
        max_retries=0,
    )
    return _anthropic(client, place, streamed)


def claude_on_mantle(place: Place, streamed: bool) -> object:
    client = AnthropicBedrockMantle(
        base_url=f"{place.url}/anthropic",
        aws_access_key=place.access_key,
        aws_secret_key=place.secret,
        aws_region=AWS_REGION,
        max_retries=0,
    )
    return _anthropic(client, place, streamed)


def claude_on_vertex(place: Place, streamed: bool) -> object:
    client = AnthropicVertex(
        base_url=f"{place.url}/v1",
        access_token=place.key,
        project_id=PROJECT,
        region=REGION,
        max_retries=0,
    )
    return _anthropic(client, place, streamed)


def claude_on_foundry(place: Place, streamed: bool) -> object:
    client = anthropic.AnthropicFoundry(
        base_url=f"{place.url}/anthropic", api_key=place.key, max_retries=0
    )
    return _anthropic(client, place, streamed)


def _google(client: genai.Client, place: Place, streamed: bool) -> object:
    if streamed:
        stream = client.models.generate_content_stream(model=place.model, contents=QUESTION)
        return [_body_of(piece) for piece in stream]
    return _body_of(client.models.generate_content(model=place.model, contents=QUESTION))


def _body_of(answer: types.GenerateContentResponse) -> object:
    """Google's client keeps the headers beside the body."""
    return plain(answer.model_dump(exclude={"sdk_http_response", "response_id"}))


def gemini(place: Place, streamed: bool) -> object:
    options = types.HttpOptions(base_url=place.url)
    return _google(genai.Client(api_key=place.key, http_options=options), place, streamed)


def gemini_on_vertex(place: Place, streamed: bool) -> object:
    client = genai.Client(
        vertexai=True,
        project=PROJECT,
        location=REGION,
        credentials=Credentials(place.key),
        http_options=types.HttpOptions(base_url=place.url),
    )
    return _google(client, place, streamed)


def _boto3(place: Place) -> Any:
    connect: Any = vars(boto3)["client"]
    return connect(
        "bedrock-runtime",
        endpoint_url=place.url,
        region_name=AWS_REGION,
        aws_access_key_id=place.access_key,
        aws_secret_access_key=place.secret,
        config=NO_RETRIES,
    )


def _without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in answer.items() if name not in {"ResponseMetadata", "metrics"}
    }


def converse(place: Place, streamed: bool) -> object:
    asked = {
        "modelId": place.model,
        "messages": [{"role": "user", "content": [{"text": QUESTION}]}],
    }
    if streamed:
        events = _boto3(place).converse_stream(**asked)["stream"]
        return [
            {name: _without_metadata(value) for name, value in event.items()} for event in events
        ]
    return _without_metadata(_boto3(place).converse(**asked))


def invoke(place: Place, streamed: bool) -> object:
    asked = {"modelId": place.model, "body": json.dumps(NATIVE)}
    if streamed:
        events = _boto3(place).invoke_model_with_response_stream(**asked)["body"]
        return [plain(json.loads(event["chunk"]["bytes"])) for event in events]
    return plain(json.loads(_boto3(place).invoke_model(**asked)["body"].read()))


def cohere_chat(place: Place, streamed: bool) -> object:
    client = cohere.ClientV2(api_key=place.key, base_url=place.url, timeout=30, max_retries=0)
    if streamed:
        return _pieces(client.chat_stream(model=place.model, messages=TURNS))
    return plain(client.chat(model=place.model, messages=TURNS))


def mistral(place: Place, streamed: bool) -> object:
    client = Mistral(api_key=place.key, server_url=place.url)
    if streamed:
        return _pieces(client.chat.stream(model=place.model, messages=TURNS))
    return plain(client.chat.complete(model=place.model, messages=TURNS))


def ollama_chat(place: Place, streamed: bool) -> object:
    headers = {"authorization": f"Bearer {place.key}"}
    client = ollama.Client(host=place.url, headers=headers, timeout=30)
    if streamed:
        return [_undated(piece) for piece in client.chat(place.model, TURNS, stream=True)]
    return _undated(client.chat(place.model, TURNS))


def _undated(answer: Any) -> object:
    """Ollama tells when it answered, and how long everything took."""
    told: dict[str, Any] = answer.model_dump()
    return {
        name: value
        for name, value in told.items()
        if "duration" not in name and name != "created_at"
    }


CALLS: Final[dict[str, Call]] = {
    "OpenAI chat": openai_chat,
    "OpenAI responses": openai_responses,
    "AzureOpenAI, dated": azure_dated,
    "AzureOpenAI, Entra token": azure_token,
    "OpenAI on Azure's v1, chat": azure_v1,
    "OpenAI on Azure's v1, responses": azure_v1_responses,
    "OpenAI, bedrock()": openai_on_bedrock,
    "OpenAI, bedrock() on Mantle": openai_on_mantle,
    "OpenAI, vertex()": openai_on_vertex,
    "Anthropic": claude,
    "AnthropicBedrock": claude_on_bedrock,
    "AnthropicBedrockMantle": claude_on_mantle,
    "AnthropicVertex": claude_on_vertex,
    "AnthropicFoundry": claude_on_foundry,
    "google-genai": gemini,
    "google-genai, Vertex": gemini_on_vertex,
    "boto3 Converse": converse,
    "boto3 InvokeModel": invoke,
    "cohere": cohere_chat,
    "mistralai": mistral,
    "ollama": ollama_chat,
}
"""Every client by its name in the matrix."""
