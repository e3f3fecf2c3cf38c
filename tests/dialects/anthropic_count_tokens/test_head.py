"""Counting: head and edit; nothing is used."""

from detente.dialects.anthropic_count_tokens import SPEC
from detente.dialects.anthropic_count_tokens.head import read_request


def test_head_and_edit() -> None:
    body = b'{"messages":[],"tools":[{"name":"f"}],"model":"m"}'
    head = read_request(body)
    assert (head.model, head.stream, head.features) == ("m", False, ("tools",))
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')
