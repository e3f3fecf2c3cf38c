"""Google's embeddings: requests that no recording has are lossless, too."""

import json

import pytest

from detente.dialects.codec import Target
from detente.dialects.gemini_embeddings import CODEC
from tests.dialects.embedding_trips import request_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"requests": [{"model": "models/m", "content": {"role": "user", "parts": [{"text": "a"},'
        b' {"inlineData": {"mimeType": "image/png", "data": "aGk="}}, {"file_data": {"file_uri": '
        b'"gs://b/k", "mime_type": "audio/wav"}}, {"fileData": {"fileUri": "gs://b/k"}}, {"odd": '
        b'1}]}, "task_type": "CLUSTERING", "title": "t", "output_dimensionality": 5}]}'
    ),
    (
        b'{"requests": [{"model": "models/m", "content": {"parts": [{"text": "a"}]}, "taskType": '
        b'"RETRIEVAL_QUERY"}, {"model": "models/m", "content": {"parts": [{"text": "b"}]}, '
        b'"taskType": "RETRIEVAL_DOCUMENT", "title": "t"}]}'
    ),
    (
        b'{"requests": [{"content": {"parts": [{"inline_data": {"mime_type": "image/png", "data": '
        b'"-_-_"}}]}, "embedContentConfig": {"taskType": "CLUSTERING", "autoTruncate": false, '
        b'"document_ocr": true}}]}'
    ),
    (
        b'{"content": {"parts": [{"text": "a"}]}, "embedContentConfig": {"outputDimensionality": '
        b'5, "audioTrackExtraction": true}}'
    ),
    (
        b'{"model": "models/m", "content": {"parts": [{"text": "a"}]}, "taskType": '
        b'"SEMANTIC_SIMILARITY", "outputDimensionality": 5}'
    ),
    (
        b'{"instances": [{"content": "a", "task_type": "QUESTION_ANSWERING", "title": "t", '
        b'"mimeType": "text/plain"}], "parameters": {"autoTruncate": true, '
        b'"output_dimensionality": 5}}'
    ),
    (
        b'{"instances": [{"content": {"parts": [{"text": "a"}]}, "taskType": '
        b'"FACT_VERIFICATION"}], "parameters": {}}'
    ),
    b'{"requests": []}',
]


FLAT = (
    b'{"requests": [{"model": "models/x", "content": {"parts": [{"text": "a"}]}, "taskType": '
    b'"CLUSTERING", "outputDimensionality": 4}]}'
)
NESTED = {"taskType": "CLUSTERING", "outputDimensionality": 4}


def told(body: bytes, operation: str) -> object:
    """The body for a platform that is asked by that operation."""
    request = CODEC.decode_request(body, model="m")
    target = Target(model="m", api_version=operation)
    return json.loads(CODEC.encode_request(request, target).body)


def test_vertex_own_form_of_the_batch() -> None:
    item = {"content": {"parts": [{"text": "a"}]}, "embedContentConfig": NESTED}
    assert told(FLAT, "publishers.batchEmbedContents") == {"requests": [item]}
    single = b'{"content": {"parts": [{"text": "a"}]}, "embedContentConfig": {"taskType": '
    single += b'"CLUSTERING", "outputDimensionality": 4}}'
    assert told(single, "publishers.batchEmbedContents") == {"requests": [item]}
    assert told(FLAT, "embedContent") == item


def test_a_batch_of_vertex_at_the_developer_api() -> None:
    batch = b'{"requests": [{"content": {"parts": [{"text": "a"}]}}]}'
    item = {"content": {"parts": [{"text": "a"}]}, "model": "models/m"}
    assert told(batch, "batchEmbedContents") == {"requests": [item]}


def test_a_batch_at_predict() -> None:
    instance = {"content": "a", "task_type": "CLUSTERING"}
    parameters = {"outputDimensionality": 4}
    assert told(FLAT, "predict") == {"instances": [instance], "parameters": parameters}


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert request_difference(CODEC, body, share, "m") is None
    assert share.unknown == 0
