"""Conversations cut anew: what belongs together stays together, in its order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.content import CacheMark, Part, Role, Text, ToolResult, Turn
from detente.canonical.extras import Extras
from detente.dialects._codec.turns import (
    joined,
    joined_answers,
    leading_instructions,
    results_apart,
)


def said(role: Role, *words: str) -> Turn:
    """A turn of texts."""
    return Turn(role=role, parts=tuple(Text(text=word) for word in words))


def result(call_id: str) -> ToolResult:
    """A tool's result."""
    return ToolResult(call_id=call_id)


WORDS = st.text(max_size=3)
PARTS: st.SearchStrategy[Part] = WORDS.map(result) | WORDS.map(lambda word: Text(text=word))
ROLES: st.SearchStrategy[Role] = st.sampled_from(
    ("system", "developer", "user", "assistant", "tool")
)
TURNS = st.lists(
    st.tuples(ROLES, st.lists(PARTS, max_size=3)).map(
        lambda told: Turn(role=told[0], parts=tuple(told[1]))
    ),
    max_size=6,
)


def all_parts(turns: tuple[Turn, ...] | list[Turn]) -> list[Part]:
    """Every part, in order."""
    return [part for turn in turns for part in turn.parts]


def test_neighbours_of_one_side_become_one() -> None:
    assert joined([said("user", "a"), said("user", "b"), said("assistant", "c")]) == (
        said("user", "a", "b"),
        said("assistant", "c"),
    )


def test_a_tools_turn_is_the_users() -> None:
    tool = Turn(role="tool", parts=(result("c"),))
    assert joined([tool]) == (Turn(role="user", parts=(result("c"),)),)
    assert joined([said("user", "a"), tool, said("user", "b")]) == (
        Turn(role="user", parts=(Text(text="a"), result("c"), Text(text="b"))),
    )


def test_the_last_mark_counts_and_the_rest_stays_with_the_first() -> None:
    rest = Extras(dialect="openai_chat", members={"a": 1})
    first = Turn(role="user", parts=(), name="ann", cache=CacheMark(lifetime="5m"), extras=rest)
    unmarked = Turn(role="user", parts=(), name="bob")
    marked = Turn(role="user", parts=(), cache=CacheMark(lifetime="1h"))
    (turn,) = joined([first, unmarked])
    assert (turn.name, turn.cache, turn.extras) == ("ann", CacheMark(lifetime="5m"), rest)
    assert joined([first, unmarked, marked])[0].cache == CacheMark(lifetime="1h")


@given(TURNS)
def test_joined_loses_no_part_and_leaves_no_neighbours(turns: list[Turn]) -> None:
    cut = joined(turns)
    assert all_parts(cut) == all_parts(turns)
    roles = [turn.role for turn in cut]
    assert "tool" not in roles
    assert all(one != other for one, other in pairwise(roles))


def test_only_answers_are_joined() -> None:
    turns = [said("user", "a"), said("user", "b"), said("assistant", "c"), said("assistant", "d")]
    assert joined_answers(turns) == (*turns[:2], said("assistant", "c", "d"))
    assert joined_answers([said("assistant", "c"), said("user", "a")]) == (
        said("assistant", "c"),
        said("user", "a"),
    )


def test_results_come_before_what_was_said_with_them() -> None:
    mixed = Turn(role="user", parts=(Text(text="a"), result("c1"), result("c2")), name="ann")
    assert results_apart([mixed]) == (
        Turn(role="tool", parts=(result("c1"),)),
        Turn(role="tool", parts=(result("c2"),)),
        Turn(role="user", parts=(Text(text="a"),), name="ann"),
    )


def test_a_turn_that_is_a_result_is_left_alone() -> None:
    rest = Extras(dialect="openai_chat", members={"a": 1})
    lone = Turn(role="tool", parts=(result("c"),), extras=rest)
    assert results_apart([lone, said("user", "a")]) == (lone, said("user", "a"))


def test_words_in_a_tools_turn_are_the_users() -> None:
    turn = Turn(role="tool", parts=(result("c"), Text(text="a")))
    assert results_apart([turn]) == (
        Turn(role="tool", parts=(result("c"),)),
        said("user", "a"),
    )


@given(TURNS)
def test_results_apart_loses_no_part_and_leaves_each_result_alone(turns: list[Turn]) -> None:
    cut = results_apart(turns)
    assert sorted(map(repr, all_parts(cut))) == sorted(map(repr, all_parts(turns)))
    for turn in cut:
        holds = [part for part in turn.parts if isinstance(part, ToolResult)]
        assert not holds or turn.parts == (holds[0],)


def test_leading_turns_of_the_system_are_instructions() -> None:
    turns = (said("system", "a"), said("developer", "b"), said("user", "c"), said("system", "d"))
    parts, others = leading_instructions((Text(text="first"),), turns)
    assert parts == (Text(text="first"), Text(text="a"), Text(text="b"))
    assert others == turns[2:]


def test_without_leading_turns_nothing_changes() -> None:
    turns = (said("user", "c"), said("system", "d"))
    assert leading_instructions((), turns) == ((), turns)
    assert leading_instructions((), ()) == ((), ())
    assert leading_instructions((), (said("system", "a"),)) == ((Text(text="a"),), ())
