"""Numbers and base64 of 32-bit numbers, each made from the other, exactly."""

import base64
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.embedding import Vector
from detente.canonical.extras import Json
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.vectors import (
    base64_of,
    floats_of,
    integers,
    numbers,
    vector_of,
)

FLOATS = st.lists(
    st.floats(min_value=-(2.0**60), max_value=2.0**60, width=32), min_size=0, max_size=8
)


@given(values=FLOATS)
def test_floats_survive_both_ways(values: list[float]) -> None:
    packed = base64_of(Vector(values=tuple(values)))
    assert floats_of(vector_of(packed)) == tuple(values)
    assert base64_of(vector_of(list[Any](values))) == packed


@given(values=st.lists(st.floats(-1, 1), max_size=4))
def test_more_digits_are_rounded_to_32_bits(values: list[float]) -> None:
    packed = base64.b64decode(base64_of(Vector(values=tuple(values))))
    assert packed == struct.pack(f"<{len(values)}f", *values)


def test_what_32_bits_do_not_hold_is_the_largest_that_they_do() -> None:
    largest = 3.4028234663852886e38
    assert floats_of(Vector(packed=base64_of(Vector(values=(1e300, -1e300))))) == (
        largest,
        -largest,
    )


def test_each_form_is_itself() -> None:
    assert base64_of(Vector(packed="AACAPw==")) == "AACAPw=="
    assert floats_of(Vector(values=(1.0,))) == (1.0,)
    assert floats_of(Vector()) == ()
    assert base64_of(Vector()) == ""


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        ["1"],
        [None],
        [[1]],
        [10**400],
        [float("inf")],
        [float("nan")],
        "?",
        "é",
        "AAA=",
        base64.b64encode(struct.pack("<f", float("nan"))).decode(),
        base64.b64encode(struct.pack("<f", float("inf"))).decode(),
    ],
)
def test_what_is_no_vector(value: Any) -> None:
    with pytest.raises(Misfit):
        vector_of(value)


def test_numbers_and_integers() -> None:
    assert numbers([1, 0.5]) == (1, 0.5)
    assert integers([-128, 255]) == (-128, 255)
    wrong: list[Json] = [None, ["1"], [True], [1.0], [256], [-129]]
    for value in wrong:
        with pytest.raises(Misfit):
            integers(value)
