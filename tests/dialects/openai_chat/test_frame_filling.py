"""Chunks that are put together again: what an event says replaces what was blanked, no more."""

from typing import Any

from detente.canonical.events import (
    Delta,
    Framed,
    PartKind,
    PartStarted,
    Pinged,
    Stopped,
    UsageReported,
)
from detente.canonical.usage import Usage
from detente.dialects.openai_chat.frame_filling import filled, frame_bytes, index_of


def chunk(delta: Any, **choice: Any) -> Any:
    """A chunk with one choice."""
    return {"choices": [{"index": 0, "delta": delta, **choice}]}


def test_blanks_are_filled() -> None:
    kinds: tuple[tuple[PartKind, str], ...] = (
        ("text", "content"),
        ("refusal", "refusal"),
        ("reasoning", "reasoning"),
    )
    for kind, member in kinds:
        held = chunk({member: ""})
        filled(held, Delta(kind=kind, index=0, text="a"))
        assert held == chunk({member: "a"})
    held = chunk(
        {"tool_calls": [{"index": 0, "id": "", "function": {"name": "", "arguments": ""}}]}
    )
    filled(held, PartStarted(kind="tool_call", index=0, id="c", name="f"))
    filled(held, Delta(kind="tool_call", index=0, text="{}"))
    assert held["choices"][0]["delta"]["tool_calls"] == [
        {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    ]
    held = chunk({"function_call": {"arguments": ""}})
    filled(held, Delta(kind="tool_call", index=0, text="{}"))
    assert held == chunk({"function_call": {"arguments": "{}"}})
    held = chunk({"audio": {"data": ""}}, finish_reason="")
    filled(held, Delta(kind="audio", index=0, text="aGk="))
    filled(held, Stopped(stop="length"))
    assert held == chunk({"audio": {"data": "aGk="}}, finish_reason="length")
    whole: Any = {"usage": [{"cost": 1}, {}]}
    filled(whole, UsageReported(usage=Usage(visible_output_tokens=2)))
    assert whole["usage"]["cost"] == 1
    assert whole["usage"]["completion_tokens"] == 2


def test_what_stands_there_stays() -> None:
    held = chunk({"content": "b", "audio": 7, "tool_calls": [7]}, finish_reason="odd")
    for event in (
        Delta(kind="text", index=0, text="a"),
        Delta(kind="text", index=0, text="a", choice=1),
        Delta(kind="audio", index=0, text="a"),
        Delta(kind="tool_call", index=0, text="a"),
        PartStarted(kind="tool_call", index=0, id="c", name="f"),
        PartStarted(kind="text", index=0),
        PartStarted(kind="tool_call", index=0, choice=1),
        Stopped(stop="length"),
        Stopped(stop="length", choice=1),
        UsageReported(usage=Usage()),
        Pinged(),
    ):
        filled(held, event)
    assert held == chunk({"content": "b", "audio": 7, "tool_calls": [7]}, finish_reason="odd")
    odds: list[Any] = [{"choices": 7}, {"choices": [7]}, {"choices": [{"delta": 7}]}]
    for odd in odds:
        before = repr(odd)
        filled(odd, Delta(kind="text", index=0, text="a"))
        filled(odd, PartStarted(kind="tool_call", index=0))
        assert repr(odd) == before


def test_several_calls_of_one_delta_are_left_as_they_stand() -> None:
    calls = [{"index": index, "function": {"arguments": ""}} for index in range(2)]
    held = chunk({"tool_calls": calls})
    filled(held, Delta(kind="tool_call", index=0, text="{}"))
    assert held == chunk({"tool_calls": calls})
    named = chunk({"tool_calls": [{"function": {"name": "g"}}]})
    filled(named, PartStarted(kind="tool_call", index=0, id="c", name="f"))
    assert named == chunk({"tool_calls": [{"function": {"name": "g"}}]})


def test_the_wire_event() -> None:
    frame = Framed(dialect="openai_chat", name="", members={"a": 1})
    assert frame_bytes(frame) == b'data: {"a":1}\n\n'
    named = Framed(dialect="openai_chat", name="x", members={})
    assert frame_bytes(named) == b"event: x\ndata: {}\n\n"


def test_indexes() -> None:
    assert [index_of({"index": index}) for index in (2, -1, None, "1", True)] == [2, 0, 0, 0, 0]
