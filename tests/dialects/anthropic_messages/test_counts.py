"""Token counts: a projection of the disjoint classes, and back."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.usage import TOKEN_CLASSES, Usage
from detente.dialects._codec.losses import Losses
from detente.dialects.anthropic_messages.counts import (
    delta_wire,
    name_placeless,
    name_untold,
    read_counts,
    served_tier,
    usage_of,
    usage_wire,
)

COUNTS = st.fixed_dictionaries({name: st.integers(0, 10**6) for name in TOKEN_CLASSES})


def usage_with(counts: dict[str, int]) -> Usage:
    return msgspec.convert(counts, Usage)


@given(COUNTS)
def test_no_token_is_counted_twice_or_not_at_all(counts: dict[str, int]) -> None:
    usage = usage_with(counts)
    back = usage_of(usage_wire(usage))
    assert back is not None
    assert (back.input_tokens, back.output_tokens) == (usage.input_tokens, usage.output_tokens)
    assert back.cache_read_tokens == usage.cache_read_tokens
    assert back.reasoning_output_tokens == usage.reasoning_output_tokens


@given(COUNTS)
def test_what_has_its_class_comes_back_exactly(counts: dict[str, int]) -> None:
    kept = ("uncached", "cache_read", "5m", "1h", "visible", "reasoning")
    usage = usage_with(
        {name: counts[name] for name in counts if any(word in name for word in kept)}
    )
    assert usage_of(usage_wire(usage)) == usage
    assert usage_wire(usage).items() >= delta_wire(usage).items()


def test_nothing_known_is_zeros() -> None:
    assert usage_wire(None) == {
        "input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    }


@pytest.mark.parametrize(
    ("tier", "word"),
    [("default", "standard"), ("priority", "priority"), ("batch", "batch"), ("flex", None)],
)
def test_service_tiers(tier: str, word: str | None) -> None:
    wire = usage_wire(Usage(), tier)
    assert wire.get("service_tier") == word
    assert served_tier(wire) == (tier if word else None)


@pytest.mark.parametrize("wire", [None, 1, [], {"service_tier": 1}])
def test_no_tier(wire: Any) -> None:
    assert served_tier(wire) is None


@pytest.mark.parametrize("wire", [None, 1, [], {"input_tokens": -1}, {"output_tokens": "1"}])
def test_counts_that_cannot_be_believed(wire: Any) -> None:
    assert read_counts(wire) is None
    assert usage_of(wire) is None


def test_classes_without_a_place_are_named() -> None:
    losses = Losses()
    name_placeless(None, losses)
    name_placeless(Usage(visible_output_tokens=1), losses)
    assert losses.found == []
    name_placeless(Usage(audio_input_tokens=1, cache_write_12h_tokens=1), losses)
    assert [str(loss) for loss in losses.found] == [
        "usage_class@usage.audio_input_tokens",
        "usage_class@usage.cache_write_12h_tokens",
    ]


def test_a_split_that_was_told_at_the_start_is_no_loss() -> None:
    hour = Usage(cache_write_1h_tokens=5)
    for usage, told, lost in (
        (None, None, 0),
        (Usage(cache_write_5m_tokens=5), None, 0),
        (hour, hour, 0),
        (hour, None, 1),
        (hour, Usage(cache_write_5m_tokens=5), 1),
    ):
        losses = Losses()
        name_untold(usage, told, losses)
        assert len(losses.found) == lost
