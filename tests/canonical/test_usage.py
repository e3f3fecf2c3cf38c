"""Tokens are counted once, in classes that never overlap."""

import msgspec
import pytest
from hypothesis import given
from tests.canonical.values import structs_of

from detente.canonical.usage import TOKEN_CLASSES, Usage, in_tier


@given(structs_of(Usage))
def test_every_class_is_input_or_output_and_counts_once(usage: Usage) -> None:
    total = sum(int(getattr(usage, name)) for name in TOKEN_CLASSES)
    assert usage.input_tokens + usage.output_tokens == usage.tokens == total


def test_classes_are_the_token_fields_in_order() -> None:
    assert TOKEN_CLASSES[0] == "uncached_input_tokens"
    assert set(Usage.__struct_fields__) - set(TOKEN_CLASSES) == {"estimated", "tier"}


def test_cache_writes_of_every_lifetime_are_cache_writes() -> None:
    usage = Usage(
        cache_write_5m_tokens=1,
        cache_write_30m_tokens=2,
        cache_write_1h_tokens=4,
        cache_write_12h_tokens=8,
    )
    assert usage.cache_write_tokens == usage.input_tokens == 15


@pytest.mark.parametrize(
    ("words", "tier"),
    [
        ((), None),
        (("default", "standard", "on_demand", "auto", "Standard", ""), None),
        ((None, 3, {"type": "flex"}, ["flex"]), None),
        (("Flex",), "flex"),
        (("standard", "fast", None), "fast"),
        (("priority", "fast", "us"), "priority+fast+us"),
        (("x" * 100,), "x" * 40),
    ],
)
def test_only_a_word_for_another_tier_changes_the_usage(
    words: tuple[object, ...], tier: str | None
) -> None:
    usage = Usage(visible_output_tokens=1)
    assert in_tier(usage, *words) == msgspec.structs.replace(usage, tier=tier)
