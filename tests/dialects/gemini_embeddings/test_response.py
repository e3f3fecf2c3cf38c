"""Google's embeddings: answers that no recording has are lossless, too."""

import pytest

from detente.dialects.gemini_embeddings import CODEC
from tests.dialects.embedding_trips import response_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"embeddings": [{"values": [0.5], "statistics": {"truncated": true}}], "usageMetadata": '
        b'{"promptTokenCount": 3, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": '
        b'2}]}, "metadata": {"billableCharacterCount": 3}}'
    ),
    (
        b'{"embedding": {"values": [0.5, 1]}, "usageMetadata": {"promptTokenCount": 1}, '
        b'"truncated": true}'
    ),
    (
        b'{"predictions": [{"embeddings": {"values": [0.5], "statistics": {"token_count": 3}}}, '
        b'{"embeddings": {"values": []}}], "metadata": {"billableCharacterCount": 3}}'
    ),
    b'{"embeddings": []}',
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert response_difference(CODEC, body, share) is None
    assert share.unknown == 0
