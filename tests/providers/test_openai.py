"""OpenAI's own platform."""

import pytest

from detente.canonical.model import Deployment, Dialect
from detente.providers.openai import KIND
from tests.providers.addresses import path_of


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
        ("https://api.openai.com/v1", "openai_completions", "/v1/completions"),
    ],
)
def test_target(base_url: str, dialect: Dialect, path: str) -> None:
    assert path_of(KIND, base_url, dialect) == path


@pytest.mark.parametrize(
    ("model", "upstream_id", "completes"),
    [
        ("openai/gpt-5.1", "gpt-5.1", False),
        ("openai/gpt-3.5-turbo", "gpt-3.5-turbo-0125", False),
        ("openai/gpt-3.5-turbo-instruct", "any", True),
        ("tests/any", "gpt-3.5-turbo-instruct-0914", True),
        ("tests/any", "davinci-002", True),
        ("tests/any", "ft:babbage-002:acme::x", True),
        ("tests/any", "davinci-0022", False),
    ],
)
def test_few_models_complete_and_do_nothing_else(
    model: str, upstream_id: str, completes: bool
) -> None:
    deployment = Deployment(
        id="x/m", model=model, provider="x", kind="openai", upstream_id=upstream_id, host="openai"
    )
    assert KIND.dialects_of is not None
    offered = KIND.dialects_of(deployment)
    assert offered[0] == ("openai_completions" if completes else "openai_chat")
    assert ("openai_completions" in offered, len(offered) == 1) == (completes, completes)
    assert set(offered) <= set(KIND.dialects)


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
