"""Paths as the official clients build them."""

from dataclasses import replace

import anthropic
import httpx2
import openai
import pytest

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.dialects import Route, asked_by, match_route, methods_of
from tests.dialects.gemini_generate.sdk import client_of


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ("POST /v1/chat/completions", Route(dialect="openai_chat")),
        ("POST /v1/responses?x=1", Route(dialect="openai_responses")),
        ("POST /v1/embeddings", Route(dialect="openai_embeddings")),
        ("POST /v1/messages?beta=true", Route(dialect="anthropic_messages")),
        ("POST /anthropic/v1/messages", Route(dialect="anthropic_messages")),
        (
            "POST /anthropic/v1/messages/count_tokens?beta=true",
            Route(dialect="anthropic_count_tokens"),
        ),
        ("POST /v1/completions", Route(dialect="openai_completions")),
        (
            "POST /openai/deployments/d/completions?api-version=1",
            Route(dialect="openai_completions", path_model="d", azure_style=True),
        ),
        ("POST /v2/chat", Route(dialect="cohere_chat")),
        ("POST /v2/embed", Route(dialect="cohere_embeddings")),
        ("POST /api/chat", Route(dialect="ollama_chat")),
        ("POST /api/embed", Route(dialect="ollama_embeddings")),
        ("POST /api/embeddings", Route(dialect="ollama_embeddings")),
        ("POST /v1/messages/count_tokens", Route(dialect="anthropic_count_tokens")),
        ("POST /v1/responses/input_tokens", Route(dialect="openai_input_tokens")),
        (
            "POST /openai/v1/responses/input_tokens",
            Route(dialect="openai_input_tokens", azure_style=True),
        ),
        (
            "POST /model/anthropic.claude-x%3A0/count-tokens",
            Route(dialect="bedrock_count_tokens", path_model="anthropic.claude-x:0", stream=False),
        ),
        ("GET /v1/models", Route(dialect=None, operation="list_models")),
        (
            "GET /v1/models/openai/gpt-4",
            Route(dialect=None, operation="get_model", path_model="openai/gpt-4"),
        ),
        (
            "GET /v1/models/openai%2Fgpt-4",
            Route(dialect=None, operation="get_model", path_model="openai/gpt-4"),
        ),
        (
            "POST /openai/deployments/gpt4%20prod/chat/completions?api-version=2024-10-21",
            Route(dialect="openai_chat", path_model="gpt4 prod", azure_style=True),
        ),
        (
            "POST /openai/deployments/e/embeddings?api-version=1",
            Route(dialect="openai_embeddings", path_model="e", azure_style=True),
        ),
        (
            "POST /openai/responses?api-version=1",
            Route(dialect="openai_responses", azure_style=True),
        ),
        ("POST /openai/v1/chat/completions", Route(dialect="openai_chat", azure_style=True)),
        (
            "GET /openai/models?api-version=1",
            Route(dialect=None, operation="list_models", azure_style=True),
        ),
        (
            "POST /model/us.amazon.nova-2-lite-v1%3A0/converse",
            Route(
                dialect="bedrock_converse", path_model="us.amazon.nova-2-lite-v1:0", stream=False
            ),
        ),
        (
            "POST /model/arn%3Aaws%3Abedrock%3Aus-east-1%3A012345678901%3Ainference-profile%2Fx/"
            "converse-stream",
            Route(
                dialect="bedrock_converse",
                path_model="arn:aws:bedrock:us-east-1:012345678901:inference-profile/x",
                stream=True,
            ),
        ),
        (
            "POST /model/anthropic.claude-3:0/invoke",
            Route(
                dialect="anthropic_messages",
                path_model="anthropic.claude-3:0",
                stream=False,
                envelope="bedrock_invoke",
            ),
        ),
        (
            "POST /model/anthropic.claude-3%3A0/invoke-with-response-stream",
            Route(
                dialect="anthropic_messages",
                path_model="anthropic.claude-3:0",
                stream=True,
                envelope="bedrock_invoke",
            ),
        ),
        ("GET /model/a/converse", None),
        ("POST /model/a/b/converse", None),
        ("POST /model//converse", None),
        ("GET /v1/chat/completions", None),
        ("POST /v1/models", None),
        ("DELETE /v1/models/x", None),
        ("POST /v1/chat/completions/", None),
        ("POST /v1//chat/completions", None),
        ("POST /V1/chat/completions", None),
        ("POST /", None),
        ("POST ", None),
        ("POST *", None),
        ("GET /v1/models/", None),
        ("GET /v1/models/%ff", None),
        ("GET /v1/models/a%0d%0ab", None),
        ("GET /v1/models/a%00b", None),
        ("GET /v1/models/" + "x" * 600, None),
        ("POST /openai/deployments//chat/completions", None),
        ("POST /openai/deployments/a/b/chat/completions", None),
        ("POST /openai/deployments/chat/completions", None),
    ],
)
def test_routes(line: str, route: Route | None) -> None:
    method, _, target = line.partition(" ")
    assert match_route(method.encode(), target.encode()) == route


@pytest.mark.parametrize(
    ("target", "methods"),
    [("/v1/models", ("GET",)), ("/v1/messages", ("POST",)), ("/nowhere", ())],
)
def test_methods(target: str, methods: tuple[str, ...]) -> None:
    assert methods_of(target.encode()) == methods


def test_official_clients_build_paths_that_match() -> None:
    seen: list[Route | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(match_route(request.method.encode(), request.url.raw_path))
        return httpx2.Response(400, json={"error": {"message": "seen"}})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    plain = openai.OpenAI(base_url="http://x/v1", api_key="k", max_retries=0, http_client=http)
    azure = openai.AzureOpenAI(
        azure_endpoint="http://x",
        api_version="2024-10-21",
        api_key="k",
        max_retries=0,
        http_client=http,
    )
    claude = anthropic.Anthropic(base_url="http://x", api_key="k", max_retries=0, http_client=http)
    calls = (
        lambda: plain.chat.completions.create(model="m", messages=[]),
        lambda: plain.models.retrieve("openai/gpt-4"),
        plain.models.list,
        lambda: azure.chat.completions.create(model="d/1", messages=[]),
        lambda: azure.embeddings.create(model="d", input="x"),
        lambda: azure.responses.create(model="d", input="x"),
        lambda: azure.responses.input_tokens.count(model="d", input="x"),
        lambda: claude.messages.create(model="m", max_tokens=1, messages=[]),
        lambda: claude.messages.count_tokens(model="m", messages=[]),
        claude.models.list,
    )
    for call in calls:
        with pytest.raises((openai.BadRequestError, anthropic.BadRequestError)):
            call()
    assert [route and (route.dialect, route.path_model, route.azure_style) for route in seen] == [
        ("openai_chat", None, False),
        (None, "openai/gpt-4", False),
        (None, None, False),
        ("openai_chat", "d/1", True),
        ("openai_embeddings", "d", True),
        ("openai_responses", None, True),
        ("openai_input_tokens", None, True),
        ("anthropic_messages", None, False),
        ("anthropic_count_tokens", None, False),
        (None, None, False),
    ]


def google(
    dialect: Dialect | None,
    model: str | None,
    *,
    stream: bool | None = False,
    publisher: str | None = None,
) -> Route:
    return Route(
        dialect=dialect, path_model=model, stream=stream, google_style=True, publisher=publisher
    )


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ("/v1beta/models/gemini-x:generateContent", google("gemini_generate", "gemini-x")),
        ("/v1/models/gemini-x:generateContent?x=1", google("gemini_generate", "gemini-x")),
        (
            "/v1/models/gemini-x:streamGenerateContent?alt=sse",
            google("gemini_generate", "gemini-x", stream=True),
        ),
        ("/v1beta/tunedModels/t-1:generateContent", google("gemini_generate", "t-1")),
        (
            "/v1beta1/projects/p/locations/l/publishers/meta/models/llama-x:generateContent",
            google("gemini_generate", "llama-x", publisher="meta"),
        ),
        (
            "/v1/projects/p/locations/l/endpoints/123:generateContent",
            google("gemini_generate", "123"),
        ),
        (
            "/v1beta1/publishers/google/models/gemini-x:streamGenerateContent?a=b&alt=sse",
            google("gemini_generate", "gemini-x", stream=True, publisher="google"),
        ),
        ("/v1/models/openai%2Fgpt-4:generateContent", google("gemini_generate", "openai/gpt-4")),
        ("/v1/models/gemini-x:countTokens", google("gemini_count_tokens", "gemini-x")),
        ("/v1beta/models/e:embedContent", google("gemini_embeddings", "e")),
        ("/v1beta/models/e:batchEmbedContents", google("gemini_embeddings", "e")),
        (
            "/v1beta1/projects/p/locations/l/publishers/google/models/e:predict",
            google("gemini_embeddings", "e", publisher="google"),
        ),
        ("/v1beta/models/gemini-x:rawPredict", None),
        ("/v1beta/models/:generateContent", None),
        ("/v1beta/models/a/b:generateContent", None),
        ("/v1beta/models/%ff:generateContent", None),
        ("/v2/models/gemini-x:generateContent", None),
    ],
)
def test_routes_of_google(line: str, route: Route | None) -> None:
    assert match_route(b"POST", line.encode()) == route


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("/v1beta/models", None),
        ("/v1beta1/publishers/google/models?pageSize=9", None),
        ("/v1beta/models/openai/gpt-4", "openai/gpt-4"),
        ("/v1beta/models/gemini-x", "gemini-x"),
    ],
)
def test_lists_of_models_for_google(line: str, model: str | None) -> None:
    operation = "list_models" if model is None else "get_model"
    route = Route(dialect=None, operation=operation, path_model=model, google_style=True)
    assert match_route(b"GET", line.encode()) == route
    assert match_route(b"GET", line.replace("v1beta1", "v1alpha").encode()) == route


def test_streams_of_google_are_events_or_refused() -> None:
    target = b"/v1beta/models/gemini-x:streamGenerateContent"
    with pytest.raises(ClientFault, match="alt=sse"):
        match_route(b"POST", target)
    assert methods_of(target) == ("POST",)


def test_googles_client_builds_paths_that_match() -> None:
    client, wire = client_of(b"{}")
    seen: list[Route | None] = []

    def asked(method: bytes = b"POST") -> None:
        seen.append(match_route(method, wire.target))

    client.models.generate_content(model="m", contents="hi")  # pyright: ignore[reportUnknownMemberType] -- its images have no types
    asked()
    list(client.models.generate_content_stream(model="m", contents="hi"))  # pyright: ignore[reportUnknownMemberType] -- as above
    asked()
    client.models.count_tokens(model="m", contents="hi")  # pyright: ignore[reportUnknownMemberType] -- as above
    asked()
    client.models.embed_content(model="m", contents="hi")  # pyright: ignore[reportUnknownMemberType] -- as above
    asked()
    assert seen == [
        google("gemini_generate", "m"),
        google("gemini_generate", "m", stream=True),
        google("gemini_count_tokens", "m"),
        google("gemini_embeddings", "m"),
    ]
    list(client.models.list())
    route = match_route(b"GET", wire.target)
    assert route is not None
    assert route.operation == "list_models"


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        (b"/v1beta/models/m:embedContent", "models.embedContent"),
        (b"/v1beta1/publishers/google/models/m:embedContent", "embedContent"),
        (b"/v1/projects/p/locations/l/publishers/google/models/m:predict?x=1", "predict"),
        (b"/v1/publishers/google/models/m:batchEmbedContents", "publishers.batchEmbedContents"),
        (b"/api/embeddings", "/api/embeddings"),
        (b"/api/embed", None),
        (b"/v1/embeddings", None),
        (b"/v1beta/models/m:batchEmbedContents", None),
    ],
)
def test_operations_beside_the_usual_one(target: bytes, operation: str | None) -> None:
    assert asked_by(target) == operation


PLACE = "/v1/projects/p/locations/global"


@pytest.mark.parametrize("version", ["/v1", "/v1beta1", ""])
def test_claude_on_vertex(version: str) -> None:
    models = f"{version}/projects/p/locations/us-east5/publishers/anthropic/models/"
    route = Route(
        dialect="anthropic_messages",
        path_model="claude-x@20260101",
        stream=False,
        envelope="vertex_raw_predict",
        publisher="anthropic",
    )
    whole = f"{models}claude-x@20260101:rawPredict".encode()
    assert match_route(b"POST", whole) == route
    streamed = f"{models}claude-x@20260101:streamRawPredict?beta=true".encode()
    assert match_route(b"POST", streamed) == replace(route, stream=True)
    counted = Route(dialect="anthropic_count_tokens", envelope="vertex_raw_predict")
    assert match_route(b"POST", f"{models}count-tokens:rawPredict".encode()) == counted
    assert match_route(b"POST", f"{models}count-tokens:streamRawPredict".encode()) is None
    assert methods_of(whole) == ("POST",)


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/publishers/openai/v1/responses", "openai_responses"),
        ("/publishers/openai/v1/responses/input_tokens", "openai_input_tokens"),
        ("/endpoints/openapi/chat/completions", "openai_chat"),
        ("/endpoints/123/chat/completions", "openai_chat"),
        ("/endpoints/openapi/embeddings", "openai_embeddings"),
        ("/workspaces/w/invoke/v1/messages?beta=true", "anthropic_messages"),
        ("/workspaces/w/invoke/v1/messages/count_tokens", "anthropic_count_tokens"),
    ],
)
def test_apis_of_others_on_google_cloud(path: str, dialect: Dialect) -> None:
    assert match_route(b"POST", (PLACE + path).encode()) == Route(dialect=dialect)


@pytest.mark.parametrize(
    "path",
    [
        "/publishers/openai/v1/nothing",
        "/publishers/openai/responses",
        "/publishers/mistralai/models/m:rawPredict",
        "/workspaces/w/v1/messages",
        "/endpoints/openapi",
        "/publishers/anthropic/models/a/b:rawPredict",
    ],
)
def test_paths_of_google_cloud_that_nobody_has(path: str) -> None:
    assert match_route(b"POST", (PLACE + path).encode()) is None


def test_models_of_anthropics_platform_on_google_cloud() -> None:
    route = match_route(b"GET", f"{PLACE}/workspaces/w/invoke/v1/models/claude".encode())
    assert route == Route(dialect=None, operation="get_model", path_model="claude")


def test_what_ollamas_clients_ask_of_models() -> None:
    for method, path, operation in (
        (b"GET", b"/api/tags", "list_models"),
        (b"POST", b"/api/show", "get_model"),
        (b"GET", b"/api/version", "get_version"),
    ):
        route = match_route(method, path)
        assert route is not None
        assert (route.dialect, route.operation, route.ollama_style) == (None, operation, True)
    assert methods_of(b"/api/show") == ("POST",)
