"""Ollama's embeddings: the usage of an answer."""

import pytest

from detente.dialects.ollama_embeddings.usage import read_usage


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"prompt_eval_count": 3}', 3),
        (b'{"embedding": [1]}', None),
        (b'{"prompt_eval_count": "x"}', None),
    ],
)
def test_usage(body: bytes, tokens: int | None) -> None:
    usage = read_usage(body)
    assert (None if usage is None else usage.input_tokens) == tokens
