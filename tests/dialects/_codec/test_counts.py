"""Counts that can be believed, and the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.extras import Json
from detente.dialects._codec.counts import TOKENS_MAX, count, whole


@pytest.mark.parametrize(
    ("told", "tokens"),
    [
        (3, 3),
        (3.0, 3),
        (0, 0),
        (TOKENS_MAX, TOKENS_MAX),
        (TOKENS_MAX + 1, 0),
        (-1, 0),
        (-1.0, 0),
        (3.5, 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (True, 0),
        ("3", 0),
        (None, 0),
        ([3], 0),
    ],
)
def test_counts(told: Json, tokens: int) -> None:
    assert count({"tokens": told}, "tokens") == whole(told) == tokens


def test_no_count() -> None:
    assert count({}, "tokens") == 0


@given(told=st.integers() | st.floats())
def test_every_number_gives_a_count(told: float) -> None:
    assert 0 <= whole(told) <= TOKENS_MAX
