"""Which call a delta adds to."""

import pytest

from detente.dialects._codec.fields import Misfit
from detente.dialects.openai_chat.open_calls import (
    ARGUMENT_CHARS_MAX,
    CALLS_MAX,
    Call,
    OpenCalls,
    told,
)


def test_by_index_by_id_by_both_and_by_neither() -> None:
    calls = OpenCalls("c")
    first = calls.found({"index": 0, "id": "a"}, "f")
    assert calls.found({"index": 0}, None) is first
    assert calls.found({"id": "a"}, "f") is first
    second = calls.found({"id": "b"}, "g")
    assert second is not first
    assert calls.found({}, None) is second
    third = calls.found({}, "h")
    assert third.id == "c_2"
    fourth = calls.found({"index": 0, "id": "d"}, "i")
    assert [call.id for call in calls.all()] == ["d", "b", "c_2", "a"]
    assert calls.found({"index": 0}, None) is fourth
    assert calls.any()
    assert not OpenCalls("c").any()
    assert OpenCalls("c").found({}, None).id == "c_0"


def test_a_call_is_looked_at_when_it_grew_or_has_no_name() -> None:
    calls = OpenCalls("c")
    first, second = calls.found({"index": 0}, "f"), calls.found({"index": 1}, None)
    calls.found({"index": 1}, None)
    first.index = 0
    assert calls.added_to() == [first, second]
    assert calls.added_to() == [second]
    second.index = 1
    assert calls.added_to() == [second]
    assert calls.added_to() == []
    assert calls.found({"index": 0}, None) is first
    assert calls.added_to() == [first]


def test_there_is_a_bound() -> None:
    calls = OpenCalls("c")
    for index in range(CALLS_MAX):
        calls.found({"index": index}, "f")
    with pytest.raises(Misfit):
        calls.found({"index": CALLS_MAX}, "f")


def test_when_a_call_is_complete() -> None:
    call = Call(id="a", given="a", index=0, pieces=[])
    assert not call.is_complete()
    call.grow('{"a":')
    assert not call.is_complete()
    assert not call.is_complete()
    call.grow("1}")
    assert call.is_complete()
    call.closed = True
    assert not call.is_complete()


def test_an_empty_object_may_be_the_beginning_of_nothing_more() -> None:
    call = Call(id="a", given="a", index=0, pieces=[])
    call.grow("{}")
    assert not call.is_complete()


def test_long_arguments_are_not_held() -> None:
    call = Call(id="a", given="a", index=0, pieces=[])
    call.grow("x" * (ARGUMENT_CHARS_MAX + 1))
    assert call.pieces == []
    assert not call.is_complete()
    nameless = Call(id="a", given=None, pieces=[])
    with pytest.raises(Misfit):
        nameless.grow("x" * (ARGUMENT_CHARS_MAX + 1))


def test_what_a_delta_says() -> None:
    assert told({"function": {"name": "f"}}) == ({"name": "f"}, "arguments")
    assert told({"custom": {"name": "f"}}) == ({"name": "f"}, "input")
    assert told({"function": 7}) == ({}, "arguments")
