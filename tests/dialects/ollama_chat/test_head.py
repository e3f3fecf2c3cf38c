"""Chat with Ollama: head and edit."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.ollama_chat import SPEC


@pytest.mark.parametrize(
    ("members", "stream", "limit", "features"),
    [
        ("", True, None, ()),
        (',"stream":true', True, None, ()),
        (',"stream":null', True, None, ()),
        (',"stream":false', False, None, ()),
        (',"options":{"num_predict":5}', True, 5, ()),
        (',"options":{"num_predict":-1}', True, None, ()),
        (',"options":{"num_predict":"5"}', True, None, ()),
        (',"options":{"num_predict":1e300}', True, None, ()),
        (',"options":{}', True, None, ()),
        (',"options":3', True, None, ()),
        (',"format":"","tools":[],"think":false,"logprobs":false', True, None, ()),
        (
            ',"format":"json","tools":[{}],"think":"high","logprobs":true',
            True,
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
