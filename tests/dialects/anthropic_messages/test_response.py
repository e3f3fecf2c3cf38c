"""Whole answers: other platforms' become messages that the official SDK reads."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.codec import Reply
from tests.dialects.anthropic_messages.sdk import read_whole

USAGE = Usage(
    uncached_input_tokens=5,
    cache_read_tokens=4,
    cache_write_5m_tokens=3,
    cache_write_1h_tokens=2,
    visible_output_tokens=7,
    reasoning_output_tokens=6,
)


def answer(*parts: Part, stop: StopReason | None = "end", **members: Any) -> Response:
    choice = Choice(parts=parts, stop=stop, **members)
    return Response(
        id="chatcmpl-1", model="gpt", origin="openai_chat", choices=(choice,), usage=USAGE
    )


def written(response: Response) -> tuple[dict[str, Any], list[str]]:
    encoded = CODEC.encode_response(response, Reply(request_id="req_9"))
    read_whole(encoded.body)
    return json.loads(encoded.body), [str(loss) for loss in encoded.losses]


def test_an_answer_with_everything_that_has_a_place() -> None:
    body, losses = written(
        answer(
            Reasoning(summary=("one", "two"), state=Opaque(origin="openai_responses", value="gA")),
            Text(text="hi"),
            ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}'),
            ToolCall(id="call_2", name="weather", arguments=""),
            stop="tool_calls",
        )
    )
    assert losses == []
    assert body == {
        "id": "msg_chatcmpl-1",
        "type": "message",
        "role": "assistant",
        "model": "gpt",
        "content": [
            {
                "type": "thinking",
                "thinking": "one\n\ntwo",
                "signature": "dt1.s.openai_responses.gA",
            },
            {"type": "text", "text": "hi"},
            {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Paris"}},
            {"type": "tool_use", "id": "call_2", "name": "weather", "input": {}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 5,
            "cache_creation_input_tokens": 5,
            "cache_read_input_tokens": 4,
            "output_tokens": 13,
            "output_tokens_details": {"thinking_tokens": 6},
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 2},
        },
    }


def test_state_of_another_platform_comes_back_with_the_clients_next_request() -> None:
    states = (
        Opaque(origin="openai_responses", value="gA", kind="encrypted"),
        Opaque(origin="bedrock_converse", value="cmVk", kind="redacted"),
        Opaque(origin="anthropic_messages", value="SIGNED"),
    )
    body, _ = written(answer(*(Reasoning(text="t", state=state) for state in states)))
    assert [block["type"] for block in body["content"]] == [
        "thinking",
        "redacted_thinking",
        "thinking",
    ]
    asked = {"model": "m", "messages": [{"role": "assistant", "content": body["content"]}]}
    request = CODEC.decode_request(json.dumps(asked).encode())
    back = [part.state for part in request.turns[0].parts if isinstance(part, Reasoning)]
    assert back == list(states)


@pytest.mark.parametrize(
    ("stop", "word", "losses"),
    [
        ("end", "end_turn", []),
        ("length", "max_tokens", []),
        ("stop_sequence", "stop_sequence", []),
        ("tool_calls", "tool_use", []),
        ("pause", "pause_turn", []),
        ("refusal", "refusal", []),
        ("content_filter", "refusal", []),
        ("context_window", "model_context_window_exceeded", []),
        ("malformed", "end_turn", ["stop_reason@choices[0].stop"]),
        ("cancelled", "end_turn", ["stop_reason@choices[0].stop"]),
        ("error", "end_turn", ["stop_reason@choices[0].stop"]),
        ("other", "end_turn", ["stop_reason@choices[0].stop"]),
        (None, "end_turn", []),
    ],
)
def test_why_it_ended(stop: StopReason | None, word: str, losses: list[str]) -> None:
    body, lost = written(answer(Text(text="hi"), stop=stop))
    assert (body["stop_reason"], lost) == (word, losses)
    assert ("stop_details" in body) is (word == "refusal")


@pytest.mark.parametrize("stop", ["end", None])
def test_a_call_ends_the_turn_whatever_the_platform_said(stop: StopReason | None) -> None:
    body, _ = written(answer(ToolCall(id="a", name="b", arguments="{}"), stop=stop))
    assert body["stop_reason"] == "tool_use"


def test_refusals_and_filters() -> None:
    refused, losses = written(answer(Refusal(text="I will not.")))
    assert refused["content"] == [{"type": "text", "text": "I will not."}]
    assert refused["stop_reason"] == "refusal"
    assert refused["stop_details"] == {"type": "refusal", "category": None, "explanation": None}
    assert losses == []
    known, _ = written(answer(stop="refusal", stop_detail="cyber"))
    assert known["stop_details"]["category"] == "cyber"
    found = ContentFilter(dialect="openai_chat", stage="output", name="filters", value={})
    blocked = Response(
        id="", model="gpt", origin="openai_chat", choices=(), filters=(found,), usage=None
    )
    body, losses = written(blocked)
    assert (body["id"], body["content"], body["stop_reason"]) == ("msg_req_9", [], "refusal")
    assert body["usage"]["input_tokens"] == 0
    assert losses == ["content_filter@filters"]


def test_what_an_answer_of_messages_cannot_say_is_named() -> None:
    sound = Inline(media_type="audio/wav", data="QUJD")
    logprobs = (TokenLogprob(token="a", logprob=-0.1),)
    state = Opaque(origin="gemini_generate", value="sig")
    other = Choice(parts=(Text(text="two"),), index=1)
    first = answer(
        Text(text="hi", logprobs=logprobs, state=state),
        Media(kind="audio", source=sound, transcript="spoken"),
        Media(kind="image", source=Inline(media_type="image/png", data="QUJD")),
        Native(dialect="openai_responses", name="web_search_call", value={}),
        ToolCall(id="a", name="b", arguments="[1]", state=state),
        ToolCall(id="c", name="d", arguments="free", kind="custom"),
        ToolResult(call_id="a"),
        Refusal(text="no", logprobs=logprobs),
        Reasoning(),
    )
    usage = Usage(audio_input_tokens=2, cache_write_30m_tokens=1)
    response = Response(
        id="msg_1",
        model="gpt",
        origin="openai_chat",
        choices=(*first.choices, other),
        usage=usage,
    )
    body, losses = written(response)
    assert [block["type"] for block in body["content"]] == [
        "text",
        "text",
        "tool_use",
        "tool_use",
        "text",
    ]
    assert [block.get("input") for block in body["content"][2:4]] == [{"_": "[1]"}, {"_": "free"}]
    assert body["usage"]["input_tokens"] == 2
    assert losses == [
        "logprobs@choices[0].parts[0].logprobs",
        "reasoning_state@choices[0].parts[0].state",
        "audio_output@choices[0].parts[1]",
        "image@choices[0].parts[2]",
        "native_part@choices[0].parts[3]",
        "tools@choices[0].parts[4].arguments",
        "reasoning_state@choices[0].parts[4].state",
        "tools@choices[0].parts[5].arguments",
        "native_part@choices[0].parts[6]",
        "logprobs@choices[0].parts[7].logprobs",
        "choices@choices[1]",
        "usage_class@usage.audio_input_tokens",
        "usage_class@usage.cache_write_30m_tokens",
    ]


def test_citations_of_the_web() -> None:
    cited = Citation(kind="url", url="https://example.com", title="Example", start=0, end=2)
    body, losses = written(answer(Text(text="hi", citations=(cited,))))
    assert body["content"][0]["citations"] == [
        {
            "type": "web_search_result_location",
            "cited_text": "",
            "encrypted_index": "",
            "url": "https://example.com",
            "title": "Example",
        }
    ]
    assert losses == ["citations@choices[0].parts[0].citations"]


ANSWERS: list[dict[str, Any]] = [
    {},
    {"stop_details": None},
    {"stop_reason": "compaction"},
    {"stop_reason": "brand_new"},
    {"stop_reason": "refusal"},
    {"stop_reason": "refusal", "stop_details": {"type": "refusal", "recommended_model": "x"}},
    {"stop_reason": None, "stop_sequence": None},
    {"usage": None},
    {"usage": {"input_tokens": -1, "output_tokens": True}},
    {"usage": {"input_tokens": 1, "output_tokens": 2, "brand_new": 3}},
    {"container": {"id": "c"}, "context_management": {"applied_edits": []}, "new": [1]},
    {"content": [{"type": "brand_new", "x": 1}]},
    {"content": [{"type": "tool_use", "id": "a", "name": "b", "input": {}, "caller": {}}]},
    {"content": [{"type": "text", "text": "", "citations": [{"type": "new", "x": 1}]}]},
]


@pytest.mark.parametrize("members", ANSWERS)
def test_its_own_answers_come_back_as_they_were(members: dict[str, Any]) -> None:
    body: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    body |= {"content": []} | members
    response = CODEC.decode_response(json.dumps(body).encode())
    encoded = CODEC.encode_response(response, Reply())
    assert json.loads(encoded.body) == body
    assert encoded.losses == ()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"{}", "`id`"),
        (b'{"type":"error","error":{}}', "`type`"),
        (b'{"id":"a","model":"m","content":[1]}', "`content[0]`"),
        (b'{"id":"a","model":"m","content":[{}]}', "`content[0].type`"),
        (b'{"id":"a","model":"m","content":[{"type":"text"}]}', "`content[0].text`"),
        (b'{"id":"a","model":"m","content":' + b"[" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_answer_is_the_providers_fault(body: bytes, where: str) -> None:
    with pytest.raises(ProviderFault) as caught:
        CODEC.decode_response(body)
    assert where in caught.value.failure.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("type", "id", "text", "content", "source", "usage", "name", "input")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {"id": st.just("a"), "model": st.just("m"), "content": JSON},
        optional={"usage": JSON, "stop_reason": JSON, "stop_details": JSON, "type": JSON},
    )
)
def test_any_json_is_an_answer_or_the_providers_fault(body: dict[str, Any]) -> None:
    try:
        response = CODEC.decode_response(json.dumps(body).encode())
    except ProviderFault:
        return
    CODEC.encode_response(response, Reply())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_an_answer_or_the_providers_fault(body: bytes) -> None:
    with pytest.raises(ProviderFault):
        CODEC.decode_response(b"{" + body)


def test_members_that_only_another_platform_has_are_named() -> None:
    extras = Extras(dialect="openai_chat", members={"brand_new": 1})
    response = answer(Text(text="a"), extras=extras)
    losses = CODEC.encode_response(response, Reply()).losses
    assert [str(loss) for loss in losses] == ["unknown_member@brand_new"]
