"""What the official clients ask of Vertex AI, each a function of an address and a token.

Results are plain values that two calls agree on; nothing here knows who answers.

>>> CALLS["gemini, whole"](Place(url="http://127.0.0.1:1", token="t"))
{'candidates': [...], ...}
"""

# pyright: reportUnknownMemberType=false
# Google's client leaves parts of itself untyped.

import functools
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import openai
from anthropic.lib.vertex import AnthropicVertex
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from openai.providers import vertex

from tests.sdk.comparison import plain

PROJECT: Final = "project-1"
LOCATION: Final = "europe-west4"
GEMINI: Final = "gemini-2.5-flash"
CLAUDE: Final = "claude-sonnet-4-5@20250929"
GPT: Final = "gpt-6-sol"
LLAMA: Final = "meta/llama-4-maverick-17b-128e-instruct-maas"
TEXT_EMBEDDING: Final = "text-embedding-005"
GEMINI_EMBEDDING: Final = "gemini-embedding-001"
MODELS: Final = (GEMINI, CLAUDE, GPT, LLAMA, TEXT_EMBEDDING, GEMINI_EMBEDDING)
QUESTION: Final = "echo hello there"
CALLING: Final = 'get_weather {"city": "Paris"}'
TURNS: Final[Any] = [{"role": "user", "content": QUESTION}]
WEATHER: Final = {"type": "object", "properties": {"city": {"type": "string"}}}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client is pointed, without a path, and what it proves itself by."""

    url: str
    token: str
    project: str = PROJECT
    location: str = LOCATION

    @property
    def below(self) -> str:
        """The address of the project and location."""
        return f"{self.url}/v1/projects/{self.project}/locations/{self.location}"


Call = Callable[[Place], object]


@functools.cache
def google(place: Place) -> genai.Client:
    """google-genai in Vertex mode; made once, for it takes long."""
    return genai.Client(
        vertexai=True,
        project=place.project,
        location=place.location,
        credentials=Credentials(place.token),
        http_options=types.HttpOptions(base_url=place.url),
    )


def express(url: str, key: str) -> genai.Client:
    """google-genai in Vertex AI's express mode."""
    options = types.HttpOptions(base_url=url)
    return genai.Client(vertexai=True, api_key=key, http_options=options)


def claude(place: Place) -> AnthropicVertex:
    """Anthropic's client for Vertex AI."""
    return AnthropicVertex(
        base_url=f"{place.url}/v1",
        access_token=place.token,
        project_id=place.project,
        region=place.location,
        max_retries=0,
    )


def responses(place: Place) -> openai.OpenAI:
    """OpenAI's client with its helper for Vertex AI."""
    base_url = f"{place.below}/publishers/openai/v1"
    provider = vertex(base_url=base_url, token_provider=lambda: place.token)
    return openai.OpenAI(provider=provider, max_retries=0)


def chat(place: Place) -> openai.OpenAI:
    """OpenAI's client at the endpoint that speaks its chat."""
    base_url = f"{place.below}/endpoints/openapi"
    return openai.OpenAI(base_url=base_url, api_key=place.token, max_retries=0)


def generated(answer: Any) -> object:
    """Google's client keeps the headers beside the body."""
    return plain(answer.model_dump(exclude={"sdk_http_response", "response_id"}))


def _gemini(place: Place, contents: str, **more: Any) -> object:
    client = google(place)
    return generated(client.models.generate_content(model=GEMINI, contents=contents, **more))


def _gemini_stream(place: Place) -> object:
    client = google(place)
    stream = client.models.generate_content_stream(model=GEMINI, contents=QUESTION)
    return [generated(piece) for piece in stream]


def _gemini_tools(place: Place) -> object:
    weather = types.FunctionDeclaration(name="get_weather", parameters_json_schema=WEATHER)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[weather])])
    return _gemini(place, CALLING, config=config)


def _gemini_count(place: Place) -> object:
    client = google(place)
    config = types.CountTokensConfig(system_instruction="be brief")
    return generated(client.models.count_tokens(model=GEMINI, contents=QUESTION, config=config))


def _embeddings(model: str, contents: list[str]) -> Call:
    def call(place: Place) -> object:
        client = google(place)
        config = types.EmbedContentConfig(task_type="CLUSTERING", output_dimensionality=4)
        said: Any = contents if len(contents) > 1 else contents[0]
        return generated(client.models.embed_content(model=model, contents=said, config=config))

    return call


def _claude(place: Place) -> object:
    with claude(place) as client:
        return plain(client.messages.create(model=CLAUDE, max_tokens=64, messages=TURNS))


def _claude_stream(place: Place) -> object:
    with claude(place) as client:
        asked = client.messages.create(model=CLAUDE, max_tokens=64, messages=TURNS, stream=True)
        return _pieces(asked)


def _claude_tools(place: Place) -> object:
    tool: Any = {"name": "get_weather", "input_schema": WEATHER}
    turns: Any = [{"role": "user", "content": CALLING}]
    with claude(place) as client:
        return plain(
            client.messages.create(model=CLAUDE, max_tokens=64, messages=turns, tools=[tool])
        )


def _claude_count(place: Place) -> object:
    with claude(place) as client:
        return plain(client.messages.count_tokens(model=CLAUDE, messages=TURNS))


def _responses(place: Place) -> object:
    with responses(place) as client:
        return plain(client.responses.create(model=GPT, input=QUESTION))


def _responses_stream(place: Place) -> object:
    with responses(place) as client:
        return _pieces(client.responses.create(model=GPT, input=QUESTION, stream=True))


def _chat(place: Place) -> object:
    with chat(place) as client:
        return plain(client.chat.completions.create(model=LLAMA, messages=TURNS))


def _chat_stream(place: Place) -> object:
    with chat(place) as client:
        return _pieces(
            client.chat.completions.create(
                model=LLAMA,
                messages=TURNS,
                stream=True,
                stream_options={"include_usage": True},
            )
        )


def _pieces(stream: Iterable[Any]) -> list[object]:
    return [plain(piece) for piece in stream]


CALLS: Final[dict[str, Call]] = {
    "gemini, whole": lambda place: _gemini(place, QUESTION),
    "gemini, streamed": _gemini_stream,
    "gemini, tools": _gemini_tools,
    "gemini, a blocked prompt": lambda place: _gemini(place, "forbidden prompt"),
    "gemini, a blocked answer": lambda place: _gemini(place, "forbidden answer"),
    "gemini, counted": _gemini_count,
    "text embeddings, one": _embeddings(TEXT_EMBEDDING, ["hi there"]),
    "text embeddings, several": _embeddings(TEXT_EMBEDDING, ["hi", "there"]),
    "gemini embeddings, several": _embeddings(GEMINI_EMBEDDING, ["hi", "there"]),
    "claude, whole": _claude,
    "claude, streamed": _claude_stream,
    "claude, tools": _claude_tools,
    "claude, counted": _claude_count,
    "responses, whole": _responses,
    "responses, streamed": _responses_stream,
    "chat, whole": _chat,
    "chat, streamed": _chat_stream,
}
EMBEDDED_ONE: Final = _embeddings(GEMINI_EMBEDDING, ["hi there"])
"""By embedContent straight, by a batch of one through the gateway: the vector alone is equal."""
