"""Parts of an answer as items, as they were and anew."""

from typing import Any

import pytest

from detente.canonical.content import Opaque, Part, Reasoning, Refusal, Text, ToolResult
from detente.canonical.extras import Extras, Json
from detente.canonical.response import Choice
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.items import answer_of
from detente.dialects.openai_responses.output import (
    begun_call,
    begun_message,
    begun_thought,
    item_of_part,
    layout_of,
    output_of,
)

TEXT: dict[str, Any] = {"type": "output_text", "text": "a"}
CALL: dict[str, Any] = {
    "type": "function_call",
    "id": "fc",
    "call_id": "c",
    "name": "f",
    "arguments": "{}",
}


@pytest.mark.parametrize(
    "output",
    [
        [],
        [{"type": "message", "role": "assistant", "content": [TEXT, TEXT], "id": "m"}, CALL],
        [CALL, {"type": "message", "role": "assistant", "content": [], "id": "m"}],
        [
            {"type": "message", "role": "assistant", "content": [], "id": "m1"},
            {"type": "message", "role": "assistant", "content": [], "id": "m2"},
            {"type": "message", "role": "assistant", "content": [TEXT], "id": "m3", "new": 1},
            {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "x"},
            {"type": "web_search_call", "id": "ws"},
        ],
        [{"role": "assistant", "content": "lone"}],
        [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "input_image", "file_id": "f"}, {"type": "new"}],
            }
        ],
    ],
)
def test_items_are_as_they_were(output: list[Any]) -> None:
    turns = answer_of(output, "call")
    choice = Choice(
        parts=tuple(part for turn in turns for part in turn.parts), extras=layout_of(turns)
    )
    losses = Losses()
    assert output_of(choice, "resp_1", losses) == output
    assert losses.found == []


def test_a_layout_that_says_nothing_is_left_alone() -> None:
    parts: tuple[Part, ...] = (Reasoning(id="rs_1"),)
    nothing: tuple[Json, ...] = (None, [7], [["a", 1, {}, []]])
    for messages in nothing:
        extras = Extras(
            dialect="openai_responses",
            spelling={"parts": 1, "messages": messages},
        )
        found = output_of(Choice(parts=parts, extras=extras), "resp_1", Losses())
        assert found == [{"type": "reasoning", "id": "rs_1", "summary": []}]


@pytest.mark.parametrize("part", [Text(text="a"), Refusal(text="a"), ToolResult(call_id="c")])
def test_what_is_no_item_of_its_own_is_named(part: Part) -> None:
    losses = Losses()
    assert item_of_part(part, "p", "resp_1", 0, losses) is None
    assert [str(loss) for loss in losses.found] == ["native_part@p"]


def test_ids_of_this_api_are_kept() -> None:
    state = Opaque(origin="anthropic_messages", value="sig")
    own = item_of_part(Reasoning(id="rs_7", state=state), "p", "resp_1", 0, Losses())
    other = item_of_part(Reasoning(id="x", text="a"), "p", "resp_1", 3, Losses())
    assert own == {
        "id": "rs_7",
        "type": "reasoning",
        "summary": [],
        "encrypted_content": "dt1.s.anthropic_messages.sig",
    }
    assert other is not None
    assert other["id"] == "rs_1_3"


def test_items_that_have_just_begun() -> None:
    assert begun_message("resp_1", 0)["id"] == "msg_1_0"
    assert begun_thought("rs_7", "resp_1", 0)["id"] == "rs_7"
    assert begun_thought("x", "resp_1", 1)["id"] == "rs_1_1"
    assert begun_call("tool_call", "c", "f", "resp_1", 2)["id"] == "fc_1_2"
    assert "status" not in begun_call("custom_call", "c", "f", "resp_1", 3)
