"""The events of items, read: every order and every omission of theirs."""

from typing import Any

from detente.canonical.content import Native, Opaque
from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    PartGiven,
    PartStarted,
    PartStopped,
    StateGiven,
)
from detente.dialects.openai_responses.item_reading import READERS, ItemReader
from tests.dialects.openai_responses.bare import bare

STATE = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")


def read(*events: dict[str, Any]) -> list[Event]:
    """What the events mean; `response.` and index 0 need not be said."""
    reader = ItemReader("call_9")
    for event in events:
        said: dict[str, Any] = {"output_index": 0, **event, "type": f"response.{event['type']}"}
        READERS[said["type"]](reader, said)
    return [bare(event) for event in reader.parts.out]


def added(kind: str, **members: Any) -> dict[str, Any]:
    """An item begins."""
    return {"type": "output_item.added", "item": {"type": kind, **members}}


def done(kind: str, **members: Any) -> dict[str, Any]:
    """An item is done."""
    return {"type": "output_item.done", "item": {"type": kind, **members}}


def test_a_message_of_two_texts_and_a_refusal() -> None:
    cite = {"type": "url_citation", "url": "u"}
    events = read(
        added("message"),
        {"type": "content_part.added", "content_index": 0, "part": {"type": "output_text"}},
        {"type": "output_text.delta", "content_index": 0, "delta": "a", "logprobs": []},
        {"type": "output_text.annotation.added", "content_index": 0, "annotation": cite},
        {"type": "output_text.done", "content_index": 0, "text": "ab"},
        {
            "type": "content_part.done",
            "content_index": 0,
            "part": {"type": "output_text", "text": "ab", "annotations": [cite, cite, 7]},
        },
        {"type": "content_part.added", "content_index": 1, "part": {"type": "refusal"}},
        {"type": "refusal.delta", "content_index": 1, "delta": "n"},
        {"type": "refusal.done", "content_index": 1, "refusal": "no"},
        {"type": "content_part.added", "content_index": 2, "part": {"type": "new"}},
        done(
            "message",
            content=[
                {"type": "output_text", "text": "ab", "annotations": [cite, cite]},
                {"type": "refusal", "refusal": "no"},
                {"type": "output_text", "text": "late"},
            ],
        ),
    )
    kinds = [type(event).__name__ for event in events]
    assert kinds == [
        *("PartStarted", "Delta", "Cited", "Delta", "Cited", "PartStopped"),
        *("PartStarted", "Delta", "Delta", "PartStopped"),
        *("PartStarted", "Delta", "PartStopped"),
    ]
    assert [event.text for event in events if isinstance(event, Delta)] == [
        "a",
        "b",
        "n",
        "o",
        "late",
    ]
    assert [event.kind for event in events if isinstance(event, PartStarted)] == [
        "text",
        "refusal",
        "text",
    ]
    assert [event.index for event in events if isinstance(event, Cited)] == [0, 0]


def test_arguments_in_deltas_when_done_and_only_with_the_item() -> None:
    call = {"call_id": "c", "name": "f"}
    expected = [
        PartStarted(kind="tool_call", index=0, id="c", name="f"),
        Delta(kind="tool_call", index=0, text='{"a":1}'),
        PartStopped(index=0),
    ]
    delta = {"type": "function_call_arguments.delta", "delta": '{"a":1}'}
    told = {"type": "function_call_arguments.done", "arguments": '{"a":1}'}
    last = done("function_call", **call, arguments='{"a":1}')
    first = added("function_call", **call, arguments="")
    assert read(first, delta, told, last) == expected
    assert read(first, told, last) == expected
    assert read(first, last) == expected
    assert read(last) == expected


def test_arguments_of_a_call_that_was_not_announced() -> None:
    events = read({"type": "function_call_arguments.delta", "delta": "{}"})
    assert events == [
        PartStarted(kind="tool_call", index=0, id="call_9_0"),
        Delta(kind="tool_call", index=0, text="{}"),
    ]
    assert read({"type": "custom_tool_call_input.done", "input": "go"}) == [
        PartStarted(kind="custom_call", index=0, id="call_9_0"),
        Delta(kind="custom_call", index=0, text="go"),
    ]


def test_calls_in_parallel_stay_open_together() -> None:
    events = read(
        {**added("function_call", call_id="a", name="f"), "output_index": 0},
        {**added("function_call", call_id="b", name="g"), "output_index": 1},
        {"type": "function_call_arguments.delta", "output_index": 0, "delta": "{}"},
        {"type": "function_call_arguments.delta", "output_index": 1, "delta": "{}"},
        {**done("function_call", arguments="{}"), "output_index": 0},
        {**done("function_call", arguments="{}"), "output_index": 1},
    )
    assert [event.index for event in events if isinstance(event, PartStopped)] == [0, 1]
    assert [event.index for event in events if isinstance(event, Delta)] == [0, 1]


def test_free_text_for_a_custom_tool() -> None:
    assert read(
        added("custom_tool_call", call_id="c", name="f"),
        {"type": "custom_tool_call_input.delta", "delta": "go"},
        {"type": "custom_tool_call_input.done", "input": "go"},
        done("custom_tool_call", call_id="c", name="f", input="go"),
    ) == [
        PartStarted(kind="custom_call", index=0, id="c", name="f"),
        Delta(kind="custom_call", index=0, text="go"),
        PartStopped(index=0),
    ]


def test_state_belongs_to_the_last_paragraph() -> None:
    summary = [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]
    whole = done("reasoning", summary=summary, encrypted_content="gAAA")
    expected = [
        PartStarted(kind="summary", index=0, id="rs_1"),
        Delta(kind="summary", index=0, text="a"),
        PartStopped(index=0),
        PartStarted(kind="summary", index=1, id="rs_1"),
        Delta(kind="summary", index=1, text="b"),
        StateGiven(index=1, state=STATE),
        PartStopped(index=1),
    ]
    first = added("reasoning", id="rs_1", summary=[], encrypted_content="unfinished")
    assert (
        read(
            first,
            {"type": "reasoning_summary_text.delta", "summary_index": 0, "delta": "a"},
            {"type": "reasoning_summary_text.done", "summary_index": 0, "text": "a"},
            {"type": "reasoning_summary_text.delta", "summary_index": 1, "delta": "b"},
            whole,
        )
        == expected
    )
    assert read(first, whole) == expected


def test_thoughts_in_their_own_words() -> None:
    words = [{"type": "reasoning_text", "text": "hm"}, 7]
    expected = [
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="hm"),
    ]
    assert read(
        {"type": "reasoning_text.delta", "content_index": 0, "delta": "h"},
        {"type": "reasoning_text.done", "content_index": 0, "text": "hm"},
        done("reasoning", content=words[:1]),
    ) == [
        expected[0],
        Delta(kind="reasoning", index=0, text="h"),
        Delta(kind="reasoning", index=0, text="m"),
        PartStopped(index=0),
    ]
    assert read(done("reasoning", content=words[:1])) == [*expected, PartStopped(index=0)]


def test_a_thought_that_says_nothing_is_no_part() -> None:
    assert read(added("reasoning", id="rs_1"), done("reasoning", id="rs_1", summary=[])) == []


def test_hosted_tools_are_given_when_they_are_done() -> None:
    item: dict[str, Any] = {"type": "web_search_call", "id": "ws_1"}
    native = Native(dialect="openai_responses", name="web_search_call", value=item)
    assert read(added("web_search_call"), done("web_search_call", id="ws_1")) == [
        PartGiven(index=0, part=native)
    ]


def test_a_programs_call_is_the_platforms_own() -> None:
    caller = {"type": "program", "caller_id": "p"}
    item = {"call_id": "c", "name": "f", "arguments": "{}", "caller": caller}
    (given,) = read(
        added("function_call", **item),
        {"type": "function_call_arguments.delta", "delta": "{}"},
        {"type": "function_call_arguments.done", "arguments": "{}"},
        done("function_call", **item),
    )
    assert isinstance(given, PartGiven)
    assert isinstance(given.part, Native)


def test_events_without_their_object_say_nothing() -> None:
    assert (
        read(
            {"type": "output_item.added"},
            {"type": "output_item.done"},
            {"type": "content_part.added"},
            {"type": "content_part.done"},
            {"type": "output_text.annotation.added"},
        )
        == []
    )
