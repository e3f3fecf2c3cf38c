"""The head of a messages request."""

import json

import pytest

from detente.dialects.anthropic_messages import SPEC
from detente.dialects.anthropic_messages.head import read_request

CASES: list[tuple[dict[str, object], tuple[str, ...]]] = [
    ({}, ()),
    ({"thinking": {"type": "disabled"}, "tools": []}, ()),
    ({"thinking": {"type": "adaptive"}}, ("reasoning",)),
    ({"output_config": {"effort": "low"}}, ()),
    ({"output_config": {"format": {"type": "json_schema"}}}, ("structured_output",)),
    ({"output_format": {"type": "json_schema"}, "tools": [{}]}, ("structured_output", "tools")),
]


@pytest.mark.parametrize(("members", "features"), CASES)
def test_features(members: dict[str, object], features: tuple[str, ...]) -> None:
    assert read_request(json.dumps({"model": "m", **members}).encode()).features == features


def test_head_and_edit() -> None:
    body = b'{"max_tokens":9,"messages":[{"role":"user"}],"model":"m","stream":true}'
    head = read_request(body)
    assert (head.stream, head.output_tokens_max, head.asks_usage) == (True, 9, True)
    assert SPEC.edit_request(body, head, model="y") == body.replace(b'"m"', b'"y"')
