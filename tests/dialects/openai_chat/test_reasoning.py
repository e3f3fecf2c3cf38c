"""Thoughts of compatible hosts, and the state that lets them go back."""

import pytest

from detente.canonical.content import Opaque, Reasoning
from detente.canonical.extras import Extras, Json
from detente.dialects.openai_chat.reasoning import (
    details_of,
    details_state,
    listed_pieces,
    member_of,
    merged_details,
    reasoning_of,
)

DETAILS: list[Json] = [{"type": "reasoning.encrypted", "data": "x"}]


def test_where_a_thought_stood() -> None:
    for member in ("reasoning_content", "reasoning"):
        thought = reasoning_of({member: "Hm."})
        assert thought is not None
        assert member_of(thought) == member
    assert reasoning_of({"reasoning": "", "reasoning_content": None}) is None
    assert reasoning_of({"reasoning_details": []}) is None


def test_details_are_the_state() -> None:
    thought = reasoning_of({"reasoning": "Hm.", "reasoning_details": DETAILS})
    assert thought is not None
    assert details_of(thought.state) == DETAILS
    assert member_of(thought) == "reasoning"
    back = Reasoning(text="Hm.", state=details_state(DETAILS))
    assert member_of(back) == "reasoning"


@pytest.mark.parametrize(
    "state",
    [
        None,
        Opaque(origin="anthropic_messages", value="[]"),
        Opaque(origin="openai_chat", value="reasoning"),
        Opaque(origin="openai_chat", value="[oops"),
        Opaque(origin="openai_chat", value="[" * 100_000),
    ],
)
def test_other_states_hold_no_details(state: Opaque | None) -> None:
    assert details_of(state) is None


def test_a_thought_of_another_model_has_no_place() -> None:
    state = Opaque(origin="anthropic_messages", value="x")
    assert member_of(Reasoning(text="Hm.", state=state)) is None
    assert member_of(Reasoning(text="Hm.")) is None
    odd = Extras(dialect="openai_chat", marks=("part",))
    assert member_of(Reasoning(text="Hm.", extras=odd)) is None


def test_pieces_of_details_are_joined_by_index_and_type() -> None:
    assert merged_details(
        [
            {"index": 0, "type": "reasoning.summary", "summary": "a", "id": "x"},
            {"index": 0, "type": "reasoning.summary", "summary": "b", "id": None, "format": ""},
            {"index": 0, "type": "reasoning.encrypted", "data": "c"},
            {"type": "reasoning.text", "text": "d"},
            {"type": "reasoning.text", "text": "e"},
            7,
        ]
    ) == [
        {"index": 0, "type": "reasoning.summary", "summary": "ab", "id": "x", "format": ""},
        {"index": 0, "type": "reasoning.encrypted", "data": "c"},
        {"type": "reasoning.text", "text": "d"},
        {"type": "reasoning.text", "text": "e"},
        7,
    ]


def test_lists_of_content() -> None:
    thinking: Json = {"type": "thinking", "thinking": [{"text": "a"}, {"text": ""}, 7]}
    assert listed_pieces([thinking, {"text": "b"}, {"text": ""}, 7]) == [
        ("reasoning", "a"),
        Opaque(origin="openai_chat", value="thinking"),
        ("text", "b"),
    ]
    signed: Json = {"type": "thinking", "thinking": [], "signature": "s"}
    assert listed_pieces([signed]) == [Opaque(origin="openai_chat", value="thinking:s")]
