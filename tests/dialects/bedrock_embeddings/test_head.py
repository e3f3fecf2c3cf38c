"""Embeddings on Bedrock: the head; the path names the model, so nothing is edited."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.bedrock_embeddings import SPEC


def test_head_and_edit() -> None:
    body = b'{"inputText":"m"}'
    head = SPEC.read_request(body)
    assert (head.model, head.stream, head.features) == ("", False, ())
    assert SPEC.edit_request(body, head, model="y") is body


@pytest.mark.parametrize("body", [b"", b"[]"])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(body)
