"""Embeddings on Bedrock: answers that no recording has are lossless, too."""

import pytest

from detente.dialects.bedrock_embeddings import CODEC
from tests.dialects.embedding_trips import response_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"embedding": [0.5], "inputTextTokenCount": 3, "embeddingsByType": {"binary": [0, 1], '
        b'"float": [0.5]}, "message": null}'
    ),
    b'{"embedding": null, "inputTextTokenCount": 0, "message": "no"}',
    (
        b'{"embeddings": [{"embedding": [0.5], "embeddingType": "IMAGE", "truncatedCharLength": '
        b'3}, {"embedding": [1]}]}'
    ),
    (
        b'{"embeddings": {"int8": [[1]]}, "id": "1", "response_type": "embeddings_by_type", '
        b'"texts": []}'
    ),
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert response_difference(CODEC, body, share) is None
    assert share.unknown == 0
