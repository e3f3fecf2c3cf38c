"""Usage of chat completions."""

import json

import pytest

from detente.canonical.usage import Usage
from detente.dialects.openai_chat.head import read_request
from detente.dialects.openai_chat.tap import tap
from detente.dialects.openai_chat.usage import read_usage


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        (
            {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
            Usage(uncached_input_tokens=10, visible_output_tokens=4),
        ),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "prompt_tokens_details": {
                    "cached_tokens": 60,
                    "cache_write_tokens": 20,
                    "audio_tokens": 5,
                },
                "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 8},
            },
            Usage(
                uncached_input_tokens=15,
                cache_read_tokens=60,
                cache_write_30m_tokens=20,
                audio_input_tokens=5,
                visible_output_tokens=12,
                reasoning_output_tokens=30,
                audio_output_tokens=8,
            ),
        ),
        (  # details larger than what they are part of never make a class negative
            {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9, "audio_tokens": 9}},
            Usage(cache_read_tokens=5),
        ),
        (  # xAI: reasoning stands beside the completion
            {
                "prompt_tokens": 10,
                "completion_tokens": 4,
                "total_tokens": 20,
                "completion_tokens_details": {"reasoning_tokens": 6},
            },
            Usage(uncached_input_tokens=10, visible_output_tokens=4, reasoning_output_tokens=6),
        ),
        (  # Google: it stands in the total alone
            {"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109},
            Usage(uncached_input_tokens=35, visible_output_tokens=12, reasoning_output_tokens=62),
        ),
        ({"total_tokens": 18}, Usage(uncached_input_tokens=18)),
        ({"prompt_tokens": 3, "completion_tokens": None}, Usage(uncached_input_tokens=3)),
        ({"prompt_tokens": -3}, None),
        ({"prompt_tokens": "3"}, None),
        ({"prompt_tokens": 10**30}, None),
        (None, None),
        (7, None),
    ],
)
def test_usage(wire: object, usage: Usage | None) -> None:
    body = json.dumps({"choices": [{"message": {"usage": {}}}], "usage": wire}).encode()
    assert read_usage(body) == usage


@pytest.mark.parametrize(
    ("word", "tier"), [("default", None), ("flex", "flex"), (None, None), (7, None)]
)
def test_the_tier_that_was_served_stands_beside_the_usage(word: object, tier: str | None) -> None:
    body = json.dumps({"usage": {"prompt_tokens": 3}, "service_tier": word}).encode()
    usage = Usage(uncached_input_tokens=3, tier=tier)
    assert read_usage(body) == usage
    tapped = tap(read_request(b'{"model": "m", "stream": true}'))
    tapped.feed(b"data: " + body + b"\n\n")
    assert tapped.usage == usage
