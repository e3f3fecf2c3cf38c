"""Usage of responses."""

import json

import pytest

from detente.canonical.usage import Usage
from detente.dialects.openai_responses.usage import read_usage


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        (
            {"input_tokens": 72, "output_tokens": 14, "total_tokens": 86},
            Usage(uncached_input_tokens=72, visible_output_tokens=14),
        ),
        (
            {
                "input_tokens": 100,
                "output_tokens": 50,
                "input_tokens_details": {
                    "cached_tokens": 40,
                    "cache_write_tokens": 30,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 10, "ttl_12h_tokens": 20},
                },
                "output_tokens_details": {"reasoning_tokens": 45},
            },
            Usage(
                uncached_input_tokens=30,
                cache_read_tokens=40,
                cache_write_30m_tokens=10,
                cache_write_12h_tokens=20,
                visible_output_tokens=5,
                reasoning_output_tokens=45,
            ),
        ),
        (
            {"input_tokens": 4020, "input_tokens_details": {"cache_write_tokens": 4012}},
            Usage(uncached_input_tokens=8, cache_write_30m_tokens=4012),
        ),
        ({"input_tokens": -1}, None),
        (None, None),
    ],
)
def test_usage(wire: object, usage: Usage | None) -> None:
    assert read_usage(json.dumps({"usage": wire}).encode()) == usage
