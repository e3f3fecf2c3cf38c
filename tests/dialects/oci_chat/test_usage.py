"""The usage of Oracle's chat, and back."""

import json
from typing import Any

import pytest

from detente.canonical.usage import Usage
from detente.dialects.oci_chat.usage import read_counts, read_usage, usage_told

FULL = Usage(
    uncached_input_tokens=5,
    cache_read_tokens=4,
    visible_output_tokens=2,
    reasoning_output_tokens=1,
)


def test_there_and_back() -> None:
    told = usage_told(FULL)
    assert told["totalTokens"] == 12
    assert read_counts(told) == FULL
    assert read_usage(json.dumps({"chatResponse": {"usage": told}}).encode()) == FULL


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"promptTokens": 3}, Usage(uncached_input_tokens=3)),
        ({"promptTokens": 3.0, "completionTokens": -1}, Usage(uncached_input_tokens=3)),
        (
            {"promptTokens": 3, "promptTokensDetails": {"cachedTokens": 9}},
            Usage(cache_read_tokens=3),
        ),
        (
            {"completionTokens": 3, "completionTokensDetails": {"reasoningTokens": 9}},
            Usage(reasoning_output_tokens=3),
        ),
        ({"promptTokens": "3"}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_counts(counts: Any, usage: Usage | None) -> None:
    assert read_counts(counts) == usage


@pytest.mark.parametrize("body", [b"", b"{}", b'{"chatResponse": {}}', b'{"chatResponse": 1}'])
def test_no_usage(body: bytes) -> None:
    assert read_usage(body) is None
