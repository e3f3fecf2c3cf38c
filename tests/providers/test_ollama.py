"""Ollama's own API."""

import pytest

from detente.canonical.model import Dialect
from detente.providers.ollama import KIND
from tests.providers.addresses import path_of


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
    assert path_of(KIND, base_url, dialect) == before + path


def test_its_owner_is_for_the_configuration_to_say() -> None:
    assert KIND.default_host is None
    assert KIND.auth_headers("key") == ((b"authorization", b"Bearer key"),)


def test_errors() -> None:
    full = KIND.judge(503, {}, b'{"error":"server busy"}')
    assert full is not None
    assert full.signal == "503"
