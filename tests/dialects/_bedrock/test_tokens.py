"""Bedrock's counts, there and back."""

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.usage import Usage
from detente.dialects._bedrock.tokens import converse_usage, usage_object

COUNTS = st.integers(0, 10**6)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_what_converse_can_tell_comes_back(
    uncached: int, read: int, short: int, long: int, out: int
) -> None:
    usage = Usage(
        uncached_input_tokens=uncached,
        cache_read_tokens=read,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=long,
        visible_output_tokens=out,
    )
    wire = usage_object(usage)
    assert converse_usage(wire) == usage
    assert wire["totalTokens"] == usage.input_tokens + usage.output_tokens


def test_classes_without_a_name_are_counted_where_they_belong() -> None:
    usage = Usage(
        uncached_input_tokens=1,
        audio_input_tokens=2,
        cache_write_30m_tokens=3,
        cache_write_12h_tokens=4,
        visible_output_tokens=5,
        reasoning_output_tokens=6,
        audio_output_tokens=7,
    )
    assert usage_object(usage) == {
        "inputTokens": 3,
        "outputTokens": 18,
        "totalTokens": 28,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 7,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 4}, {"ttl": "5m", "inputTokens": 3}],
    }
