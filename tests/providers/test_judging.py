"""The meaning of statuses that all kinds share, also on everything that was recorded."""

import pytest

from detente.providers import KINDS, ProviderKind
from detente.providers._judging import error_words, retry_after_ms
from tests.conftest import Recorded

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
SECRETS = (
    b"authorization",
    b"x-api-key",
    b"api-key",
    b"cookie",
    b"proxy-authorization",
    b"x-forwarded-for",
    b"openai-organization",
    b"openai-project",
    b"anthropic-workspace-id",
    b"accept-encoding",
    b"host",
    b"content-length",
    b"connection",
    b"transfer-encoding",
    b"x-detente-labels",
    b"idempotency-key",
)
FILES = {
    "openai": ("openai-chat", "openai-responses", "embeddings"),
    "azure": ("openai-chat", "openai-responses", "embeddings"),
    "anthropic": ("anthropic-messages", "anthropic-count-tokens"),
    "gemini": ("gemini-generate", "gemini-aux", "embeddings"),
    "bedrock": ("bedrock-converse", "bedrock-invoke", "embeddings"),
    "openai_compatible": ("openai-chat", "openai-responses", "embeddings"),
    "cohere": ("cohere-chat",),
    "ollama": ("ollama",),
}
PLATFORMS = {
    **{kind: kind for kind in FILES},
    "api.cohere.com": "cohere",
}
"""What the records call the platforms of the kinds; whoever has another name is compatible."""


@every_kind
@pytest.mark.parametrize("status", [200, 201, 400, 404, 409, 413, 422])
def test_answers_for_the_client(kind: ProviderKind, status: int) -> None:
    assert kind.judge(status, {}, b'{"error":{"message":"x"}}') is None


@every_kind
@pytest.mark.parametrize(("status", "signal"), [(429, "429"), (503, "503")])
def test_refusals(kind: ProviderKind, status: int, signal: str) -> None:
    failure = kind.judge(status, {b"retry-after": b"2"}, b"")
    assert failure is not None
    assert (failure.signal, failure.retryable) == (signal, True)
    assert (failure.status, failure.retry_after_ms) == (status, 2000)


@every_kind
@pytest.mark.parametrize("status", [301, 307, 401, 403, 407, 408, 500, 502, 504, 520, 599])
def test_failures(kind: ProviderKind, status: int) -> None:
    failure = kind.judge(status, {}, b"a prompt that must not be told")
    assert failure is not None
    assert (failure.code, failure.status, failure.signal) == ("upstream_failed", 502, None)
    assert failure.retryable
    assert "prompt" not in failure.message
    assert ("`api_key`" in failure.message) is (status in (401, 403))
    assert ("`base_url`" in failure.message) is (status < 400)


@every_kind
def test_nothing_secret_is_forwarded(kind: ProviderKind) -> None:
    assert kind.forwarded_headers.isdisjoint(SECRETS)
    assert {b"accept", b"content-type", b"user-agent"} <= kind.forwarded_headers
    assert all(name == name.lower() for name in kind.forwarded_headers)


@pytest.mark.parametrize(
    ("headers", "wait_ms"),
    [
        ({}, None),
        ({b"retry-after": b"7"}, 7000),
        ({b"retry-after": b"0.5"}, 500),
        ({b"retry-after": b"7", b"retry-after-ms": b"120"}, 120),
        ({b"retry-after": b"7", b"x-amz-retry-after": b"1500"}, 1500),
        ({b"retry-after": b"Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({b"retry-after": b"7", b"retry-after-ms": b"soon"}, 7000),
        ({b"retry-after": b"-1"}, None),
        ({b"retry-after": b"nan"}, None),
        ({b"retry-after": b"inf"}, None),
        ({b"retry-after": b"\xff"}, None),
    ],
)
def test_retry_after(headers: dict[bytes, bytes], wait_ms: int | None) -> None:
    assert retry_after_ms(headers) == wait_ms


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":{"code":"a","type":"b","details":{"error_code":"c"}}}', ("a", "b", "c")),
        (b'{"error":{"code":429}}', ("429",)),
        (b'{"error":{"code":[1]}}', ()),
        (b'{"error":null}', ()),
        (b"{}", ()),
        (b"", ()),
        (b"\xff", ()),
        (b"[" * 9000, ()),
    ],
)
def test_error_words(body: bytes, words: tuple[str, ...]) -> None:
    assert error_words(body) == words


@every_kind
def test_recorded_answers(recorded: Recorded, kind: ProviderKind) -> None:
    signals = {429: "429", 503: "503", 529: "capacity_error"}
    met = 0
    for file in FILES[kind.name]:
        for row in recorded(file):
            own = PLATFORMS.get(row["platform"], "openai_compatible")
            if kind.name not in (own, file):
                continue
            met += 1
            response = row["response"]
            status = response["status"]
            headers = {k.lower().encode(): v.encode() for k, v in response["headers"].items()}
            failure = kind.judge(status, headers, (response.get("text") or "").encode())
            if status in (200, 400, 404):
                assert failure is None, row["id"]
            else:
                assert failure is not None, row["id"]
                assert failure.signal == signals.get(status), row["id"]
                assert failure.retryable, row["id"]
    assert met > 5
