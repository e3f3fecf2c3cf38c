"""Turns as messages, where they are unusual."""

from typing import Any

import msgspec

from detente.canonical.content import (
    CacheMark,
    Inline,
    Media,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.request import Request
from detente.dialects.codec import Target
from detente.dialects.openai_chat import CODEC

MARK = CacheMark(lifetime="12h")
BREAKPOINT = {"mode": "explicit", "ttl": "12h"}


def encode(*turns: Turn, origin: Any = None) -> tuple[list[Any], list[str]]:
    """The messages, and the losses."""
    request = Request(model="m", turns=turns, origin=origin)
    encoded = CODEC.encode_request(request, Target(model="m"))
    messages = msgspec.json.decode(encoded.body)["messages"]
    return messages, [str(loss) for loss in encoded.losses]


def test_a_tools_turn_without_a_result_is_the_users_word() -> None:
    assert encode(Turn(role="tool", parts=(Text(text="hi"),))) == (
        [{"role": "user", "content": "hi"}],
        [],
    )
    assert encode(Turn(role="tool", parts=())) == ([{"role": "user", "content": ""}], [])


def test_a_turns_mark_goes_to_its_last_part() -> None:
    parts: tuple[Part, ...] = (Text(text="a"), Text(text="b"))
    messages, losses = encode(Turn(role="user", parts=parts, cache=MARK))
    assert messages[0]["content"][1]["prompt_cache_breakpoint"] == BREAKPOINT
    assert losses == []
    call = ToolCall(id="c", name="f", arguments="{}", cache=MARK)
    _, losses = encode(Turn(role="assistant", parts=(call,), cache=MARK))
    assert losses == ["cache_mark@turns[0].parts[0].cache", "cache_mark@turns[0].cache"]


def test_marks_where_chat_has_none() -> None:
    result = ToolResult(call_id="c", parts=(Text(text="a"),), cache=MARK)
    assert encode(Turn(role="tool", parts=(result,)))[1] == ["cache_mark@turns[0].parts[0].cache"]
    thought = Reasoning(text="a", cache=MARK)
    assert encode(Turn(role="assistant", parts=(thought,)))[1] == [
        "cache_mark@turns[0].parts[0].cache",
        "reasoning_text@turns[0].parts[0]",
    ]


def test_a_result_of_data_and_words() -> None:
    result = ToolResult(call_id="c", parts=(Text(text="a"),), data={"b": 1})
    assert encode(Turn(role="tool", parts=(result,)))[0][0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": '{"b":1}'},
    ]


def test_a_result_within_an_answer_is_refused() -> None:
    turn = Turn(role="assistant", parts=(ToolResult(call_id="c"),))
    assert encode(turn, origin="openai_chat")[1] == ["history@turns[0].parts[0]"]


def test_what_describes_a_medium_and_has_no_place() -> None:
    spoken = Media(
        kind="audio",
        source=Inline(media_type="audio/wav", data="aGk="),
        detail="high",
        state=Opaque(origin="gemini_generate", value="x"),
    )
    assert encode(Turn(role="user", parts=(spoken,)))[1] == [
        "reasoning_state@turns[0].parts[0]",
        "image_detail@turns[0].parts[0]",
    ]


def test_state_that_was_put_back_reaches_chats_own_requests() -> None:
    """A client's SDK drops members that it does not know; the gateway puts the state back."""
    state = Opaque(origin="gemini_generate", value="x")
    turn = Turn(role="assistant", parts=(ToolCall(id="c", name="f", arguments="{}", state=state),))
    request = Request(model="m", turns=(turn,), origin="openai_chat")
    body = CODEC.encode_request(request, Target(model="gemini-3-pro")).body
    message = msgspec.json.decode(body)["messages"][0]
    assert message["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "x"}}
