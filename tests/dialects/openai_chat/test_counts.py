"""Usage as chat counts it: a projection of the canonical classes, and back."""

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects.openai_chat.counts import counts, respelt, rest_of, usage_of

COUNT = st.integers(0, 10**9)
USAGES = st.builds(
    Usage,
    uncached_input_tokens=COUNT,
    cache_read_tokens=COUNT,
    cache_write_30m_tokens=COUNT,
    audio_input_tokens=COUNT,
    visible_output_tokens=COUNT,
    reasoning_output_tokens=COUNT,
    audio_output_tokens=COUNT,
)


@given(USAGES)
def test_what_is_counted_is_read_again(usage: Usage) -> None:
    assert usage_of(counts(usage)) == usage


@given(USAGES)
def test_counts_come_out_as_they_went_in(usage: Usage) -> None:
    wire = counts(usage)
    unknown, spelling = rest_of(wire, usage)
    assert unknown == {}
    assert respelt(usage, unknown, spelling) == wire


def test_cache_writes_of_every_lifetime_are_one_count() -> None:
    usage = Usage(uncached_input_tokens=1, cache_write_5m_tokens=2, cache_write_1h_tokens=3)
    told = counts(usage)
    assert told["prompt_tokens"] == 6
    assert told["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "audio_tokens": 0,
        "cache_write_tokens": 5,
    }


def test_the_rest_is_parted_into_known_and_unknown() -> None:
    wire: Obj = {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "total_tokens": 8,
        "cost": 0.1,
        "prompt_tokens_details": {"cached_tokens": 1, "video_tokens": 2, "odd": None},
        "completion_tokens_details": None,
    }
    usage = usage_of(wire)
    unknown, spelling = rest_of(wire, usage)
    assert unknown == {"cost": 0.1, "prompt_tokens_details": {"video_tokens": 2}}
    assert respelt(usage, unknown, spelling) == wire
    missing: Obj = {"total_tokens": 8}
    unknown, spelling = rest_of(missing, usage_of(missing))
    assert respelt(usage_of(missing), unknown, spelling) == missing


def test_what_cannot_be_counted_is_no_usage() -> None:
    odd: list[Json] = [-1, 2**70, True, "7"]
    wires: list[Json] = [{"prompt_tokens": one} for one in odd]
    for wire in [*wires, 7]:
        assert usage_of(wire) is None
    assert respelt(None, None, {"prompt_tokens": -1}) == {"prompt_tokens": -1}
