"""Indexes, and what is missing of a part in the end."""

import pytest

from detente.canonical.content import Citation, Opaque
from detente.canonical.events import Cited, Delta, PartStarted, PartStopped, StateGiven
from detente.canonical.failure import ProviderFault
from detente.dialects.openai_responses.open_parts import OPEN_MAX, OpenParts


def test_indexes_count_from_0_in_the_order_of_opening() -> None:
    parts = OpenParts()
    first, second = parts.add(0, {"type": "message"}), parts.add(1, {"type": "function_call"})
    parts.call(second, "c", "f")
    text = parts.content(first, 0, "text")
    assert parts.content(first, 0, "text") is text
    parts.close_all()
    assert parts.out == [
        PartStarted(kind="tool_call", index=0, id="c", name="f"),
        PartStarted(kind="text", index=1),
        PartStopped(index=1),
        PartStopped(index=0),
    ]
    assert parts.take() == 2


def test_only_what_is_missing_is_added() -> None:
    parts = OpenParts()
    text = parts.content(parts.add(0, {"type": "message"}), 0, "text")
    parts.extend(text, "ab")
    parts.complete(text, None)
    parts.complete(text, "ab")
    parts.complete(text, "abc")
    parts.cite(text, Citation(kind="url", url="u"))
    parts.stop(text)
    parts.stop(text)
    parts.complete(text, "abcd")
    assert parts.out[1:] == [
        Delta(kind="text", index=0, text="ab"),
        Delta(kind="text", index=0, text="c"),
        Cited(index=0, citation=Citation(kind="url", url="u")),
        PartStopped(index=0),
    ]


def test_paragraphs_of_a_thought_follow_each_other() -> None:
    state = Opaque(origin="openai_responses", value="x", kind="encrypted")
    parts = OpenParts()
    item = parts.add(3, {"type": "reasoning", "id": "rs_1"})
    first = parts.thought(item, "summary", 0)
    assert parts.thought(item, "summary", 0) is first
    parts.thought(item, "reasoning", 0)
    parts.give_state(item, state)
    parts.close(3)
    parts.close(3)
    assert parts.out == [
        PartStarted(kind="summary", index=0, id="rs_1"),
        PartStopped(index=0),
        PartStarted(kind="reasoning", index=1, id="rs_1"),
        StateGiven(index=1, state=state),
        PartStopped(index=1),
    ]


def test_state_alone_is_a_part() -> None:
    parts = OpenParts()
    parts.give_state(
        parts.add(0, {"type": "reasoning", "id": 7}), Opaque(origin="openai_chat", value="x")
    )
    assert [type(event) for event in parts.out] == [PartStarted, StateGiven]


def test_an_item_that_begins_again_ends_the_one_before() -> None:
    parts = OpenParts()
    parts.content(parts.add(0, {"type": "message"}), 0, "text")
    parts.add(0, {})
    assert parts.out[-1] == PartStopped(index=0)
    assert parts.items[0].kind == ""


@pytest.mark.parametrize(
    ("kinds", "stop"),
    [((), "end"), (("text",), "end"), (("text", "refusal"), "refusal")],
)
def test_why_an_answer_ended(kinds: tuple[str, ...], stop: str) -> None:
    parts = OpenParts()
    item = parts.add(0, {"type": "message"})
    for at, kind in enumerate(kinds):
        parts.content(item, at, "refusal" if kind == "refusal" else "text")
    assert parts.whole_stop() == stop
    parts.call(parts.add(1, {"type": "custom_tool_call"}), "c", "f")
    assert parts.whole_stop() == "tool_calls"


def test_what_may_be_open_together_is_bounded() -> None:
    parts = OpenParts()
    for at in range(OPEN_MAX):
        parts.add(at, {"type": "message"})
    with pytest.raises(ProviderFault, match="too many parts"):
        parts.add(OPEN_MAX, {"type": "message"})
    assert len(parts.items) == OPEN_MAX
