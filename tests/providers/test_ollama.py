"""Ollama's own API."""

import pytest

from detente.canonical.model import Dialect
from detente.providers.ollama import KIND


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("ollama_chat", "/api/chat"),
        ("ollama_embeddings", "/api/embed"),
        ("openai_chat", "/v1/chat/completions"),
    ],
)
@pytest.mark.parametrize("before", ["", "/at/x"])
def test_paths(dialect: Dialect, path: str, before: str) -> None:
    base_url = f"http://127.0.0.1:11434{before}/"
    made = KIND.target(base_url=base_url, upstream_id="m", dialect=dialect, api_version=None)
    assert made == before + path


def test_its_owner_is_for_the_configuration_to_say() -> None:
    assert KIND.default_host is None
    assert KIND.auth_headers("key") == ((b"authorization", b"Bearer key"),)


def test_errors() -> None:
    assert KIND.judge(404, {}, b'{"error":"model not found"}') is None
    full = KIND.judge(503, {}, b'{"error":"server busy"}')
    assert full is not None
    assert full.signal == "503"
