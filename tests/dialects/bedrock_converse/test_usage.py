"""Converse's counts are disjoint already: what was cached is counted once."""

import json

import pytest

from detente.canonical.extras import Obj
from detente.canonical.usage import Usage
from detente.dialects.bedrock_converse import SPEC


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        (
            {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
            Usage(uncached_input_tokens=3, visible_output_tokens=2),
        ),
        (
            {
                "inputTokens": 3,
                "cacheReadInputTokens": 1712,
                "cacheReadInputTokenCount": 1712,
                "cacheWriteInputTokens": 236,
                "cacheWriteInputTokenCount": 236,
                "cacheDetails": [
                    {"ttl": "1h", "inputTokens": 200},
                    {"ttl": "5m", "inputTokens": 36},
                ],
                "outputTokens": 121,
                "totalTokens": 2072,
            },
            Usage(
                uncached_input_tokens=3,
                cache_read_tokens=1712,
                cache_write_5m_tokens=36,
                cache_write_1h_tokens=200,
                visible_output_tokens=121,
            ),
        ),
        ({"inputTokens": -1, "outputTokens": 1.5, "cacheDetails": [1, {"ttl": "1h"}]}, Usage()),
        ({"inputTokens": True, "outputTokens": 10**30}, Usage()),
    ],
)
def test_counts(wire: Obj, usage: Usage) -> None:
    assert SPEC.read_usage(json.dumps({"usage": wire}).encode()) == usage


@pytest.mark.parametrize("body", [b"", b"{}", b'{"usage": 1}', b'{"usage": null}', b'{"usage": {'])
def test_no_usage(body: bytes) -> None:
    assert SPEC.read_usage(body) is None


@pytest.mark.parametrize(
    ("told", "tier"),
    [({"type": "default"}, None), ({"type": "flex"}, "flex"), ("flex", None), (None, None)],
)
def test_the_tier_that_was_served_stands_beside_the_usage(told: object, tier: str | None) -> None:
    body = json.dumps({"usage": {"inputTokens": 3}, "serviceTier": told}).encode()
    assert SPEC.read_usage(body) == Usage(uncached_input_tokens=3, tier=tier)
