"""Embeddings on Bedrock: requests that no recording has are lossless, too."""

import pytest

from detente.dialects.bedrock_embeddings import CODEC
from tests.dialects.embedding_trips import request_difference
from tests.dialects.roundtrip import Share

BODIES = [
    (
        b'{"inputText": "a", "inputImage": "aGk=", "embeddingConfig": {"outputEmbeddingLength": '
        b"256}}"
    ),
    b'{"inputImage": "aGk=", "embeddingConfig": {}}',
    b'{"inputText": "a", "normalize": false, "embeddingTypes": ["binary", "float"]}',
    (
        b'{"schemaVersion": "nova-multimodal-embed-v1", "taskType": "SINGLE_EMBEDDING", '
        b'"singleEmbeddingParams": {"embeddingPurpose": "IMAGE_RETRIEVAL", "embeddingDimension": '
        b'256, "image": {"detailLevel": "DOCUMENT_IMAGE", "format": "png", "source": {"bytes": '
        b'"aGk="}}}}'
    ),
    (
        b'{"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": '
        b'"GENERIC_INDEX", "video": {"format": "mp4", "source": {"s3Location": {"uri": '
        b'"s3://b/k"}}, "embeddingMode": "AUDIO_VIDEO_SEPARATE"}}}'
    ),
    b'{"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"text": {"value": "a"}}}',
    (
        b'{"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": '
        b'"CLUSTERING", "text": {"truncationMode": "END", "source": {"s3Location": {"uri": '
        b'"s3://b/k"}}}}}'
    ),
    (
        b'{"texts": ["a"], "input_type": "search_document", "truncate": "RIGHT", '
        b'"embedding_types": ["int8"]}'
    ),
]


@pytest.mark.parametrize("body", BODIES)
def test_round_trip(body: bytes) -> None:
    share = Share()
    assert request_difference(CODEC, body, share, "m") is None
    assert share.unknown == 0
