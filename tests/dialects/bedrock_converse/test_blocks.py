"""The rest of a block, inside and outside."""

from detente.canonical.extras import Extras
from detente.dialects.bedrock_converse.blocks import inner_rest, wrapped

KNOWN = frozenset(("a",))


def test_a_block_that_says_it_all_has_no_rest() -> None:
    assert wrapped({"text": "hi"}, "text") is None
    assert inner_rest({"image": {"a": 1}}, "image", KNOWN) is None


def test_what_is_unknown_and_what_is_spelt() -> None:
    found = inner_rest({"image": {"a": None, "new": 1}, "x": 2, "y": None}, "image", KNOWN)
    assert found == Extras(
        dialect="bedrock_converse",
        members={"image": {"new": 1}, "x": 2},
        spelling={"image": {"a": None}, "y": None},
    )


def test_marks_alone_are_a_rest() -> None:
    found = wrapped({"text": "hi"}, "text", marks=("cited",))
    assert found == Extras(dialect="bedrock_converse", marks=("cited",))
