"""Counting: the head; the path names the model, nothing is edited."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.bedrock_count_tokens import SPEC
from detente.dialects.bedrock_count_tokens.head import read_request


def test_head() -> None:
    body = b'{"input":{"converse":{"messages":[],"toolConfig":{"tools":[{}]}}}}'
    head = read_request(body)
    assert (head.model, head.stream, head.features) == ("", False, ("tools",))
    assert SPEC.edit_request(body, head, model="y") is body
    assert read_request(b'{"input":{"converse":{}}}').features == ()
    assert read_request(b'{"input":{"invokeModel":{"body":""}}}').features == ()
    assert not SPEC.billed


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"input":7}', b'{"input":{"converse":7}}'])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        read_request(body)
