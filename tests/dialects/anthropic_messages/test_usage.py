"""Usage of messages: disjoint already."""

import json

import pytest

from detente.canonical.usage import Usage
from detente.dialects.anthropic_messages.usage import read_usage


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        (
            {"input_tokens": 19, "output_tokens": 22},
            Usage(uncached_input_tokens=19, visible_output_tokens=22),
        ),
        (
            {
                "input_tokens": 10,
                "cache_read_input_tokens": 100,
                "cache_creation_input_tokens": 50,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 20,
                    "ephemeral_1h_input_tokens": 30,
                },
                "output_tokens": 40,
                "output_tokens_details": {"thinking_tokens": 35},
            },
            Usage(
                uncached_input_tokens=10,
                cache_read_tokens=100,
                cache_write_5m_tokens=20,
                cache_write_1h_tokens=30,
                visible_output_tokens=5,
                reasoning_output_tokens=35,
            ),
        ),
        (
            {"input_tokens": 1, "cache_creation_input_tokens": 50, "cache_creation": None},
            Usage(uncached_input_tokens=1, cache_write_5m_tokens=50),
        ),
        ({"output_tokens": -1}, None),
        (None, None),
    ],
)
def test_usage(wire: object, usage: Usage | None) -> None:
    assert read_usage(json.dumps({"usage": wire}).encode()) == usage


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        ({"service_tier": "standard", "inference_geo": "global"}, None),
        ({"service_tier": "standard", "inference_geo": "not_available"}, None),
        ({"service_tier": "priority"}, "priority"),
        ({"service_tier": "batch", "speed": "fast", "inference_geo": "us"}, "batch+fast+us"),
        ({"service_tier": [], "speed": "standard"}, None),
    ],
)
def test_what_has_a_price_of_its_own_stands_beside_the_usage(
    told: dict[str, object], tier: str | None
) -> None:
    body = json.dumps({"usage": {"input_tokens": 3, **told}}).encode()
    assert read_usage(body) == Usage(uncached_input_tokens=3, tier=tier)
