"""Ollama's embeddings: requests that no recording has are lossless, too."""

import pytest

from detente.dialects.ollama_embeddings import CODEC
from tests.dialects.embedding_trips import request_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"model": "m", "input": ["a"], "truncate": false, "dimensions": 5, "options": '
        b'{"num_ctx": 5}, "keep_alive": "5m"}'
    ),
    b'{"model": "m", "input": "a", "truncate": true}',
    b'{"model": "m", "prompt": "a"}',
    b'{"model": "m", "input": []}',
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert request_difference(CODEC, body, share, "m") is None
    assert share.unknown == 0
