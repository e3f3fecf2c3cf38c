"""The conversation: what stands where, and what is one message."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import ToolChoice
from detente.dialects.anthropic_messages import CODEC
from tests.dialects.anthropic_messages.asking import HI, WEATHER, WEATHER_WIRE, asked, says, written


def test_a_chat_with_parallel_calls() -> None:
    request = asked(
        turns=(
            says("system", "Be brief."),
            says("developer", "Use tools."),
            says("user", "Paris and Rome?"),
            says(
                "assistant",
                "Let me see.",
                ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}'),
                ToolCall(id="call_2", name="weather", arguments=""),
            ),
            says("tool", ToolResult(call_id="call_1", parts=(Text(text="sunny"),))),
            says("tool", ToolResult(call_id="call_2", parts=(Text(text="rain"),))),
            says("user", "And now?"),
        ),
        tools=(WEATHER,),
        tool_choice=ToolChoice(kind="required"),
        parallel_tool_calls=False,
    )
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "tools": [WEATHER_WIRE],
            "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            "system": [
                {"type": "text", "text": "Be brief."},
                {"type": "text", "text": "Use tools."},
            ],
            "messages": [
                {"role": "user", "content": "Paris and Rome?"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "Let me see."},
                        {
                            "type": "tool_use",
                            "id": "call_1",
                            "name": "weather",
                            "input": {"city": "Paris"},
                        },
                        {"type": "tool_use", "id": "call_2", "name": "weather", "input": {}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "call_1", "content": "sunny"},
                        {"type": "tool_result", "tool_use_id": "call_2", "content": "rain"},
                        {"type": "text", "text": "And now?"},
                    ],
                },
            ],
        },
        ["developer_role@turns[1]"],
    )


def test_results_come_first_in_their_message() -> None:
    request = asked(
        turns=(
            HI,
            says("assistant", ToolCall(id="a", name="weather", arguments="{}")),
            says("user", "wait"),
            says("tool", ToolResult(call_id="a", parts=(Text(text="ok"),), is_error=False)),
        ),
        tools=(WEATHER,),
    )
    body, losses = written(request)
    assert losses == []
    assert body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "ok", "is_error": False},
        {"type": "text", "text": "wait"},
    ]


def test_what_the_system_says_later_moves_to_the_front() -> None:
    request = asked(turns=(HI, says("assistant", "yes?"), says("system", "Be kind."), HI))
    assert written(request) == (
        {
            "model": "claude",
            "max_tokens": 8192,
            "system": "Be kind.",
            "messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "yes?"},
                {"role": "user", "content": "hi"},
            ],
        },
        ["system_position@turns[2]"],
    )


def test_the_system_alone_is_said_by_the_user() -> None:
    body, losses = written(asked(turns=(says("developer", "Tell a joke."),)))
    assert body["messages"] == [{"role": "user", "content": "Tell a joke."}]
    assert "system" not in body
    assert losses == ["system_position@turns"]


def test_a_turns_mark_is_its_last_blocks() -> None:
    turn = Turn(role="user", parts=(Text(text="a"), Text(text="b")), cache=CacheMark())
    body, losses = written(asked(turns=(turn,), cache=CacheMark(lifetime="1h")))
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}},
    ]
    assert body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert losses == []


@pytest.mark.parametrize(
    ("blank", "named"),
    [("", []), (" \n", ["blank_text@turns[1].parts[0]", "blank_text@turns[2].parts[0]"])],
)
def test_blank_texts_and_turns_vanish(blank: str, named: list[str]) -> None:
    request = asked(turns=(HI, says("assistant", blank), says("user", blank, "go on")))
    body, losses = written(request)
    assert body["messages"] == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "go on"}],
        }
    ]
    assert losses == named


def test_a_mark_without_a_block_to_carry_it_is_named() -> None:
    signed = Opaque(origin="anthropic_messages", value="SIGNED")
    thought = Turn(role="assistant", parts=(Reasoning(text="t", state=signed),), cache=CacheMark())
    empty = Turn(role="user", parts=(), cache=CacheMark())
    body, losses = written(asked(turns=(HI, thought, empty)))
    assert len(body["messages"]) == 2
    assert losses == ["cache_mark@turns[1].cache", "cache_mark@turns[2].cache"]


def test_unknown_members_of_a_turn_are_named() -> None:
    extras = Extras(dialect="openai_chat", members={"new": 1})
    turn = Turn(role="user", parts=(Text(text="hi"),), extras=extras)
    assert written(asked(turns=(turn,)))[1] == ["unknown_member@turns[0].new"]


def test_instructions_and_leading_turns_of_the_system_stand_together() -> None:
    request = asked(
        instructions=(Text(text="a", cache=CacheMark()), Text(text="")),
        turns=(says("developer", "b"), HI),
    )
    body, losses = written(request)
    assert body["system"] == [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "b"},
    ]
    assert losses == []


def test_the_form_of_its_own_requests_is_kept() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "content": "first"},
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {"role": "user", "content": ""},
        {"role": "system", "content": "be kind", "clear_at": "never"},
        {"role": "user", "content": []},
    ]
    asked_so = {"model": "claude", "max_tokens": 5, "messages": messages}
    body, losses = written(CODEC.decode_request(json.dumps(asked_so).encode()))
    assert (body, losses) == (asked_so, [])


def test_a_turn_of_its_own_of_which_nothing_is_left_is_left_out() -> None:
    thought = {"type": "thinking", "thinking": "t", "signature": "dt1.e.openai_responses.gA"}
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": [thought]}]
    asked_so = {"model": "claude", "max_tokens": 5, "messages": messages}
    body, losses = written(CODEC.decode_request(json.dumps(asked_so).encode()))
    assert body["messages"] == messages[:1]
    assert losses == ["reasoning_state@turns[1].parts[0].state", "reasoning_text@turns[1].parts[0]"]
