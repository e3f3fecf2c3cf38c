"""Cohere's embeddings: requests that no recording has are lossless, too."""

import pytest

from detente.dialects.cohere_embeddings import CODEC
from tests.dialects.embedding_trips import request_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"model": "m", "images": ["data:image/png;base64,aGk=", "https://e.example/a.png"], '
        b'"input_type": "image", "embedding_types": ["int8", "float"]}'
    ),
    (
        b'{"model": "m", "input_type": "search_query", "embedding_types": ["float", "base64", '
        b'"ubinary"], "priority": 3, "inputs": [{"content": [{"type": "text", "text": "a"}, '
        b'{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}, {"type": '
        b'"image_url", "image_url": "data:image/png;base64,aGk="}, {"type": "sound"}]}]}'
    ),
    (
        b'{"model": "m", "texts": ["a"], "input_type": "classification", "embedding_types": '
        b'["base64"], "truncate": "LEFT", "max_tokens": 5, "output_dimension": 256}'
    ),
    b'{"model": "m", "texts": [], "embedding_types": []}',
    (
        b'{"model": "m", "texts": ["a"], "input_type": "clustering", "truncate": null, "images": '
        b"null}"
    ),
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert request_difference(CODEC, body, share, "m") is None
    assert share.unknown == 0
