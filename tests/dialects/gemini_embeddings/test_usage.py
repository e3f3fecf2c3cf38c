"""Google's embeddings: the usage of an answer."""

import pytest

from detente.dialects.gemini_embeddings.usage import read_usage


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"usageMetadata": {"promptTokenCount": 3}}', 3),
        (
            b'{"usageMetadata": {"promptTokenCount": 3, "promptTokensDetails":'
            b'[{"modality": "AUDIO", "tokenCount": 9}]}}',
            3,
        ),
        (
            b'{"predictions": [{"embeddings": {"statistics": {"token_count": 3}}},'
            b'{"embeddings": {"statistics": {"token_count": 1.0}}}, {}]}',
            4,
        ),
        (b'{"predictions": [{"embeddings": {}}]}', None),
        (b'{"embeddings": []}', None),
        (b"[", None),
    ],
)
def test_usage(body: bytes, tokens: int | None) -> None:
    usage = read_usage(body)
    assert (None if usage is None else usage.input_tokens) == tokens
