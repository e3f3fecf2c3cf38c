"""Embeddings: head and edit."""

from detente.dialects.openai_embeddings import SPEC
from detente.dialects.openai_embeddings.head import read_request


def test_head_and_edit() -> None:
    body = b'{"input":["model"],"model":"m","encoding_format":"base64"}'
    head = read_request(body)
    assert (head.model, head.stream, head.features) == ("m", False, ())
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')
