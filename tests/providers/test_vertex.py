"""Google Cloud's Vertex AI."""

import pytest

from detente.canonical.model import Deployment, Dialect
from detente.providers import Site
from detente.providers.vertex import KIND, dialects_of, headers, operation
from tests.providers.addresses import deployment_of, path_of

BASE = "https://europe-west4-aiplatform.googleapis.com"
ROOT = "/v1/projects/p/locations/europe-west4"
SITE = Site(base_url=BASE, region="europe-west4", project="p")


def path(
    dialect: Dialect,
    upstream_id: str,
    *,
    model: str = "google/m",
    site: Site = SITE,
    stream: bool = False,
) -> str:
    return path_of(KIND, site, dialect, upstream_id, model=model, stream=stream)


def test_gemini() -> None:
    root = f"{ROOT}/publishers/google/models/gemini-x:"
    assert path("gemini_generate", "gemini-x") == root + "generateContent"
    streamed = path("gemini_generate", "google/gemini-x", stream=True)
    assert streamed == root + "streamGenerateContent?alt=sse"
    assert path("gemini_count_tokens", "gemini-x", stream=True) == root + "countTokens"


def test_claude() -> None:
    root = f"{ROOT}/publishers/anthropic/models/"
    claude = "anthropic/claude"
    whole = path("anthropic_messages", "claude-x@20260101", model=claude)
    assert whole == f"{root}claude-x@20260101:rawPredict"
    streamed = path("anthropic_messages", "claude-x", model=claude, stream=True)
    assert streamed == f"{root}claude-x:streamRawPredict"
    counted = path("anthropic_count_tokens", "claude-x", model=claude)
    assert counted == f"{root}count-tokens:rawPredict"


@pytest.mark.parametrize("stream", [True, False])
def test_what_speaks_openais_dialects(stream: bool) -> None:
    responses = path("openai_responses", "gpt-6", model="openai/gpt-6", stream=stream)
    assert responses == f"{ROOT}/publishers/openai/v1/responses"
    chat = path("openai_chat", "meta/llama-x-maas", model="meta/llama", stream=stream)
    assert chat == f"{ROOT}/endpoints/openapi/chat/completions"


@pytest.mark.parametrize(
    ("upstream_id", "model", "expected", "asked"),
    [
        ("text-embedding-005", "google/e", "google/models/text-embedding-005:predict", "predict"),
        (
            "gemini-embedding-001",
            "google/e",
            "google/models/gemini-embedding-001:batchEmbedContents",
            "publishers.batchEmbedContents",
        ),
        (
            "intfloat/e5-maas",
            "intfloat/e5",
            "intfloat/models/e5-maas:embedContent",
            "embedContent",
        ),
    ],
)
def test_embeddings(upstream_id: str, model: str, expected: str, asked: str) -> None:
    assert path("gemini_embeddings", upstream_id, model=model) == f"{ROOT}/publishers/{expected}"
    deployment = deployment_of(KIND, upstream_id, model)
    assert operation(deployment, "gemini_embeddings") == asked
    assert operation(deployment, "openai_chat") is None
    assert "gemini_embeddings" in dialects_of(deployment)


@pytest.mark.parametrize(
    ("base_url", "api_version", "before"),
    [
        (BASE, None, "/v1"),
        (BASE + "/v1beta1/", None, "/v1beta1"),
        (BASE, "v1beta1", "/v1beta1"),
        (BASE + "/v1", "v1beta1", "/v1beta1"),
        (BASE, "2026-10-21", "/v1"),
        (BASE + "/at/x", None, "/at/x/v1"),
    ],
)
def test_the_version(base_url: str, api_version: str | None, before: str) -> None:
    site = Site(base_url=base_url, api_version=api_version, region="global", project="p")
    expected = f"{before}/projects/p/locations/global/endpoints/openapi/chat/completions"
    assert path("openai_chat", "meta/x", site=site) == expected


def test_express_mode_has_no_project() -> None:
    site = Site(base_url="https://aiplatform.googleapis.com", region="global")
    made = path("gemini_generate", "gemini-x", site=site)
    assert made == "/v1/publishers/google/models/gemini-x:generateContent"
    assert KIND.auth_headers("k") == ((b"x-goog-api-key", b"k"),)
    assert KIND.token_headers("t") == ((b"authorization", b"Bearer t"),)


def test_nothing_escapes_its_segment() -> None:
    site = Site(base_url=BASE, region="a/b", project="p?q")
    made = path("gemini_generate", "google/../x?y#z", site=site)
    assert made == (
        "/v1/projects/p%3Fq/locations/a%2Fb/publishers/google/models/..%2Fx%3Fy%23z:generateContent"
    )


@pytest.mark.parametrize(
    ("upstream_id", "model", "expected"),
    [
        ("gemini-x", "google/gemini-x", ("gemini_generate", "gemini_count_tokens")),
        (
            "google/gemini-x",
            "google/gemini-x",
            ("gemini_generate", "gemini_count_tokens", "openai_chat"),
        ),
        ("text-embedding-005", "google/e", ("gemini_embeddings",)),
        ("claude-x", "anthropic/claude-x", ("anthropic_messages", "anthropic_count_tokens")),
        ("gpt-6", "openai/gpt-6", ("openai_responses",)),
        ("openai/gpt-oss-maas", "openai/gpt-oss", ("openai_chat", "gemini_embeddings")),
        ("xai/grok-x", "xai/grok-x", ("openai_chat", "gemini_embeddings")),
    ],
)
def test_what_a_model_speaks(upstream_id: str, model: str, expected: tuple[Dialect, ...]) -> None:
    deployment = deployment_of(KIND, upstream_id, model)
    assert dialects_of(deployment) == expected
    assert set(expected) <= set(KIND.dialects)


@pytest.mark.parametrize(
    ("tier", "told"),
    [
        (None, {}),
        ("standard", {}),
        ("dedicated", {"x-vertex-ai-llm-request-type": "dedicated"}),
        ("shared", {"x-vertex-ai-llm-request-type": "shared"}),
        (
            "flex",
            {
                "x-vertex-ai-llm-request-type": "shared",
                "x-vertex-ai-llm-shared-request-type": "flex",
            },
        ),
        (
            "priority",
            {
                "x-vertex-ai-llm-request-type": "shared",
                "x-vertex-ai-llm-shared-request-type": "priority",
            },
        ),
    ],
)
def test_tiers(tier: str | None, told: dict[str, str]) -> None:
    deployment = Deployment(
        id="at/m",
        model="google/m",
        provider="at",
        kind="vertex",
        upstream_id="m",
        host="g",
        tier=tier,
    )
    found = headers(SITE, deployment, "gemini_generate")
    assert {name.decode(): value.decode() for name, value in found} == told
    assert {name for name, _ in found} <= KIND.forwarded_headers
    # Where the deployment has a tier, the client's is not heard, in neither header.
    stays = KIND.unheard(SITE, deployment, "gemini_generate")
    assert len(stays) == (2 if told else 0)
    assert {name for name, _ in found} <= stays or not told


def test_hosts_of_regions_without_a_machine_of_their_own() -> None:
    assert KIND.regional_base_urls == {
        "global": "https://aiplatform.googleapis.com",
        "us": "https://aiplatform.us.rep.googleapis.com",
        "eu": "https://aiplatform.eu.rep.googleapis.com",
    }


DENIED = (
    "Permission 'aiplatform.endpoints.predict' denied on resource "
    "'//aiplatform.googleapis.com/projects/p/locations/l/endpoints/openapi' (or it may not exist)."
)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, '{"error":{"code":401,"status":"UNAUTHENTICATED","message":"x"}}', "credentials"),
        (
            403,
            f'[{{"error":{{"code":403,"message":"{DENIED}","status":"PERMISSION_DENIED",'
            '"details":[{"reason":"IAM_PERMISSION_DENIED"}]}}]',
            "permission",
        ),
        (
            403,
            '{"error":{"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}',
            "permission",
        ),
        (
            404,
            '{"error":{"code":404,"status":"NOT_FOUND","message":"Publisher Model '
            "`projects/p/locations/l/publishers/google/models/m` was not found or your project "
            'does not have access to it."}}',
            "model_unknown",
        ),
        (429, '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}', "capacity"),
        (503, '{"error":{"code":503,"status":"UNAVAILABLE"}}', "capacity"),
        (400, '{"error":{"code":400,"status":"FAILED_PRECONDITION"}}', "region"),
        (529, '{"type":"error","error":{"type":"overloaded_error"}}', "capacity"),
        (404, "<html>", "address"),
    ],
)
def test_errors_of_our_own(status: int, body: str, kind: str) -> None:
    failure = KIND.judge(status, {}, body.encode())
    assert failure is not None
    assert failure.kind == kind
    assert failure.retryable
    if kind in ("credentials", "permission"):
        assert "`credentials`" in failure.message


@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"Invalid value"}}',
        '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: x"}}',
        "",
    ],
)
def test_errors_of_the_client(body: str) -> None:
    assert KIND.judge(400, {}, body.encode()) is None
