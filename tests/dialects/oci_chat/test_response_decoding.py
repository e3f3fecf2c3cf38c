"""Whole answers of Oracle's chat, as canonical values."""

import json
from typing import Any

import pytest

from detente.canonical.content import Reasoning, Text, ToolCall
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.oci_chat import CODEC
from detente.dialects.oci_chat.response_decoding import seconds_of
from tests.dialects.oci_chat.bodies import COHERE_ANSWER, GENERIC_ANSWER


def body_of(**chat: Any) -> bytes:
    return json.dumps({"modelId": "m", "chatResponse": {"apiFormat": "GENERIC", **chat}}).encode()


def test_generic() -> None:
    answer = CODEC.decode_response(GENERIC_ANSWER)
    assert (answer.id, answer.model, answer.created_s) == ("", "xai.grok-4", 1746100800)
    assert answer.service_tier == "default"
    assert answer.usage == Usage(
        uncached_input_tokens=5,
        cache_read_tokens=4,
        visible_output_tokens=2,
        reasoning_output_tokens=1,
    )
    first, second = answer.choices
    thought, text, call = first.parts
    assert thought == Reasoning(text="hm")
    assert isinstance(text, Text)
    assert (text.text, text.citations[0].url) == ("hi", "https://example.org")
    assert [one.token for one in text.logprobs[0].top] == ["hi", "ho"]
    assert call == ToolCall(id="c1", name="f", arguments="{}")
    assert (first.stop, second.index, second.stop) == ("tool_calls", 1, "content_filter")


def test_coheres() -> None:
    answer = CODEC.decode_response(COHERE_ANSWER)
    assert (answer.id, answer.model, answer.origin) == ("x", "cohere.command-a-03-2025", "oci_chat")
    assert answer.usage == Usage(uncached_input_tokens=9, visible_output_tokens=3)
    (choice,) = answer.choices
    kinds = [type(part).__name__ for part in choice.parts]
    assert kinds == ["Reasoning", "Reasoning", "Text", "ToolCall"]
    text = choice.parts[2]
    assert isinstance(text, Text)
    assert [one.title for one in text.citations] == ["t"]
    assert text.logprobs[0].logprob == -0.5
    assert choice.stop == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "stop"),
    [
        ({"finishReason": "stop"}, "end"),
        ({"finishReason": "length"}, "length"),
        ({"finishReason": "COMPLETE"}, "end"),
        ({"finishReason": "weary"}, "other"),
        ({"finishReason": 5}, "other"),
        ({"finishReason": None}, None),
        ({}, None),
    ],
)
def test_why_it_ended(choice: dict[str, Any], stop: str | None) -> None:
    answer = CODEC.decode_response(body_of(choices=[choice]))
    assert answer.choices[0].stop == stop


def test_ids_that_are_missing_are_made() -> None:
    message = {"toolCalls": [{"name": "f"}, {"name": "g"}]}
    answer = CODEC.decode_response(
        body_of(choices=[{"message": message}, {"message": message}]), id_prefix="p"
    )
    ids = [part.id for one in answer.choices for part in one.parts if isinstance(part, ToolCall)]
    assert ids == ["p_0", "p_1", "p_1_0", "p_1_1"]


def test_odd_members_cost_nothing() -> None:
    odd = body_of(choices=None, usage=5, serviceTier="Default", timeCreated="noon")
    answer = CODEC.decode_response(odd)
    assert (answer.choices, answer.usage, answer.service_tier, answer.created_s) == (
        (),
        None,
        None,
        None,
    )
    probable = {"message": {}, "logprobs": {"tokens": ["a"], "tokenLogprobs": [-1]}}
    assert CODEC.decode_response(body_of(choices=[probable])).choices[0].parts == ()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "JSON"),
        (b"{}", "chatResponse"),
        (body_of(apiFormat="COHERE"), "chatResponse.apiFormat"),
        (body_of(choices=[5]), r"chatResponse.choices\[0\]"),
        (body_of(choices=[{"message": {"content": 5}}]), r"choices\[0\].message.content"),
        (b'{"chatResponse": {"apiFormat": "COHEREV2"}}', "message"),
        (b'{"modelId": 5, "chatResponse": {}}', "modelId"),
    ],
)
def test_faults_say_where(body: bytes, where: str) -> None:
    with pytest.raises(ProviderFault, match=where):
        CODEC.decode_response(body)


def test_moments() -> None:
    assert seconds_of("2025-05-01T12:00:00.123Z") == 1746100800
    assert seconds_of("2025-05-01T14:00:00+02:00") == 1746100800
    assert seconds_of("2025-05-01T12:00:00") is None
    assert seconds_of("noon") is None
    assert seconds_of(5) is None
