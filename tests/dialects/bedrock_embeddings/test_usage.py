"""Embeddings on Bedrock: the usage of an answer."""

import pytest

from detente.dialects.bedrock_embeddings.usage import read_usage


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"inputTextTokenCount": 3}', 3),
        (b'{"embeddings": []}', None),
        (b"[", None),
    ],
)
def test_usage(body: bytes, tokens: int | None) -> None:
    usage = read_usage(body)
    assert (None if usage is None else usage.input_tokens) == tokens
