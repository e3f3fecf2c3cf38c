"""The head of a Converse request: what the body says, and nothing that only the path can."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.bedrock_converse import SPEC


@pytest.mark.parametrize(
    ("body", "features", "limit"),
    [
        (b"{}", (), None),
        (b'{"inferenceConfig": {"maxTokens": 7}, "messages": []}', (), 7),
        (b'{"inferenceConfig": {"maxTokens": 0}}', (), None),
        (b'{"inferenceConfig": null}', (), None),
        (b'{"toolConfig": {"tools": [{}]}}', ("tools",), None),
        (b'{"outputConfig": {"textFormat": {}}}', ("structured_output",), None),
        (b'{"outputConfig": {"effort": "low"}}', ("reasoning",), None),
        (
            b'{"additionalModelRequestFields": {"thinking": {"type": "enabled"}}}',
            ("reasoning",),
            None,
        ),
        (b'{"additionalModelRequestFields": {"thinking": {"type": "disabled"}}}', (), None),
        (b'{"additionalModelRequestFields": {"reasoning_effort": "none"}}', (), None),
        (b'{"additionalModelRequestFields": {"reasoning_config": "high"}}', ("reasoning",), None),
    ],
)
def test_heads(body: bytes, features: tuple[str, ...], limit: int | None) -> None:
    head = SPEC.read_request(body)
    assert (head.model, head.stream, head.asks_usage) == ("", False, True)
    assert (head.features, head.output_tokens_max) == (features, limit)
    assert SPEC.edit_request(body, head, model="other") is body


@pytest.mark.parametrize("body", [b"", b"[]", b'{"inferenceConfig": 1}', b'{"a": "\xff"}'])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(body)
