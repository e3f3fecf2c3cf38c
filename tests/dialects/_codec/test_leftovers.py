"""What is left of an event makes it whole again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detente.dialects._codec.leftovers import ABSENT, left, over

LEAVES = st.none() | st.booleans() | st.integers(0, 2) | st.floats(0, 2) | st.text("ab", max_size=1)
NAMES = st.sampled_from("abc")
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.dictionaries(NAMES, JSON, max_size=3)


@given(wire=EVENTS, said=EVENTS)
def test_what_is_left_over_what_was_said_is_the_event(
    wire: dict[str, Any], said: dict[str, Any]
) -> None:
    before = repr(wire)
    kept = left(wire, said)
    assert repr(sorted(over(said, kept).items())) == repr(sorted(said.items()))
    assert said == wire
    assert repr(wire) == before


def test_what_is_said_alike_is_not_kept() -> None:
    assert left({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}) == {"a": {"c": 2}}
    assert left({"a": 1}, {"a": 1}) == {}


def test_a_kind_of_number_is_kept() -> None:
    assert left({"a": 1.0}, {"a": 1}) == {"a": 1.0}
    assert left({"a": True}, {"a": 1}) == {"a": True}


def test_what_was_not_there_is_taken_away() -> None:
    kept = left({}, {"a": 1})
    assert kept == {ABSENT: ["a"]}
    assert over({"a": 1}, kept) == {}
