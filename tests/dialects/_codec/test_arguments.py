"""Arguments of calls, as text and as an object."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.dialects._codec.arguments import arguments_object, arguments_text

SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text()
OBJECTS = st.dictionaries(st.text(), SCALARS | st.lists(SCALARS))


@given(OBJECTS)
def test_an_object_survives_being_text(value: Any) -> None:
    assert arguments_object(arguments_text(value)) == value


def test_nothing_is_an_empty_object() -> None:
    assert arguments_object("") == {}
    assert arguments_object(" \n") == {}


@pytest.mark.parametrize("text", ["oops", "[]", "7", "null", '{"a":', "\ud800", "[" * 100_000])
def test_what_is_no_object_is_none(text: str) -> None:
    assert arguments_object(text) is None


def test_text_has_no_spaces() -> None:
    assert arguments_text({"a": [1, 2], "b": "é"}) == '{"a":[1,2],"b":"é"}'
