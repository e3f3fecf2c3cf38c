"""Ollama's embeddings: head and edit."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.ollama_embeddings import SPEC


def test_head_and_edit() -> None:
    body = b'{"input":"model","model":"m"}'
    head = SPEC.read_request(body)
    assert (head.model, head.stream, head.features) == ("m", False, ())
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"model": 3}'])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(body)
