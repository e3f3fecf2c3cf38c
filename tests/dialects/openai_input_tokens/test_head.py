"""Counting: the head and the edit."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.openai_input_tokens import SPEC
from detente.dialects.openai_input_tokens.head import read_request


def test_head_and_edit() -> None:
    body = (
        b'{"input":"hi","tools":[{"type":"function","name":"f"}],"stream":true,'
        b'"max_output_tokens":9,"previous_response_id":"resp_1","model":"m"}'
    )
    head = read_request(body)
    assert (head.model, head.stream, head.output_tokens_max) == ("m", False, None)
    assert head.features == ("server_state", "tools")
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')
    assert not SPEC.billed


def test_a_model_must_be_named() -> None:
    with pytest.raises(ClientFault, match="model"):
        read_request(b'{"input":"hi"}')
