"""Events of this dialect pass as they came; changed deltas change what repeats them."""

from typing import Any

from detente.dialects.openai_responses.frames import Frames
from tests.dialects.openai_responses.sdk import cut


def passed(*events: tuple[dict[str, Any], str | None]) -> list[Any]:
    """What a client is told of events and of what their deltas say now."""
    frames = Frames()
    return [cut(frames.write("", event, said))[0][1] for event, said in events]


def event(kind: str, **members: Any) -> dict[str, Any]:
    """An event at output index 1."""
    return {"type": f"response.{kind}", "output_index": 1, **members}


MESSAGE = {
    "type": "message",
    "content": [{"type": "output_text", "text": "Ada"}, {"type": "refusal", "refusal": "no"}, 7],
}
CALL = {"type": "function_call", "arguments": "Ada"}
THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Ada"}]}


def test_what_nobody_changed_is_what_came() -> None:
    events: list[tuple[dict[str, Any], str | None]] = [
        (event("created", response={}), None),
        (event("output_text.delta", delta="Ada"), "Ada"),
        (event("output_text.done", text="Ada"), None),
        (event("output_item.done", item=MESSAGE), None),
        (event("output_text.delta", delta="late"), None),
        (event("function_call_arguments.done", arguments="x"), None),
        ({"type": 7}, None),
    ]
    assert passed(*events) == [told for told, _ in events]


def test_a_changed_text_is_changed_wherever_it_is_repeated() -> None:
    told = passed(
        (event("output_text.delta", content_index=0, delta="A"), "Bo"),
        (event("output_text.delta", content_index=0, delta="da"), "b"),
        (event("output_text.done", content_index=0, text="Ada"), None),
        (event("content_part.done", content_index=0, part=MESSAGE["content"][0]), None),
        (event("refusal.delta", content_index=1, delta="no"), "yes"),
        (event("refusal.done", content_index=1, refusal="no"), None),
        (event("output_item.done", item=MESSAGE), None),
        (event("output_item.done", item=7), None),
        ({"type": "response.completed", "response": {"output": [7, MESSAGE]}}, None),
        ({"type": "response.completed", "response": {"output": None}}, None),
        ({"type": "response.completed"}, None),
    )
    changed = {
        "type": "message",
        "content": [
            {"type": "output_text", "text": "Bob"},
            {"type": "refusal", "refusal": "yes"},
            7,
        ],
    }
    assert [told[0]["delta"], told[1]["delta"], told[2]["text"]] == ["Bo", "b", "Bob"]
    assert told[3]["part"]["text"] == "Bob"
    assert told[5]["refusal"] == "yes"
    assert told[6]["item"] == changed
    assert told[7]["item"] == 7
    assert told[8]["response"]["output"] == [7, changed]
    assert told[9:] == [
        {"type": "response.completed", "response": {"output": None}},
        {"type": "response.completed"},
    ]


def test_changed_arguments_and_summaries() -> None:
    told = passed(
        (event("function_call_arguments.delta", delta="Ada"), "Bob"),
        (event("function_call_arguments.done", arguments="Ada"), None),
        (event("output_item.done", item=CALL), None),
        (event("reasoning_summary_text.delta", output_index=2, delta="Ada"), "Bob"),
        (event("reasoning_summary_part.done", output_index=2, part=THOUGHT["summary"][0]), None),
        (event("output_item.done", output_index=2, item=THOUGHT), None),
        (event("custom_tool_call_input.done", output_index=3, input="Ada"), "Bob"),
    )
    assert told[1]["arguments"] == "Bob"
    assert told[2]["item"]["arguments"] == "Bob"
    assert told[4]["part"]["text"] == "Bob"
    assert told[5]["item"]["summary"][0]["text"] == "Bob"
    assert told[6]["input"] == "Bob"


def test_names_are_kept() -> None:
    assert cut(Frames().write("x", {"type": "y"}, None)) == [("x", {"type": "y"})]
