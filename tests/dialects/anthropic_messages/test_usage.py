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
