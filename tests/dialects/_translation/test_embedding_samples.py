"""Samples for embedding models: each dialect of embeddings can be asked and told each of them."""

import pytest

from detente.dialects import EMBEDDING_CODECS
from detente.dialects._translation.embedding_samples import (
    EMBEDDING_REQUESTS,
    EMBEDDING_RESPONSES,
)
from detente.dialects.embedding_codec import EmbeddingReply
from detente.dialects.matrix import columns, sampled


@pytest.mark.parametrize("name", [codec.name for codec in EMBEDDING_CODECS])
def test_every_dialect_can_say_every_sample_and_read_it_again(name: str) -> None:
    (codec,) = [one for one in EMBEDDING_CODECS if one.name == name]
    for column in columns("embedding request"):
        if column.dialect == name:
            for row in EMBEDDING_REQUESTS:
                body = sampled("embedding request", row, column).body
                assert codec.decode_request(body, model=column.model).inputs, row
    for row, response in EMBEDDING_RESPONSES.items():
        assert codec.encode_response(response, EmbeddingReply()).body, row


@pytest.mark.parametrize("samples", [EMBEDDING_REQUESTS, EMBEDDING_RESPONSES])
def test_samples_are_in_the_order_of_their_names(samples: dict[str, object]) -> None:
    assert list(samples) == sorted(samples)
