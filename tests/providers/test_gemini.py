"""Google's Gemini API."""

import pytest

from detente.canonical.model import Dialect
from detente.providers import Site
from detente.providers.gemini import KIND
from tests.providers.addresses import path_of

BASE = "https://generativelanguage.googleapis.com"


def path(
    dialect: Dialect = "gemini_generate",
    *,
    base_url: str = BASE,
    upstream_id: str = "gemini-2.5-flash",
    api_version: str | None = None,
    stream: bool = False,
) -> str:
    site = Site(base_url=base_url, api_version=api_version)
    return path_of(KIND, site, dialect, upstream_id, stream=stream)


def test_paths() -> None:
    root = "/v1beta/models/gemini-2.5-flash:"
    assert path() == root + "generateContent"
    assert path(stream=True) == root + "streamGenerateContent?alt=sse"
    assert path("gemini_count_tokens") == root + "countTokens"
    assert path("gemini_count_tokens", stream=True) == root + "countTokens"
    assert path("gemini_embeddings") == root + "batchEmbedContents"


@pytest.mark.parametrize(
    ("base_url", "api_version", "before"),
    [
        (BASE, "v1", "/v1"),
        (BASE + "/", None, "/v1beta"),
        (BASE + "/v1", None, "/v1"),
        (BASE + "/v1beta/", None, "/v1beta"),
        (BASE + "/v1", "v1alpha", "/v1alpha"),
        (BASE + "/at/x", None, "/at/x/v1beta"),
        (BASE + "/at/x/v1", None, "/at/x/v1"),
        (BASE, "a/b?c", "/a%2Fb%3Fc"),
    ],
)
def test_the_version(base_url: str, api_version: str | None, before: str) -> None:
    made = path(base_url=base_url, api_version=api_version)
    assert made == f"{before}/models/gemini-2.5-flash:generateContent"


@pytest.mark.parametrize(
    ("upstream_id", "named"),
    [
        ("models/gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("tunedModels/mine", "tunedModels/mine"),
        ("../x?y#z", "models/..%2Fx%3Fy%23z"),
        ("models/a/b", "models/a%2Fb"),
    ],
)
def test_the_model(upstream_id: str, named: str) -> None:
    assert path(upstream_id=upstream_id) == f"/v1beta/{named}:generateContent"


def test_the_key_never_stands_in_the_query() -> None:
    assert KIND.auth_headers("k") == ((b"x-goog-api-key", b"k"),)


@pytest.mark.parametrize(
    ("headers", "details", "wait_ms"),
    [
        ({}, '[{"@type": "RetryInfo", "retryDelay": "34s"}]', 34_000),
        ({}, '[{"@type": "QuotaFailure"}, {"retryDelay": "34.074824224s"}]', 34_074),
        ({b"retry-after": b"2"}, '[{"retryDelay": "34s"}]', 2000),
        ({}, "[]", None),
        ({}, '[{"retryDelay": "soon"}]', None),
        ({}, '[{"retryDelay": "-1s"}]', None),
        ({}, '[{"retryDelay": "nans"}]', None),
        ({}, '[{"retryDelay": "999999999s"}]', None),
        ({}, '[{"retryDelay": 3}]', None),
        ({}, '"no list"', None),
    ],
)
def test_no_capacity(headers: dict[bytes, bytes], details: str, wait_ms: int | None) -> None:
    body = f'{{"error": {{"code": 429, "status": "RESOURCE_EXHAUSTED", "details": {details}}}}}'
    failure = KIND.judge(429, headers, body.encode())
    assert failure is not None
    assert (failure.signal, failure.status, failure.retry_after_ms) == ("429", 429, wait_ms)


def test_unavailable() -> None:
    failure = KIND.judge(503, {}, b'{"error": {"code": 503, "status": "UNAVAILABLE"}}')
    assert failure is not None
    assert failure.signal == "503"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ('"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]', "api_key"),
        ('"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_EXPIRED"}]', "api_key"),
        ('"status": "FAILED_PRECONDITION"', "billing"),
        ('"status": "INVALID_ARGUMENT", "details": [{"reason": "x"}]', None),
        ('"status": "INVALID_ARGUMENT"', None),
        ('"details": 1', None),
    ],
)
def test_a_400_of_our_own(error: str, said: str | None) -> None:
    failure = KIND.judge(400, {}, f'{{"error": {{{error}}}}}'.encode())
    if said is None:
        assert failure is None
        return
    assert failure is not None
    assert (failure.signal, failure.retryable) == (None, True)
    assert said in failure.message


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 9000, b"[]", b'{"error": "x"}'])
def test_a_400_that_cannot_be_read_is_the_clients(body: bytes) -> None:
    assert KIND.judge(400, {}, body) is None
