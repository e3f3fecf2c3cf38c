"""A conversation as items: what of a turn is a message, what an item of its own."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Inline,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Extras
from detente.dialects._codec.losses import Losses
from detente.dialects.codec import Target
from detente.dialects.openai_responses import CODEC
from detente.dialects.openai_responses.item_encoding import call_wire, input_of, reasoning_wire

OWN = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
FOREIGN = Opaque(origin="gemini_generate", value="sig")


def items(*turns: Turn, own: bool = False) -> tuple[list[Any], list[str]]:
    """The items, and what was lost."""
    losses = Losses()
    return list(input_of(turns, losses, own=own)), [str(loss) for loss in losses.found]


def test_a_turn_is_cut_where_an_item_of_its_own_stands() -> None:
    call = ToolCall(id="c", name="f", arguments="{}", cache=CacheMark())
    parts: tuple[Part, ...] = (Text(text="a"), call, Text(text="b"), Refusal(text="no"))
    found, lost = items(Turn(role="assistant", parts=parts), Turn(role="user", parts=()))
    assert found == [
        {"role": "assistant", "content": "a"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "b"},
                {"type": "refusal", "refusal": "no"},
            ],
        },
    ]
    assert lost == ["cache_mark@turns[0].parts[1]"]


def test_words_in_a_tools_turn_are_the_users() -> None:
    result = ToolResult(call_id="c", parts=(Text(text="x"),), cache=CacheMark())
    found, lost = items(Turn(role="tool", parts=(result, Text(text="see"))))
    assert found == [
        {"type": "function_call_output", "call_id": "c", "output": "x"},
        {"role": "user", "content": "see"},
    ]
    assert lost == ["cache_mark@turns[0].parts[0]"]


def test_natives_of_this_api_are_items_and_others_are_named() -> None:
    own = Native(dialect="openai_responses", name="item_reference", value={"id": "m"})
    other = Native(dialect="gemini_generate", name="executableCode", value={})
    found, lost = items(Turn(role="assistant", parts=(own, other)))
    assert found == [{"id": "m"}]
    assert lost == ["native_part@turns[0].parts[1]"]


def test_a_message_of_nothing_that_can_be_sent_is_not_sent() -> None:
    film = Media(kind="video", source=Inline(media_type="video/mp4", data="aGk="))
    found, lost = items(Turn(role="user", parts=(film,)))
    assert found == []
    assert lost == ["video_input@turns[0].parts[0]"]


@pytest.mark.parametrize(
    ("part", "own", "item", "lost"),
    [
        (Reasoning(text="a", state=OWN, id="rs_1"), True, {"id": "rs_1"}, []),
        (Reasoning(id="rs_1"), True, {"id": "rs_1"}, []),
        (Reasoning(text="a", state=OWN, id="rs_1"), False, {}, []),
        (Reasoning(text="a", state=FOREIGN), True, None, ["reasoning_state", "reasoning_text"]),
        (Reasoning(state=FOREIGN), False, None, ["reasoning_state"]),
        (Reasoning(summary=("a",)), False, None, ["reasoning_text"]),
        (Reasoning(), False, None, []),
        (
            Reasoning(state=OWN, id="x", extras=Extras(dialect="openai_chat", members={"a": 1})),
            True,
            {},
            ["unknown_member"],
        ),
    ],
)
def test_thoughts_are_sent_where_the_platform_can_read_them(
    part: Reasoning, own: bool, item: dict[str, Any] | None, lost: list[str]
) -> None:
    found, named = items(Turn(role="assistant", parts=(part,)), own=own)
    assert [{key: one[key] for key in one if key == "id"} for one in found] == (
        [] if item is None else [item]
    )
    assert [name.partition("@")[0] for name in named] == lost


def test_thoughts_of_a_foreign_client_are_the_summary() -> None:
    part = Reasoning(text="a", summary=("s",), state=OWN)
    assert reasoning_wire(part, "x", with_id=False, own=False) == {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "s"}],
        "content": [{"type": "reasoning_text", "text": "a"}],
        "encrypted_content": "x",
    }
    assert reasoning_wire(Reasoning(text="a"), None, with_id=False, own=False) == {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "a"}],
    }


def test_a_call_without_arguments_has_none_of_them() -> None:
    assert call_wire(ToolCall(id="c", name="f", arguments=""))["arguments"] == "{}"
    custom = ToolCall(id="c", name="f", arguments="", kind="custom")
    assert call_wire(custom)["input"] == ""


def test_an_answer_begun_is_named_unless_this_api_was_asked() -> None:
    turn = Turn(role="assistant", parts=(Text(text="The"),))
    assert items(turn)[1] == ["assistant_prefill@turns[0]"]
    assert items(turn, own=True)[1] == []
    assert items(Turn(role="assistant", parts=()))[1] == []


@pytest.mark.parametrize(
    ("thought", "left"),
    [
        ({"id": "rs_req_5_0", "summary": [{"type": "summary_text", "text": "Hm"}]}, True),
        ({"id": "rs_req_5_0", "summary": [], "encrypted_content": "gAAA"}, False),
        ({"id": "rs_68c1f00dbeef", "summary": []}, False),
    ],
)
def test_a_mixed_conversation_is_sent_without_thoughts_that_the_platform_never_had(
    thought: dict[str, Any], left: bool
) -> None:
    item = {"type": "reasoning", **thought}
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c", "output": "x"}
    body = json.dumps({"model": "m", "input": [item, call, output]}).encode()
    mixed = CODEC.encode_request(CODEC.decode_request(body), Target(model="m", mixed=True))
    assert json.loads(mixed.body)["input"] == ([call, output] if left else [item, call, output])
    assert [str(loss) for loss in mixed.losses] == (
        ["reasoning_text@turns[0].parts[0]"] if left else []
    )
