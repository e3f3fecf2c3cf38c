"""Streams for clients: the official SDK's helper reads every one of them."""

import json
from typing import Any

import anthropic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Extras
from detente.canonical.failure import Failure
from detente.canonical.response import ContentFilter, StopReason
from detente.canonical.usage import Usage
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.codec import Reply
from tests.dialects.anthropic_messages.sdk import read_stream

START = Started(id="chatcmpl-1", model="gpt")
USAGE = UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2))
END: tuple[Event, ...] = (USAGE, Ended())


def part(kind: PartKind, index: int, *texts: str, **members: Any) -> list[Event]:
    """A whole part in pieces."""
    return [
        PartStarted(kind=kind, index=index, **members),
        *(Delta(kind=kind, index=index, text=text) for text in texts),
        PartStopped(index=index),
    ]


def written(*events: Event) -> tuple[bytes, list[str]]:
    """The stream, fed event by event, and its losses."""
    encoder = CODEC.stream_encoder(Reply(request_id="req_9"))
    body = b"".join([encoder.feed([event]) for event in events])
    return body, [str(loss) for loss in encoder.losses]


def names(body: bytes) -> list[str]:
    return [line[7:].decode() for line in body.splitlines() if line.startswith(b"event: ")]


def datas(body: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: ")]


def test_an_answer_with_thought_text_and_parallel_calls() -> None:
    state = Opaque(origin="openai_responses", value="gA", kind="encrypted")
    thought = part("summary", 0, "I ", "think")
    thought.insert(-1, StateGiven(index=0, state=state))
    body, losses = written(
        START,
        *thought,
        *part("text", 1, "Hel", "", "lo"),
        PartStarted(kind="tool_call", index=2, id="call_1", name="weather"),
        PartStarted(kind="tool_call", index=3, id="call_2", name="weather"),
        Delta(kind="tool_call", index=3, text='{"city":'),
        Delta(kind="tool_call", index=2, text='{"city":"Paris"}'),
        Delta(kind="tool_call", index=3, text='"Rome"}'),
        Stopped(stop="tool_calls"),
        *END,
    )
    assert losses == []
    assert names(body) == [
        "message_start",
        *("content_block_start", *("content_block_delta",) * 3, "content_block_stop"),
        *("content_block_start", *("content_block_delta",) * 2, "content_block_stop"),
        *("content_block_start", "content_block_delta", "content_block_stop"),
        *("content_block_start", *("content_block_delta",) * 2, "content_block_stop"),
        "message_delta",
        "message_stop",
    ]
    message = read_stream(body)
    assert message.to_dict() == {
        "id": "msg_chatcmpl-1",
        "type": "message",
        "role": "assistant",
        "model": "gpt",
        "content": [
            {
                "type": "thinking",
                "thinking": "I think",
                "signature": "dt1.e.openai_responses.gA",
            },
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Paris"}},
            {"type": "tool_use", "id": "call_2", "name": "weather", "input": {"city": "Rome"}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 3,
            "output_tokens": 2,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        },
    }


def test_usage_that_is_known_first_is_told_first() -> None:
    encoder = CODEC.stream_encoder(Reply())
    first = encoder.feed([Started(id="msg_1", model="m", service_tier="priority"), USAGE])
    told = datas(first)[0]["message"]
    assert (told["id"], told["usage"]["input_tokens"]) == ("msg_1", 3)
    assert told["usage"]["service_tier"] == "priority"


def test_what_comes_whole_is_unfolded() -> None:
    cited = Citation(kind="url", url="https://example.com")
    server: dict[str, Any] = {
        "type": "server_tool_use",
        "id": "s",
        "name": "web_search",
        "input": {"q": 1},
    }
    hidden = Opaque(origin="anthropic_messages", value="HIDDEN", kind="redacted")
    given_parts = (
        Text(text="hi", citations=(cited,)),
        Reasoning(text="t", state=Opaque(origin="anthropic_messages", value="SIGNED")),
        Reasoning(state=hidden),
        Native(dialect="anthropic_messages", name="server_tool_use", value=server),
        ToolCall(id="a", name="b", arguments='{"x":1}'),
        Reasoning(text="unsigned"),
    )
    events = [PartGiven(index=at, part=part) for at, part in enumerate(given_parts)]
    body, losses = written(START, *events, Stopped(stop="end"), *END)
    assert losses == []
    content = [block.to_dict() for block in read_stream(body).content]
    assert [block["type"] for block in content] == [
        "text",
        "thinking",
        "redacted_thinking",
        "server_tool_use",
        "tool_use",
        "thinking",
    ]
    assert content[0]["citations"][0]["url"] == "https://example.com"  # type: ignore[index] -- a list
    assert (content[1]["signature"], content[2]["data"]) == ("SIGNED", "HIDDEN")
    assert (content[3]["input"], content[4]["input"]) == ({"q": 1}, {"x": 1})
    assert content[5]["signature"] == ""


def test_state_that_a_part_begins_with() -> None:
    hidden = Opaque(origin="anthropic_messages", value="HIDDEN", kind="redacted")
    signed = Opaque(origin="gemini_generate", value="sig")
    body, losses = written(
        START,
        *part("reasoning", 0, state=hidden),
        *part("reasoning", 1, "t", state=signed),
        *part("tool_call", 2, "{}", id="a", name="b", state=signed),
        *part("text", 3, "x"),
        Stopped(stop="end"),
        *END,
    )
    content = [block.to_dict() for block in read_stream(body).content]
    assert content[0] == {"type": "redacted_thinking", "data": "HIDDEN"}
    assert content[1]["signature"] == "dt1.s.gemini_generate.sig"
    assert losses == ["reasoning_state@choices[0].parts[2].state"]


def test_a_thought_of_which_only_the_signature_came_is_kept() -> None:
    signed = Opaque(origin="anthropic_messages", value="SIGNED")
    thought = part("reasoning", 0)
    thought.insert(1, StateGiven(index=0, state=signed))
    body, losses = written(START, *thought, *part("text", 1, "hi"), Stopped(stop="end"), *END)
    assert losses == []
    assert read_stream(body).content[0].to_dict() == {
        "type": "thinking",
        "thinking": "",
        "signature": "SIGNED",
    }


def test_free_text_for_a_tool_is_wrapped_as_it_comes() -> None:
    body, _ = written(
        START,
        *part("custom_call", 0, 'say "hi"', "\n", "\\", id="a", name="b"),
        Stopped(stop="tool_calls"),
        *END,
    )
    assert read_stream(body).content[0].to_dict()["input"] == {"_": 'say "hi"\n\\'}


def test_a_call_without_arguments_has_an_empty_object() -> None:
    body, _ = written(START, *part("tool_call", 0, id="a", name="b"), Stopped(stop="end"), *END)
    message = read_stream(body)
    assert message.content[0].to_dict()["input"] == {}
    assert message.stop_reason == "tool_use"


def test_refusals() -> None:
    body, _ = written(START, *part("refusal", 0, "I will not."), Stopped(stop="end"), *END)
    message = read_stream(body)
    assert message.stop_reason == "refusal"
    assert message.stop_details is not None
    assert message.content[0].to_dict() == {"type": "text", "text": "I will not."}
    given_whole = PartGiven(index=0, part=Refusal(text="no"))
    body, _ = written(START, given_whole, Stopped(stop="end"), *END)
    assert read_stream(body).stop_reason == "refusal"
    filtered = Stopped(stop="content_filter", stop_detail="hate")
    body, _ = written(START, *part("text", 0, "a"), filtered, *END)
    details = read_stream(body).stop_details
    assert details is not None
    assert details.explanation == "hate"


def test_what_the_stream_cannot_say_is_named_once() -> None:
    logprobs = (TokenLogprob(token="a", logprob=-0.1),)
    cited = Citation(kind="url", url="https://example.com", start=0, end=1)
    state = Opaque(origin="gemini_generate", value="sig")
    found = ContentFilter(dialect="openai_chat", stage="output", name="filters", value={})
    png = Inline(media_type="image/png", data="QUJD")
    body, losses = written(
        START,
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="a", logprobs=logprobs),
        Delta(kind="text", index=0, text="b", logprobs=logprobs),
        Cited(index=0, citation=cited),
        StateGiven(index=0, state=state),
        PartStopped(index=0),
        *part("audio", 1, "QUJD"),
        PartGiven(index=2, part=Media(kind="image", source=png)),
        PartStarted(kind="tool_call", index=3, id="a", name="b"),
        Cited(index=3, citation=cited),
        PartStopped(index=3),
        Filtered(filter=found),
        PartStarted(kind="text", index=0, choice=1),
        Delta(kind="text", index=0, choice=1, text="other"),
        StateGiven(index=0, choice=1, state=state),
        Cited(index=0, choice=1, citation=cited),
        PartStopped(index=0, choice=1),
        PartGiven(index=1, choice=1, part=Text(text="x")),
        Stopped(stop="end", choice=1),
        Stopped(stop="malformed"),
        UsageReported(usage=Usage(audio_output_tokens=4)),
        Ended(),
    )
    message = read_stream(body)
    assert [block.type for block in message.content] == ["text", "tool_use"]
    assert message.usage.output_tokens == 4
    assert losses == [
        "logprobs@choices[0].logprobs",
        "citations@choices[0].parts[0]",
        "reasoning_state@choices[0].parts[0].state",
        "audio_output@choices[0].parts[1]",
        "image@choices[0].parts[2]",
        "citations@choices[0].parts[3]",
        "content_filter@filters",
        "choices@choices[1]",
        "stop_reason@choices[0].stop",
        "usage_class@usage.audio_output_tokens",
    ]


def test_an_end_without_a_reason_closes_what_is_open() -> None:
    body, _ = written(
        START, PartStarted(kind="text", index=0), Delta(kind="text", index=0, text="a"), Ended()
    )
    message = read_stream(body)
    assert (message.stop_reason, message.content[0].to_dict()["text"]) == ("end_turn", "a")


@pytest.mark.parametrize(
    ("reason", "word"),
    [("length", "max_tokens"), ("content_filter", "refusal"), ("stop_sequence", "stop_sequence")],
)
def test_a_reason_that_comes_with_the_end_is_told(reason: StopReason, word: str) -> None:
    events = [START, *part("text", 0, "Hi"), Stopped(stop=reason), *END]
    body = CODEC.stream_encoder(Reply()).feed(events)
    assert read_stream(body).stop_reason == word


def test_a_stream_without_a_start_is_given_one() -> None:
    body, _ = written(*part("text", 0, "a"), Ended())
    assert read_stream(body).id == "msg_req_9"


def test_a_broken_stream_is_no_clean_end() -> None:
    encoder = CODEC.stream_encoder(Reply(request_id="req_9"))
    body = encoder.feed([START, *part("text", 0, "a")])
    failure = Failure(code="upstream_failed", message="it broke", blame="provider", status=502)
    body += encoder.fail(failure, request_id="req_9", decision_id="dec_1")
    assert b"message_stop" not in body
    with pytest.raises(anthropic.APIStatusError, match="it broke"):
        read_stream(body)


def test_an_error_inside_the_stream_ends_it() -> None:
    failed = Failed(code="overloaded_error", message="too busy", status=529)
    body, _ = written(START, Pinged(), failed, *part("text", 0, "late"), Ended())
    assert names(body) == ["message_start", "ping", "error"]
    assert datas(body)[-1]["error"]["type"] == "overloaded_error"
    with pytest.raises(anthropic.APIStatusError, match="too busy"):
        read_stream(body)


def test_a_cut_stream_does_not_pass_for_a_whole_one() -> None:
    body, _ = written(START, *part("text", 0, "a"), Stopped(stop="end"), USAGE)
    assert names(body)[-1] == "content_block_stop"


def test_frames_of_its_own_are_repeated_and_others_skipped() -> None:
    other = Framed(dialect="openai_chat", name="chunk", members={"x": 1})
    body, _ = written(START, other, Ended())
    assert names(body) == ["message_start", "message_delta", "message_stop"]
    encoder = CODEC.stream_encoder(Reply())
    framed = Framed(dialect="anthropic_messages", name="", members={"type": "brand_new"})
    assert encoder.feed([framed]) == b'data: {"type":"brand_new"}\n\n'
    delta = Framed(
        dialect="anthropic_messages", name="content_block_delta", members={"delta": {"new": 1}}
    )
    assert datas(encoder.feed([delta, Delta(kind="text", index=4, text="a")])) == [
        {
            "type": "content_block_delta",
            "index": 4,
            "delta": {"type": "text_delta", "text": "a", "new": 1},
        }
    ]


def test_the_rest_of_a_call_of_its_own_is_laid_over() -> None:
    extras = Extras(dialect="anthropic_messages", spelling={"caller": {"type": "direct"}})
    body, _ = written(START, *part("tool_call", 0, "{}", id="a", name="b", extras=extras), Ended())
    assert read_stream(body).content[0].to_dict()["caller"] == {"type": "direct"}


KINDS: st.SearchStrategy[PartKind] = st.sampled_from(
    ("text", "refusal", "reasoning", "summary", "tool_call", "custom_call", "audio")
)


@st.composite
def interleaved(draw: st.DrawFn) -> list[Event]:
    """Parts whose deltas come in any order."""
    kinds = draw(st.lists(KINDS, max_size=5))
    events: list[Event] = [START]
    for index, kind in enumerate(kinds):
        events.append(PartStarted(kind=kind, index=index, id=f"call_{index}", name="tool"))
        if draw(st.booleans()):
            events.append(PartStopped(index=index))
            continue
        for other in range(index + 1):
            if PartStopped(index=other) not in events and draw(st.booleans()):
                text = "{}" if kinds[other] == "tool_call" else draw(st.text(max_size=3))
                if kinds[other] != "tool_call" or not any(
                    isinstance(event, Delta) and event.index == other for event in events
                ):
                    events.append(Delta(kind=kinds[other], index=other, text=text))
    return [*events, Stopped(stop="end"), *END]


@settings(max_examples=80, deadline=None)
@given(interleaved())
def test_every_lawful_stream_is_read_by_the_sdk(events: list[Event]) -> None:
    body, _ = written(*events)
    kinds = [event.kind for event in events if isinstance(event, PartStarted)]
    message = read_stream(body)
    assert len(message.content) == len([kind for kind in kinds if kind != "audio"])
    assert message.usage.output_tokens == 2


def test_lifetimes_of_cache_writes_are_told_at_the_start_or_not_at_all() -> None:
    usage = UsageReported(usage=Usage(cache_write_1h_tokens=5))
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed([START, usage, *part("text", 0, "Hi"), Ended()])
    created = read_stream(body).usage.cache_creation
    assert created is not None
    assert (created.ephemeral_1h_input_tokens, encoder.losses) == (5, [])
    body, lost = written(START, *part("text", 0, "Hi"), usage, Ended())
    assert read_stream(body).usage.cache_creation_input_tokens == 5
    assert lost == ["usage_class@usage.cache_write_1h_tokens"]
