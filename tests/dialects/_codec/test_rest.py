"""The rest of a wire object: what is found is laid over again, in the same dialect only."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.rest import differing, foreign, laid_over, marked, rest

KNOWN = frozenset(("type", "text", "list"))
CHAT = "openai_chat"
VALUES: Any = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3)
OBJECTS: Any = st.dictionaries(
    st.sampled_from(["type", "text", "list", "a", "b"]),
    VALUES
    | st.lists(VALUES, max_size=2)
    | st.dictionaries(st.text(max_size=2), VALUES, max_size=2),
)


@given(OBJECTS)
def test_what_is_known_and_the_rest_are_the_whole(source: Obj) -> None:
    encoded: Obj = {key: value for key, value in source.items() if key in KNOWN and value}
    zeros: Obj = {key: value for key, value in source.items() if key in KNOWN and not value}
    found = rest(source, KNOWN, CHAT, spelling=zeros or None)
    assert laid_over(encoded, found, CHAT) == source


def test_an_object_that_says_it_all_has_no_rest() -> None:
    assert rest({"type": "text", "text": "hi"}, KNOWN, CHAT) is None
    assert rest({}, KNOWN, CHAT) is None


def test_what_is_unknown_and_what_is_spelling() -> None:
    source: Obj = {"type": "text", "text": None, "list": [], "new": 1, "old": None, "obj": {}}
    assert rest(source, KNOWN, CHAT) == Extras(
        dialect=CHAT,
        members={"new": 1, "obj": {}},
        spelling={"text": None, "list": [], "old": None},
    )


def test_members_spelling_and_marks_are_added() -> None:
    assert rest(
        {"list": []}, KNOWN, CHAT, spelling={"list": [1]}, members={"list": {"a": 1}}, marks=("m",)
    ) == Extras(dialect=CHAT, members={"list": {"a": 1}}, spelling={"list": [1]}, marks=("m",))
    assert rest({"new": 1}, KNOWN, CHAT, members={"text": {"a": 1}}) == Extras(
        dialect=CHAT, members={"new": 1, "text": {"a": 1}}
    )
    assert rest({"text": "a"}, KNOWN, CHAT, marks=("m",)) == Extras(dialect=CHAT, marks=("m",))
    assert rest({"new": []}, KNOWN, CHAT) == Extras(dialect=CHAT, members={"new": []})


def test_nested_objects_are_laid_member_by_member() -> None:
    extras = Extras(
        dialect=CHAT,
        members={"function": {"new": 1, "deep": {"a": 1}}},
        spelling={"function": {"strict": None}, "type": "odd"},
    )
    target: Obj = {"type": "function", "function": {"name": "f", "deep": {"b": 2}}}
    assert laid_over(target, extras, CHAT) is target
    assert target == {
        "type": "odd",
        "function": {"name": "f", "new": 1, "strict": None, "deep": {"a": 1, "b": 2}},
    }


def test_the_rest_of_another_dialect_is_not_laid() -> None:
    extras = Extras(dialect="anthropic_messages", members={"a": 1}, marks=("m",))
    assert laid_over({}, extras, CHAT) == {}
    assert laid_over({}, None, CHAT) == {}
    assert not marked(extras, CHAT, "m")
    assert not marked(None, CHAT, "m")
    assert marked(extras, "anthropic_messages", "m")
    assert not marked(extras, "anthropic_messages", "n")


def test_unknown_members_of_others_are_foreign() -> None:
    extras = (
        None,
        Extras(dialect=CHAT, members={"mine": 1}),
        Extras(dialect="anthropic_messages", members={"theirs": 2}, spelling={"meant": None}),
    )
    assert foreign(extras, CHAT) == [("theirs", 2)]


def test_what_a_projection_does_not_say_alike() -> None:
    source: Obj = {"same": 1, "other": 2, "float": 1.0, "more": 3}
    assert differing(source, {"same": 1, "other": 9, "float": 1, "less": 0}) == {
        "other": 2,
        "float": 1.0,
        "more": 3,
    }
