"""OpenAI's embeddings: requests that no recording has are lossless, too."""

import pytest

from detente.dialects.openai_embeddings import CODEC
from tests.dialects.embedding_trips import request_difference
from tests.dialects.roundtrip import Share

BODIES = [
    b'{"model": "m", "input": "hi", "dimensions": 5, "encoding_format": "float", "user": "u"}',
    b'{"model": "m", "input": [1, 2, 3]}',
    b'{"model": "m", "input": [[1], [2, 3]], "encoding_format": null}',
    b'{"model": "m", "input": []}',
    b'{"model": "m", "input": ["a", [1]]}',
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert request_difference(CODEC, body, share, "m") is None
    assert share.unknown == 0
