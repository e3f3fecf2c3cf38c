"""JSON text whose strings are counted and changed one by one."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.json_text import edited, strings_in

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def count(value: Any) -> tuple[int, int]:
    """Strings (keys too) and numbers."""
    kind = value.__class__
    if kind is str:
        return 1, 0
    if kind is dict:
        counts = [count(one) for pair in value.items() for one in pair]
    elif kind is list:
        counts = [count(one) for one in value]
    else:
        return 0, int(kind is int)
    return sum(strings for strings, _ in counts), sum(numbers for _, numbers in counts)


@given(VALUES)
def test_strings_are_counted_in_bytes_as_in_text(value: object) -> None:
    body = msgspec.json.encode(value)
    assert strings_in(body) == strings_in(body.decode()) == count(value)[0]


@given(VALUES, st.data())
def test_one_change_changes_one_leaf(value: object, data: st.DataObject) -> None:
    body = msgspec.json.encode(value)
    strings, numbers = count(value)
    if numbers:
        at = data.draw(st.integers(0, numbers - 1))
        changed = msgspec.json.decode(edited(body, {}, {at: "new"}))
        assert count(changed) == (strings + 1, numbers - 1)
    new = '"\\\n⟨X⟩'
    for at in range(strings):
        changed_body = edited(body, {at: new}, {})
        assert len(changed_body) - len(msgspec.json.encode(new)) < len(body)
        assert strings_in(changed_body) == strings
        assert edited(changed_body, {at: "x"}, {}) == edited(body, {at: "x"}, {})
    assert edited(body, {}, {}) == body


def test_escapes_do_not_end_a_string() -> None:
    body = rb'{"a\\":"b\"c\\\\","d":"\u0022"}'
    assert strings_in(body) == strings_in(body.decode()) == 4
    assert edited(body, {1: "x"}, {}) == rb'{"a\\":"x","d":"\u0022"}'
    assert edited(body, {3: "x"}, {}) == rb'{"a\\":"b\"c\\\\","d":"x"}'


def test_a_number_keeps_its_spelling_where_another_is_changed() -> None:
    assert edited(b"[1.50, 1e3, 4155550123]", {}, {2: "x"}) == b'[1.50, 1e3, "x"]'


def test_a_long_string_takes_linear_time_and_no_stack() -> None:
    body = b'["' + b'\\"' * 1_000_000 + b'", "b"]'
    assert strings_in(body) == 2
    assert edited(body, {1: "x"}, {}).endswith(b', "x"]')
