"""The head of a Responses request."""

import json

import pytest

from detente.dialects.openai_responses import SPEC
from detente.dialects.openai_responses.head import read_request

CASES: list[tuple[dict[str, object], tuple[str, ...]]] = [
    ({}, ()),
    ({"text": {"format": {"type": "text"}}, "tools": [], "background": False}, ()),
    ({"text": {"format": {"type": "json_schema"}}}, ("structured_output",)),
    ({"previous_response_id": "resp_1"}, ("server_state",)),
    ({"conversation": {"id": "c"}, "tools": [{}]}, ("server_state", "tools")),
    ({"reasoning": {"effort": "low"}}, ("reasoning",)),
]


@pytest.mark.parametrize(("members", "features"), CASES)
def test_features(members: dict[str, object], features: tuple[str, ...]) -> None:
    assert read_request(json.dumps({"model": "m", **members}).encode()).features == features


def test_head_and_edit() -> None:
    body = b'{"input":[{"role":"user"}],"model":"m","stream":true,"max_output_tokens":9}'
    head = read_request(body)
    assert (head.stream, head.output_tokens_max, head.asks_usage) == (True, 9, True)
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')
