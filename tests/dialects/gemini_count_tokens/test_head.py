"""Counting: the head; nothing is used, and only what Vertex AI says otherwise is edited."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.gemini_count_tokens import SPEC
from detente.dialects.gemini_count_tokens.head import read_request


def test_head() -> None:
    body = b'{"generateContentRequest":{"contents":[],"tools":[{"googleSearch":{}}]}}'
    assert SPEC.edit_request(body, read_request(body), model="y") is body
    body = b'{"contents":[],"model":"models/m"}'
    assert SPEC.edit_request(body, read_request(body), model="y") is body
    body = b'{"contents":[],"tools":[{"googleSearch":{}}]}'
    head = read_request(body)
    assert (head.model, head.stream, head.features) == ("", False, ("tools",))
    assert SPEC.edit_request(body, head, model="y") == (
        b'{"generateContentRequest":{"model":"models/y","contents":[],"tools":[{"googleSearch":{}}]}}'
    )
    assert read_request(b'{"model":"models/m","contents":[]}').model == "m"
    assert not SPEC.billed
    with pytest.raises(ClientFault):
        read_request(b"[]")
