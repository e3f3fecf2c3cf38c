"""Chat with Cohere: head and edit."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.cohere_chat import SPEC


@pytest.mark.parametrize(
    ("members", "stream", "limit", "features"),
    [
        ("", False, None, ()),
        (',"stream":true,"max_tokens":5', True, 5, ()),
        (',"stream":false,"max_tokens":0', False, None, ()),
        (',"thinking":{"type":"disabled"},"response_format":{"type":"text"}', False, None, ()),
        (
            ',"thinking":{"type":"enabled"},"response_format":{"type":"json_object"}'
            ',"tools":[{}],"logprobs":true',
            False,
            None,
            ("logprobs", "reasoning", "structured_output", "tools"),
        ),
    ],
)
def test_head_and_edit(
    members: str, stream: bool, limit: int | None, features: tuple[str, ...]
) -> None:
    body = f'{{"model":"m","messages":["model"]{members}}}'.encode()
    head = SPEC.read_request(body)
    assert (head.model, head.stream, head.asks_usage) == ("m", stream, True)
    assert (head.output_tokens_max, head.features) == (limit, features)
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')


def test_what_is_no_request() -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(b"{}")
