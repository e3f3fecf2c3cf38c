"""Canonical events as streams that Google's SDK reads."""

import json

import pytest
from google.genai import errors

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Filtered,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import Failure
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.sdk import client_of, cut, read_stream, said, written
from tests.dialects.gemini_generate.streams import (
    START,
    STOP,
    USAGE,
    chunk_of,
    text,
)


def test_events_are_unnamed_with_one_space_and_nothing_between() -> None:
    body = written([START, Pinged(), *text("é"), STOP, UsageReported(usage=USAGE), Ended()])
    assert cut(body) == [
        ("", chunk_of({"text": "é"})),
        (
            "",
            {
                **chunk_of({"text": ""}, finishReason="STOP"),
                "usageMetadata": {
                    "promptTokenCount": 3,
                    "candidatesTokenCount": 4,
                    "totalTokenCount": 7,
                },
            },
        ),
    ]
    assert written([START, Pinged()]) == b""


def test_what_the_sdk_reads_of_a_stream() -> None:
    foreign = Opaque(origin="openai_responses", value="enc", kind="encrypted")
    events: list[Event] = [
        START,
        PartStarted(kind="summary", index=0),
        Delta(kind="summary", index=0, text="first"),
        PartStopped(index=0),
        PartStarted(kind="summary", index=1),
        Delta(kind="summary", index=1, text="second"),
        StateGiven(index=1, state=foreign),
        PartStopped(index=1),
        *text("hello", index=2),
        PartStarted(kind="refusal", index=3),
        Delta(kind="refusal", index=3, text=" no"),
        PartStopped(index=3),
        PartStarted(kind="tool_call", index=4, id="c1", name="f"),
        PartStarted(kind="tool_call", index=5, id="c2", name="g"),
        Delta(kind="tool_call", index=4, text='{"a":'),
        Delta(kind="tool_call", index=5, text="{}"),
        PartStopped(index=5),
        Delta(kind="tool_call", index=4, text="1}"),
        PartStopped(index=4),
        Stopped(stop="tool_calls"),
        UsageReported(usage=USAGE),
        Ended(),
    ]
    body = written(events)
    assert said(read_stream(body)) == {
        "text": "hello no",
        "thought": "first\n\nsecond",
        "calls": [("c1", "f", {"a": 1}), ("c2", "g", {})],
        "stop": "STOP",
        "tokens": 7,
    }
    signatures = [
        part["thoughtSignature"]
        for _, chunk in cut(body)
        for part in chunk["candidates"][0]["content"]["parts"]
        if "thoughtSignature" in part
    ]
    assert signatures == [
        "ZHQxLmUub3BlbmFpX3Jlc3BvbnNlcy5lbmM=",
        "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
    ]


def test_a_chat_of_the_sdk_keeps_what_was_streamed() -> None:
    """Its history is valid only where every chunk has content."""
    body = written([START, *text("hello"), STOP, Ended()])
    client, wire = client_of(body)
    chat = client.chats.create(model="m")
    list(chat.send_message_stream("hi"))  # pyright: ignore[reportUnknownMemberType] -- its images have no types
    list(chat.send_message_stream("more"))  # pyright: ignore[reportUnknownMemberType] -- as above
    request = CODEC.decode_request(wire.body, model="m")
    assert [turn.role for turn in request.turns] == ["user", "assistant", "assistant", "user"]
    assert len(chat.get_history(curated=True)) == 6


def test_sources_sounds_and_what_cannot_be_said() -> None:
    image = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    foreign = ContentFilter(dialect="openai_chat", stage="output", name="results", value={})
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(
        [
            START,
            PartStarted(kind="text", index=0),
            Delta(
                kind="text",
                index=0,
                text="ab",
                logprobs=(TokenLogprob(token="ab", logprob=-1.0),),
            ),
            Cited(index=0, citation=Citation(kind="url", url="https://a.test", start=0, end=2)),
            PartStopped(index=0),
            PartStarted(kind="audio", index=1),
            Delta(kind="audio", index=1, text="aGk="),
            PartStopped(index=1),
            PartGiven(index=2, part=image),
            PartGiven(index=3, part=Native(dialect="openai_chat", name="odd", value={})),
            Filtered(filter=foreign, choice=0),
            Filtered(filter=foreign),
            Stopped(stop="refusal", stop_detail="cyber"),
            UsageReported(usage=Usage(cache_write_1h_tokens=2)),
            Ended(),
        ]
    )
    assert [(loss.what, loss.path) for loss in encoder.losses] == [
        ("native_part", "choices[0].parts[3]"),
        ("content_filter", "choices[0].filters.results"),
        ("content_filter", "filters.results"),
        ("stop_reason", "choices[0].stop"),
        ("usage_class", "usage.cache_write_tokens"),
    ]
    first, sound, shown, last = [chunk["candidates"][0] for _, chunk in cut(body)]
    assert first["logprobsResult"]["chosenCandidates"][0]["token"] == "ab"
    assert sound["content"]["parts"][0]["inlineData"]["mimeType"].startswith("audio/L16")
    assert shown["content"]["parts"][0]["inlineData"]["mimeType"] == "image/png"
    assert (last["finishReason"], last["finishMessage"]) == ("SAFETY", "cyber")
    assert last["groundingMetadata"]["groundingSupports"][0]["segment"]["text"] == "ab"
    assert len(read_stream(body)) == 4


def test_nothing_but_the_end_ends_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed([START, *text("a"), STOP, UsageReported(usage=USAGE)])
    assert b"finishReason" not in body
    failure = Failure(code="upstream_failed", message="it broke", blame="provider", status=502)
    told = encoder.fail(failure, request_id="req_1", decision_id="d1")
    assert encoder.feed([Ended()]) == b""
    client, _ = client_of(body + told)
    stream = client.models.generate_content_stream(model="m", contents="hi")  # pyright: ignore[reportUnknownMemberType] -- its images have no types
    with pytest.raises(errors.ServerError) as fault:
        list(stream)
    assert fault.value.code == 502
    reason = json.loads(told.strip().removeprefix(b"data: "))["error"]["details"][0]
    assert reason["reason"] == "upstream_failed"
    assert reason["metadata"] == {"request": "req_1", "decision": "d1"}


def test_frames_of_others_are_skipped() -> None:
    events: list[Event] = [
        START,
        Framed(dialect="openai_chat", name="", members={"a": 1}),
        *text("a"),
        STOP,
        Ended(),
    ]
    assert said(read_stream(written(events)))["text"] == "a"


def test_calls_that_were_cut_are_named() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(
        [
            START,
            PartStarted(kind="tool_call", index=0, id="c", name="f"),
            Delta(kind="tool_call", index=0, text='{"a":'),
            Stopped(stop="length"),
            Ended(),
        ]
    )
    assert said(read_stream(body))["calls"] == [("c", "f", {"_": '{"a":'})]
    assert [loss.what for loss in encoder.losses] == ["tools"]


def test_a_custom_call_has_its_text_as_input() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(
        [
            START,
            PartStarted(kind="custom_call", index=0, id="c", name="free"),
            Delta(kind="custom_call", index=0, text="words"),
            PartStopped(index=0),
        ]
    )
    assert said(read_stream(body))["calls"] == [("c", "free", {"input": "words"})]
    assert [loss.what for loss in encoder.losses] == ["custom_tool"]
    assert ToolCall(id="c", name="free", arguments="words", kind="custom").kind == "custom"


def test_a_call_that_a_filter_cut_off_is_not_given() -> None:
    body = written(
        [
            START,
            PartStarted(kind="tool_call", index=0, id="c", name="f"),
            Delta(kind="tool_call", index=0, text='{"a":'),
            PartStarted(kind="tool_call", index=0, choice=1, id="d", name="other"),
            Stopped(stop="content_filter"),
            Stopped(stop="end", choice=1),
            Ended(),
        ]
    )
    assert b'"f"' not in body
    assert b'"other"' in body
    assert b'"SAFETY"' in body
