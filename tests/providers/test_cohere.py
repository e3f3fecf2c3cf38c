"""Cohere's platform."""

import pytest

from detente.canonical.model import Dialect
from detente.providers.cohere import KIND
from tests.providers.addresses import path_of


@pytest.mark.parametrize(
    ("dialect", "path"), [("cohere_chat", "/v2/chat"), ("cohere_embeddings", "/v2/embed")]
)
def test_paths(dialect: Dialect, path: str) -> None:
    assert path_of(KIND, "https://api.cohere.com/", dialect) == path
    assert KIND.auth_headers("key") == ((b"authorization", b"Bearer key"),)


@pytest.mark.parametrize("status", [401, 498])
def test_a_token_that_it_rejects_is_ours(status: int) -> None:
    failure = KIND.judge(status, {}, b'{"message":"invalid api token"}')
    assert failure is not None
    assert "credentials" in failure.message
    assert failure.signal is None


def test_errors() -> None:
    assert KIND.judge(400, {}, b'{"message":"no"}') is None
    cancelled = KIND.judge(499, {}, b'{"message":"cancelled"}')
    assert cancelled is not None
    assert cancelled.retryable
    full = KIND.judge(429, {}, b'{"message":"slow down"}')
    assert full is not None
    assert full.signal == "429"
