"""What a chat completion means, and that it comes out as it went in."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from detente.canonical.extras import Json
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.dialects.codec import ErrorText
from detente.dialects.openai_chat import CODEC
from tests.dialects.roundtrip import Share, response_difference

CUSTOM = {"id": "c2", "type": "custom", "custom": {"name": "s", "input": "x"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def decode(choices: list[Any], **members: object) -> Response:
    """The answer with these choices, after a round trip that lost nothing."""
    envelope = {"id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "m"}
    body = json.dumps({**envelope, "choices": choices, **members}).encode()
    assert response_difference(CODEC, body, Share()) is None
    return CODEC.decode_response(body, id_prefix="call_r")


def said(message: dict[str, Any], finish: str | None = "stop", **members: object) -> Choice:
    """The choice with this message."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return decode([{**choice, **members}]).choices[0]


def test_an_answer() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    response = decode(
        [{"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}],
        usage=usage,
        service_tier="default",
    )
    assert response == Response(
        id="chatcmpl-1",
        model="m",
        choices=(Choice(parts=(Text(text="Hi."),), stop="end"),),
        origin="openai_chat",
        created_s=7,
        usage=Usage(uncached_input_tokens=9, visible_output_tokens=4),
        service_tier="default",
        extras=response.extras,
    )


def test_all_that_a_message_can_say() -> None:
    choice = said(
        {
            "reasoning_content": "Hm.",
            "content": "So.",
            "refusal": "No.",
            "audio": {"id": "a", "data": "aGk=", "transcript": "hi", "expires_at": 9},
            "annotations": [
                {
                    "type": "url_citation",
                    "url_citation": {
                        "url": "https://x.example",
                        "title": "X",
                        "start_index": 0,
                        "end_index": 3,
                    },
                }
            ],
            "tool_calls": [CALL, CUSTOM],
        },
        "tool_calls",
    )  # fmt: skip
    cited = Citation(kind="url", url="https://x.example", title="X", start=0, end=3)
    thought, text, refusal, audio, *calls = choice.parts
    assert isinstance(thought, Reasoning)
    assert thought.text == "Hm."
    assert thought.state == Opaque(origin="openai_chat", value="reasoning_content")
    assert text == Text(text="So.", citations=(cited,))
    assert refusal == Refusal(text="No.")
    assert isinstance(audio, Media)
    assert (audio.id, audio.transcript) == ("a", "hi")
    assert audio.source == Inline(media_type="audio/*", data="aGk=")
    assert calls == [
        ToolCall(id="c1", name="f", arguments="{}"),
        ToolCall(id="c2", name="s", arguments="x", kind="custom"),
    ]


@pytest.mark.parametrize(
    ("message", "finish", "stop"),
    [
        ({"content": "a"}, "stop", "end"),
        ({"content": "a"}, "length", "length"),
        ({"content": "a"}, "content_filter", "content_filter"),
        ({"tool_calls": [CALL]}, "tool_calls", "tool_calls"),
        ({"tool_calls": [CALL]}, "stop", "tool_calls"),
        ({"function_call": {"name": "f", "arguments": ""}}, "function_call", "tool_calls"),
        ({"refusal": "No."}, "stop", "refusal"),
        ({"content": "a"}, "eos", "end"),
        ({"content": "a"}, "model_length", "context_window"),
        ({"content": "a"}, "brand_new", "other"),
        ({"content": "a"}, None, None),
        ({"content": "a"}, "", None),
    ],
)
def test_reasons(message: dict[str, Any], finish: str | None, stop: str | None) -> None:
    """After a forced call and after a refusal OpenAI says `stop`; others' clients wait for more."""
    assert said(message, finish).stop == stop


def test_what_stopped_it() -> None:
    choice = said({"content": "a"}, stop_reason="END")
    assert (choice.stop, choice.stop_sequence) == ("stop_sequence", "END")
    assert said({"content": "a"}, stop_reason=7).stop == "end"
    assert said({"content": "a"}, "length", stop_reason="x").stop == "length"


CHOICES: list[Any] = [
    {"finish_reason": "content_filter", "index": 0, "content_filter_results": {}},
    {"index": 0, "message": None},
    {"message": {"content": "a"}, "finish_reason": 7},
    {"index": None, "message": {"role": "odd", "content": "a"}, "logprobs": None},
    {"index": -1, "message": {"role": "assistant", "content": "", "name": "x"}},
    {"index": 0, "message": {"role": "assistant", "content": ["x"]}} | {"message": {}},
    {"index": 0, "message": {"content": "a"}, "logprobs": {}},
    {"index": 0, "message": {"content": "a"}, "logprobs": 7},
    {"index": 0, "message": {"content": "a"}, "logprobs": {"content": None, "refusal": None}},
    {"index": 0, "message": {"content": "a"}, "logprobs": {"content": [{"token": "a"}]}},
    {"index": 0, "message": {"content": "a"}, "logprobs": {"brand": 1}},
    {
        "index": 0,
        "message": {"tool_calls": [CALL]},
        "logprobs": {"content": [{"token": "a", "logprob": -1}], "refusal": None},
    },
    {"index": 0, "message": {"content": "a", "annotations": [{"type": "file", "file": {}}]}},
    {"index": 0, "message": {"annotations": [{"type": "url_citation", "url_citation": 7}]}},
    {"index": 0, "message": {"content": "a", "annotations": [7]}},
    {"index": 0, "message": {"audio": {"id": "a"}}},
    {"index": 0, "message": {"audio": {"id": 7}}},
    {"index": 0, "message": {"audio": {"id": "a", "data": 7}}},
    {
        "index": 0,
        "message": {
            "content": [{"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}}]
        },
    },
    {"index": 0, "message": {"content": [{"type": "image_url", "image_url": {"url": "x"}}]}},
    {
        "index": 0,
        "message": {"content": [{"type": "reference", "ids": [1]}, {"type": "text", "text": "a"}]},
    },
]


@pytest.mark.parametrize("choice", CHOICES)
def test_every_form_of_a_choice_comes_out_as_it_went_in(choice: dict[str, Any]) -> None:
    decode([choice])


@pytest.mark.parametrize(
    "members",
    [
        {"id": None},
        {"id": 7, "model": None, "created": "now", "object": ""},
        {"service_tier": 7},
        {"service_tier": None},
        {"system_fingerprint": "fp", "metadata": {"a": "b"}},
        {"usage": 7},
        {"usage": {}},
        {"usage": {"prompt_tokens": -1, "total_tokens": 2**70, "cost": 0.1}},
        {"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 9}},
        {"usage": {"total_tokens": 9, "prompt_tokens_details": {"video_tokens": 1, "x": None}}},
        {"moderation": 7},
        {"moderation": {"input": {}}},
        {"prompt_filter_results": 7},
    ],
)
def test_every_form_of_an_envelope_comes_out_as_it_went_in(members: dict[str, object]) -> None:
    decode([], **members)


def test_an_empty_envelope() -> None:
    body = b'{"choices":[]}'
    assert response_difference(CODEC, body, Share()) is None
    assert CODEC.decode_response(body).id == ""


def test_probabilities_belong_to_the_text() -> None:
    token = {"token": "a", "logprob": -1.5, "bytes": [97], "top_logprobs": []}
    top = {"token": "b", "logprob": -2, "bytes": None}
    choice = said(
        {"content": "a", "refusal": "n"},
        logprobs={"content": [{**token, "top_logprobs": [top]}], "refusal": [token]},
    )
    text, refusal = choice.parts
    assert isinstance(text, Text)
    assert isinstance(refusal, Refusal)
    assert text.logprobs[0].token == "a"
    assert text.logprobs[0].bytes == (97,)
    assert [one.token for one in text.logprobs[0].top] == ["b"]
    assert [(one.token, one.logprob, one.top) for one in refusal.logprobs] == [("a", -1.5, ())]


def test_calls_without_ids_get_some() -> None:
    choice = said({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}] * 2})
    ids = [part.id for part in choice.parts if isinstance(part, ToolCall)]
    assert len(set(ids)) == 2
    assert all(name.startswith("call_r_0") for name in ids)


def test_filters() -> None:
    hate: Json = {"hate": {"filtered": False, "severity": "safe"}}
    prompt: Json = [{"prompt_index": 0, "content_filter_results": hate}]
    moderation: Json = {"input": {"type": "moderation_results"}, "output": {}}
    response = decode(
        [{"index": 0, "finish_reason": "content_filter", "content_filter_results": hate}],
        prompt_filter_results=prompt,
        moderation=moderation,
    )
    assert response.filters == (
        ContentFilter(
            dialect="openai_chat", stage="input", name="prompt_filter_results", value=prompt
        ),
        ContentFilter(dialect="openai_chat", stage="output", name="moderation", value=moderation),
    )
    assert response.choices[0].filters == (
        ContentFilter(
            dialect="openai_chat", stage="output", name="content_filter_results", value=hate
        ),
    )


@pytest.mark.parametrize("count", [-1, 2**70, 1.5, True, "7", None, []])
def test_counts_that_are_none_are_no_usage(count: object) -> None:
    usage = decode([], usage={"prompt_tokens": count}).usage
    assert usage is None or usage.input_tokens == 0


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"oops", "the provider's answer is not JSON"),
        (b"{}", "`choices`"),
        (b'{"error":{"message":"m"}}', "`error`"),
        (b'{"choices":[7]}', "`choices[0]`"),
        (b'{"choices":[{"message":7}]}', "`choices[0].message`"),
        (b'{"choices":[{"message":{"refusal":7}}]}', "`choices[0].message.refusal`"),
    ],
)
def test_what_is_no_answer_is_the_providers_fault(body: bytes, where: str) -> None:
    with pytest.raises(ProviderFault) as caught:
        CODEC.decode_response(body)
    assert caught.value.failure.message.startswith(where)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            b'{"error":{"message":"m","type":"t","param":null,"code":"c"}}',
            ErrorText(message="m", code="c"),
        ),
        (b'{"error":{"message":"m","type":"t","code":null}}', ErrorText(message="m", code="t")),
        (b'{"error":{"message":"m","code":429}}', ErrorText(message="m", code="429")),
        (b'{"error":{"message":"m"}}', ErrorText(message="m")),
        (b'{"error":"m"}', ErrorText(message="m")),
        (b'{"object":"error","message":"m","type":"t"}', ErrorText(message="m", code="t")),
        (b'{"detail":[{"msg":"m","loc":["body"]}]}', ErrorText(message="m")),
        (b'{"detail":"m"}', ErrorText(message="m")),
        (b'{"detail":[{}]}', None),
        (b'{"error":{"code":"c"}}', None),
        (b'{"id":"x","choices":[]}', None),
        (b"<html>", None),
    ],
)
def test_errors(body: bytes, told: ErrorText | None) -> None:
    assert CODEC.read_error(body) == told
