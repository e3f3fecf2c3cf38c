"""Usage in whole answers, and its projection back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.usage import Usage
from detente.dialects._google.tokens import generate_usage, served_tier, usage_metadata
from detente.dialects.gemini_generate.usage import read_usage

COUNTS = st.integers(0, 10**9)


@given(
    st.builds(
        Usage,
        uncached_input_tokens=COUNTS,
        cache_read_tokens=COUNTS,
        visible_output_tokens=COUNTS,
        reasoning_output_tokens=COUNTS,
        audio_input_tokens=COUNTS,
        audio_output_tokens=COUNTS,
    )
)
def test_what_has_a_place_here_comes_back(usage: Usage) -> None:
    wire = usage_metadata(usage, "default")
    assert generate_usage(wire) == usage
    assert wire["totalTokenCount"] == usage.input_tokens + usage.output_tokens
    assert served_tier(wire) == "default"


def test_cached_tokens_are_part_of_the_prompt_and_those_of_tools_are_not() -> None:
    body = (
        b'{"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":99,'
        b'"toolUsePromptTokenCount":5,"thoughtsTokenCount":2,"candidatesTokenCount":3}}'
    )
    assert read_usage(body) == Usage(
        uncached_input_tokens=5,
        cache_read_tokens=10,
        visible_output_tokens=3,
        reasoning_output_tokens=2,
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"usageMetadata":3}', b'{"usageMetadata":'])
def test_no_usage(body: bytes) -> None:
    assert read_usage(body) is None


@pytest.mark.parametrize(
    ("member", "word", "tier"),
    [
        ("serviceTier", "standard", "default"),
        ("serviceTier", "flex", "flex"),
        ("trafficType", "ON_DEMAND", "default"),
        ("trafficType", "ON_DEMAND_PRIORITY", "priority"),
        ("trafficType", "PROVISIONED_THROUGHPUT", None),
        ("other", "x", None),
    ],
)
def test_the_tier_that_was_served(member: str, word: str, tier: str | None) -> None:
    assert served_tier({member: word}) == tier


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        ({"serviceTier": "standard"}, None),
        ({"trafficType": "ON_DEMAND"}, None),
        ({"trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, "provisioned_throughput"),
        ({}, None),
    ],
)
def test_the_tier_that_was_served_stands_beside_the_usage(
    told: dict[str, str], tier: str | None
) -> None:
    body = json.dumps({"usageMetadata": {"promptTokenCount": 3, **told}}).encode()
    assert read_usage(body) == Usage(uncached_input_tokens=3, tier=tier)
