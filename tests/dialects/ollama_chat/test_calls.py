"""Calls and results find each other without ids."""

import pytest

from detente.canonical.extras import Obj
from detente.dialects._codec.fields import Misfit
from detente.dialects.ollama_chat.calls import Pending, read_call


def test_results_by_name_then_by_order() -> None:
    pending = Pending()
    for call_id, name in (("1", "a"), ("2", "b"), ("3", "a"), ("4", "c")):
        pending.called(call_id, name)
    assert pending.answered("b", None) == "2"
    assert pending.answered("a", None) == "1"
    assert pending.answered("a", None) == "3"
    assert pending.answered("unknown", None) == "4"
    assert pending.answered(None, None) == "result_1"
    assert pending.answered("a", None) == "result_2"


def test_results_without_a_name_in_order() -> None:
    pending = Pending()
    pending.called("1", "a")
    pending.called("2", "a")
    assert [pending.answered(None, None) for _ in range(2)] == ["1", "2"]


def test_results_by_id() -> None:
    pending = Pending()
    pending.called("1", "a")
    pending.called("2", "a")
    assert pending.answered("a", "2") == "2"
    assert pending.answered("a", "elsewhere") == "elsewhere"
    assert pending.answered("a", None) == "1"


def test_calls() -> None:
    call = read_call({"function": {"name": "f", "arguments": {"a": 1}}}, "made")
    assert (call.id, call.name, call.arguments, call.extras) == ("made", "f", '{"a":1}', None)
    assert read_call({"id": "x", "function": {"name": "f"}}, "made").id == "x"
    assert read_call({"function": {"name": "f", "arguments": None}}, "made").arguments == "{}"
    odd: list[Obj] = [{}, {"function": {}}, {"function": {"name": "f", "arguments": "{}"}}]
    for wrong in odd:
        with pytest.raises(Misfit):
            read_call(wrong, "made")
