"""Cohere's embeddings: the usage of an answer."""

import pytest

from detente.dialects.cohere_embeddings.usage import read_usage


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"meta": {"billed_units": {"input_tokens": 3.0, "image_tokens": 2}}}', 5),
        (b'{"meta": {"billed_units": {}}}', 0),
        (b'{"meta": {}}', None),
        (b"{}", None),
        (b"[", None),
    ],
)
def test_usage(body: bytes, tokens: int | None) -> None:
    usage = read_usage(body)
    assert (None if usage is None else usage.input_tokens) == tokens
