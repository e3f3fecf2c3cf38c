"""Cohere's embeddings: answers that no recording has are lossless, too."""

import pytest

from detente.dialects.cohere_embeddings import CODEC
from tests.dialects.embedding_trips import response_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"id": "1", "embeddings": {"float": [[0.5]], "base64": ["AAAAPw=="], "int8": [[1]], '
        b'"binary": []}, "texts": ["a"], "response_type": "embeddings_by_type"}'
    ),
    (
        b'{"id": "1", "embeddings": {"uint8": [[255]], "float": null}, "texts": [], "images": '
        b'[{"width": 1, "height": 2, "format": "png", "bit_depth": 8}], "meta": {"billed_units": '
        b'{"images": 1, "image_tokens": 9}, "warnings": ["w"]}, "response_type": '
        b'"embeddings_by_type"}'
    ),
    b'{"embeddings": [[0.5], [1]], "response_type": "embeddings_floats"}',
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert response_difference(CODEC, body, share) is None
    assert share.unknown == 0
