"""Ollama's embeddings: answers that no recording has are lossless, too."""

import pytest

from detente.dialects.ollama_embeddings import CODEC
from tests.dialects.embedding_trips import response_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"model": "m", "embeddings": [[0.5], [1]], "total_duration": 5, "load_duration": 4, '
        b'"prompt_eval_count": 3}'
    ),
    b'{"embedding": [0.5]}',
    b'{"model": "m", "embeddings": []}',
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert response_difference(CODEC, body, share) is None
    assert share.unknown == 0
