"""OpenAI's embeddings: answers that no recording has are lossless, too."""

import pytest

from detente.dialects.openai_embeddings import CODEC
from tests.dialects.embedding_trips import response_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [1, 0.5]}],'
        b' "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}'
    ),
    b'{"object": "list", "data": [], "model": "m"}',
    b'{"object": "list", "data": [], "model": "m", "usage": null}',
    b'{"object": "list", "data": [], "model": "m", "usage": {"total_tokens": 2}}',
    (
        b'{"object": "list", "data": [], "model": "m", "usage": {"prompt_tokens": 4, '
        b'"total_tokens": 4, "prompt_tokens_details": {"cached_tokens": 1}}}'
    ),
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert response_difference(CODEC, body, share) is None
    assert share.unknown == 0
