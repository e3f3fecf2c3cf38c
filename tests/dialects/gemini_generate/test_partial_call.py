"""Arguments that come in pieces, from friendly platforms and from hostile ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.extras import Json, Obj
from detente.dialects.gemini_generate.partial_call import DEPTH_MAX, ITEMS_MAX, PartialCall


def arguments_of(*pieces: tuple[str, Json]) -> Json:
    call = PartialCall("f", "c")
    for path, value in pieces:
        piece: Obj = {"jsonPath": path}
        if isinstance(value, bool):
            piece["boolValue"] = value
        elif isinstance(value, str):
            piece["stringValue"] = value
        else:
            piece["numberValue"] = value
        call.add([piece])
    return call.arguments


@pytest.mark.parametrize(
    ("pieces", "arguments"),
    [
        ([("$.a", "x"), ("$.a", "y")], {"a": "xy"}),
        ([("$.a", 1), ("$.a", 2)], {"a": 2}),
        ([("$.a.b", True), ("$.a.c", None)], {"a": {"b": True, "c": None}}),
        ([("$.a[0]", "x"), ("$.a[1]", "y")], {"a": ["x", "y"]}),
        ([("$.a[1].b", 1.5)], {"a": [None, {"b": 1.5}]}),
        ([("$['a b']", "x"), ('$["c"]', "y")], {"a b": "x", "c": "y"}),
        ([("$.a", "x"), ("$.a.b", "y")], {"a": {"b": "y"}}),
        ([("$", "x"), ("", "y")], {}),
    ],
)
def test_each_piece_has_its_place(pieces: list[tuple[str, Json]], arguments: Json) -> None:
    assert arguments_of(*pieces) == arguments


def test_what_is_no_piece_is_left_out() -> None:
    call = PartialCall("f", "c")
    odd: list[Json] = [None, 1, {}, [1], [{}], [{"jsonPath": 1}]]
    for pieces in odd:
        call.add(pieces)
    assert call.arguments == {}


def test_hostile_paths_are_bounded() -> None:
    deep = arguments_of(("$" + ".a" * 5000, "x"))
    depth = 0
    while isinstance(deep, dict):
        deep = deep["a"]
        depth += 1
    assert depth == DEPTH_MAX
    assert arguments_of((f"$.a[{ITEMS_MAX}]", "x")) == {"a": []}


@given(st.lists(st.tuples(st.text(alphabet="$.[]'ab01", max_size=12), st.text(max_size=3))))
def test_any_paths_do(pieces: list[tuple[str, str]]) -> None:
    assert isinstance(arguments_of(*pieces), dict)
