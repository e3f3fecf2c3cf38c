"""Signatures belong to one platform and one thought, and need no memory."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.signature import call_thought, opened, seal, sign, verified


@given(st.text(), st.text())
def test_a_signature_holds_for_its_own_thought_only(thought: str, other: str) -> None:
    given_signature = sign("a", thought)
    assert verified("a", thought, given_signature)
    assert not verified("b", thought, given_signature)
    assert verified("a", other, given_signature) == (other == thought)


def test_both_alphabets_of_base64_are_read() -> None:
    spelt = base64.urlsafe_b64encode(base64.b64decode(sign("a", "x"))).decode().rstrip("=")
    assert verified("a", "x", spelt)


@given(st.text())
def test_any_text_is_a_signature_to_refuse(signature: str) -> None:
    assert not verified("a", "thought", signature)
    assert opened("a", signature) is None


@given(st.text())
def test_a_seal_is_opened_by_its_platform(thought: str) -> None:
    assert opened("a", seal("a", thought)) == thought
    assert opened("b", seal("a", thought)) is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
    ],
)
def test_a_calls_arguments_may_be_reordered(one: object, other: object, *, alike: bool) -> None:
    assert (call_thought("f", one) == call_thought("f", other)) == alike
    assert call_thought("f", one) != call_thought("g", one)
