"""Usage of responses."""

import json

import pytest

from detente.canonical.usage import Usage
from detente.dialects.openai_responses.usage import counted, read_usage, usage_counts


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


@pytest.mark.parametrize(
    "usage",
    [
        Usage(),
        Usage(uncached_input_tokens=3, cache_read_tokens=2, visible_output_tokens=1),
        Usage(
            uncached_input_tokens=1,
            cache_read_tokens=2,
            cache_write_30m_tokens=3,
            cache_write_12h_tokens=4,
            audio_input_tokens=5,
            visible_output_tokens=6,
            reasoning_output_tokens=7,
            audio_output_tokens=8,
        ),
    ],
)
def test_a_projection_reads_back(usage: Usage) -> None:
    assert counted(usage_counts(usage)) == usage


def test_lifetimes_that_others_sell_are_the_short_one() -> None:
    usage = Usage(cache_write_5m_tokens=1, cache_write_1h_tokens=2, cache_write_12h_tokens=4)
    assert usage_counts(usage)["input_tokens_details"] == {
        "cached_tokens": 0,
        "cache_write_tokens": 7,
        "cache_write_tokens_details": {"ttl_30m_tokens": 3, "ttl_12h_tokens": 4},
    }


def test_counts_that_are_none_are_not_read() -> None:
    assert counted({"input_tokens": -1}) is None
    assert counted({"input_tokens": True}) is None
    assert counted({"input_tokens_details": []}) is None


@pytest.mark.parametrize(
    ("word", "tier"), [("default", None), ("priority", "priority"), ({}, None)]
)
def test_the_tier_that_was_served_stands_beside_the_usage(word: object, tier: str | None) -> None:
    body = json.dumps({"usage": {"input_tokens": 3}, "service_tier": word}).encode()
    assert read_usage(body) == Usage(uncached_input_tokens=3, tier=tier)
