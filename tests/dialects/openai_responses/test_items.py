"""Items are turns; what is in them comes back."""

import pytest

from detente.canonical.content import Opaque, Reasoning, ToolCall
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.item_encoding import input_of
from detente.dialects.openai_responses.items import (
    answer_of,
    is_programs,
    item_of,
    native_of,
    output_item_of,
    read_state,
    turns_of,
)

LISTED: list[Json] = [{"type": "input_text", "text": "a"}]


@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "content": "hi"},
        {"type": "message", "role": "user", "content": "hi", "new": 1},
        {"type": "message", "role": "assistant", "content": [], "id": "m", "status": "completed"},
        {"role": "assistant", "content": None, "phase": "commentary"},
        {"role": "system"},
        {"role": "user", "content": [{"type": "brand_new"}, {"type": "input_text", "text": "a"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": {"a": 1}, "id": "fc"},
        {
            "type": "function_call",
            "call_id": "c",
            "name": "f",
            "arguments": "{}",
            "namespace": "n",
            "caller": {"type": "direct"},
            "async": False,
        },
        {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "", "new": None},
        {"type": "function_call_output", "call_id": "c", "output": "x", "name": "f"},
        {"type": "function_call_output", "call_id": "c", "output": LISTED},
        {"type": "function_call_output", "call_id": "c", "output": []},
        {"type": "function_call_output", "call_id": "c", "output": {}},
        {"type": "custom_tool_call_output", "call_id": "c", "output": {"a": None}},
        {"type": "reasoning", "id": "rs", "summary": []},
        {"type": "reasoning", "id": "rs", "status": "completed", "encrypted_content": None},
        {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": 7}]},
        {"type": "reasoning", "id": "rs", "summary": ["a"], "content": [{"type": "new"}]},
        {"type": "item_reference", "id": "m"},
        {"type": "compaction", "id": "c", "encrypted_content": "x"},
    ],
)
def test_own_items_come_back(item: Obj) -> None:
    losses = Losses()
    assert input_of((item_of(item),), losses, own=True) == [item]
    assert losses.found == []


def test_results_in_an_answer_are_the_platforms_own() -> None:
    result: Obj = {"type": "function_call_output", "call_id": "c", "output": "x"}
    echo: Obj = {"type": "message", "role": "user", "content": "x"}
    assert output_item_of(result) == native_of(result)
    assert output_item_of(echo) == native_of(echo)
    assert output_item_of({"role": "assistant", "content": "x"}).role == "assistant"


def test_calls_without_an_id_get_one() -> None:
    call: Obj = {"type": "function_call", "name": "f", "arguments": "{}"}
    (with_item_id,) = answer_of([{**call, "id": "fc_1"}], "call_7")[0].parts
    (without,) = answer_of([call], "call_7")[0].parts
    assert isinstance(with_item_id, ToolCall)
    assert isinstance(without, ToolCall)
    assert (with_item_id.id, without.id) == ("fc_1", "call_7_0")
    with pytest.raises(Misfit):
        turns_of([call])


def test_state_of_another_platform_is_told_apart() -> None:
    assert read_state("dt1.s.anthropic_messages.sig") == Opaque(
        origin="anthropic_messages", value="sig"
    )
    assert read_state("gAAA").origin == "openai_responses"


def test_several_thoughts_are_paragraphs() -> None:
    words: list[Json] = [{"type": "reasoning_text", "text": text} for text in ("a", "b")]
    (part,) = item_of({"type": "reasoning", "content": words}).parts
    assert isinstance(part, Reasoning)
    assert part.text == "a\n\nb"


@pytest.mark.parametrize(
    ("item", "whose"),
    [
        ({}, False),
        ({"async": True}, True),
        ({"caller": {"type": "direct"}}, False),
        ({"caller": {"type": "program"}}, True),
        ({"caller": None}, False),
    ],
)
def test_whose_call_it_is(item: Obj, whose: bool) -> None:
    assert is_programs(item) is whose


def test_the_namespace_of_a_call_is_none_of_its_spelling() -> None:
    wire: Obj = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    (call,) = item_of({**wire, "namespace": "n", "id": "fc"}).parts
    assert isinstance(call, ToolCall)
    assert call.extras is not None
    assert call.extras.members == {"namespace": "n"}
    assert call.extras.spelling == {"id": "fc"}
