"""The history on its way into chat: answers, results, marks, state."""

from typing import Any

import msgspec

from detente.canonical.content import (
    CacheMark,
    Citation,
    Inline,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.request import Request
from detente.dialects.codec import Target
from detente.dialects.openai_chat import CODEC

SIGNED = Opaque(origin="anthropic_messages", value="c2ln")
GOOGLES = Opaque(origin="gemini_generate", value="dGhvdWdodA==")
MARK = CacheMark(lifetime="12h")
BREAKPOINT = {"mode": "explicit", "ttl": "12h"}


def encode(*turns: Turn, origin: Any = None) -> tuple[list[Any], list[str]]:
    """The messages, and the losses."""
    request = Request(model="m", turns=turns, origin=origin)
    encoded = CODEC.encode_request(request, Target(model="m"))
    messages = msgspec.json.decode(encoded.body)["messages"]
    return messages, [str(loss) for loss in encoded.losses]


def body_of(request: Request, model: str) -> tuple[Any, list[str]]:
    """The body for that model, and the losses."""
    encoded = CODEC.encode_request(request, Target(model=model))
    return msgspec.json.decode(encoded.body), [str(loss) for loss in encoded.losses]


def messages(*parts: Part, role: Any = "user") -> tuple[Any, list[str]]:
    """The messages that one turn becomes, and the losses."""
    return encode(Turn(role=role, parts=parts))


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


def test_thoughts_of_other_models_are_left_out() -> None:
    assert messages(
        Reasoning(text="Hm.", state=SIGNED),
        Reasoning(state=Opaque(origin="anthropic_messages", value="x", kind="redacted")),
        Reasoning(summary=("A.", "B.")),
        Text(text="Yes.", state=GOOGLES),
        ToolCall(id="c", name="f", arguments="{}", state=SIGNED),
        role="assistant",
    ) == (
        [
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
                "content": "Yes.",
            }
        ],
        [
            "reasoning_state@turns[0].parts[0]",
            "reasoning_text@turns[0].parts[0]",
            "reasoning_state@turns[0].parts[1]",
            "reasoning_text@turns[0].parts[2]",
            "reasoning_state@turns[0].parts[4]",
            "reasoning_state@turns[0].parts[3]",
        ],
    )


def test_thoughts_of_a_chat_host_go_back_where_it_put_them() -> None:
    """DeepSeek answers 400 where its thoughts are missing within a tool loop, and a client of
    another dialect can bring them."""
    details = '[{"type":"reasoning.encrypted","data":"x"}]'
    assert messages(
        Reasoning(text="Hm.", state=Opaque(origin="openai_chat", value="reasoning_content")),
        Reasoning(text="So.", state=Opaque(origin="openai_chat", value=details, kind="encrypted")),
        Text(text="Yes."),
        role="assistant",
    ) == (
        [
            {
                "role": "assistant",
                "reasoning_content": "Hm.",
                "reasoning": "So.",
                "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}],
                "content": "Yes.",
            }
        ],
        [],
    )


def test_a_calls_signature_goes_to_googles_models_only() -> None:
    call = ToolCall(id="c", name="f", arguments="{}", state=GOOGLES)
    request = Request(model="m", turns=(Turn(role="assistant", parts=(call,)),))
    body, losses = body_of(request, "gemini-3-pro")
    assert body["messages"][0]["tool_calls"][0]["extra_content"] == {
        "google": {"thought_signature": "dGhvdWdodA=="}
    }
    assert losses == []
    body, losses = body_of(request, "gpt-5")
    assert "extra_content" not in body["messages"][0]["tool_calls"][0]
    assert losses == ["reasoning_state@turns[0].parts[0]"]


def test_an_answer_in_the_history() -> None:
    spoken = Media(kind="audio", source=Uploaded(id="audio_1", dialect="openai_chat"), id="audio_1")
    drawn = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    sound = Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk="))
    told, losses = messages(
        Refusal(text="I will "), Refusal(text="not."), spoken, drawn, sound, role="assistant"
    )
    assert told == [
        {
            "role": "assistant",
            "refusal": "I will not.",
            "audio": {"id": "audio_1"},
            "content": None,
        }
    ]
    assert losses == ["image@turns[0].parts[3]", "audio_output@turns[0].parts[4]"]
    cited = Text(text="So.", citations=(Citation(kind="url", url="https://x.example"),))
    assert messages(cited, role="assistant") == (
        [{"role": "assistant", "content": "So."}],
        ["citations@turns[0].parts[0]"],
    )
    assert messages(role="assistant")[0] == [{"role": "assistant", "content": ""}]
