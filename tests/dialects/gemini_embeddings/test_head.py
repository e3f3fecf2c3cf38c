"""Google's embeddings: the head; the path names the model, so nothing is edited."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.gemini_embeddings import SPEC


def test_head_and_edit() -> None:
    body = b'{"requests":[],"model":"models/m"}'
    head = SPEC.read_request(body)
    assert (head.model, head.stream, head.features) == ("m", False, ())
    assert SPEC.edit_request(body, head, model="y") is body


@pytest.mark.parametrize("body", [b"", b"[]", b'{"model": 3}'])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(body)
