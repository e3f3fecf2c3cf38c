"""OpenAI's own platform."""

import pytest

from detente.canonical.model import Dialect
from detente.providers.openai import KIND


@pytest.mark.parametrize(
    ("base_url", "dialect", "path"),
    [
        ("https://api.openai.com/v1", "openai_chat", "/v1/chat/completions"),
        ("https://eu.api.openai.com/v1/", "openai_responses", "/v1/responses"),
        ("http://127.0.0.1:9/at/x/v1", "openai_embeddings", "/at/x/v1/embeddings"),
        (
            "https://api.openai.com/v1",
            "openai_input_tokens",
            "/v1/responses/input_tokens",
        ),
    ],
)
def test_target(base_url: str, dialect: Dialect, path: str) -> None:
    target = KIND.target(base_url=base_url, upstream_id="m", dialect=dialect, api_version=None)
    assert target == path


def test_the_key_is_a_bearer() -> None:
    assert KIND.auth_headers("sk-1") == ((b"authorization", b"Bearer sk-1"),)


@pytest.mark.parametrize(
    ("body", "signal", "status"),
    [
        (b'{"error":{"code":"rate_limit_exceeded","type":"tokens"}}', "429", 429),
        (b'{"error":{"code":null,"type":"requests"}}', "429", 429),
        (b'{"error":"a string"}', "429", 429),
        (b"<html>", "429", 429),
        (b"", "429", 429),
        (b"[" * 9000, "429", 429),
        (b'{"error":{"code":"insufficient_quota","type":"insufficient_quota"}}', None, 429),
        (b'{"error":{"code":"billing_hard_limit_reached"}}', None, 429),
    ],
)
def test_an_empty_account_is_no_lack_of_capacity(
    body: bytes, signal: str | None, status: int
) -> None:
    failure = KIND.judge(429, {}, body)
    assert failure is not None
    assert (failure.signal, failure.status, failure.retryable) == (signal, status, True)
    assert failure.is_refusal is (signal is not None)
