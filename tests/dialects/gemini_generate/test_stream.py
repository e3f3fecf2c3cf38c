"""Streams: what Google's platforms send as events, and what its SDK reads of ours."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
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
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.failure import Failure
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.sdk import client_of, cut, read_stream, said, written

D = "gemini_generate"
START = Started(id="r", model="m")
STOP = Stopped(stop="end")
USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=4)


def stream_of(*chunks: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def chunk_of(*parts: Any, **members: Any) -> dict[str, Any]:
    """One event with those parts; `members` are the candidate's."""
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0, **members}
    return {"candidates": [candidate], "modelVersion": "m", "responseId": "r"}


def events_in(body: bytes, *, frames: bool = False) -> list[Event]:
    decoder = CODEC.stream_decoder(id_prefix="call_r", frames=frames)
    return decoder.feed(body) + decoder.close()


def text(said: str, index: int = 0) -> list[Event]:
    return [
        PartStarted(kind="text", index=index),
        Delta(kind="text", index=index, text=said),
        PartStopped(index=index),
    ]


def test_pieces_of_a_text_are_one_part() -> None:
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7}
    body = stream_of(
        {**chunk_of({"text": "a"}), "usageMetadata": {"promptTokenCount": 3}},
        {**chunk_of({"text": "b"}), "usageMetadata": {"promptTokenCount": 3}},
        {**chunk_of({"text": ""}, finishReason="STOP"), "usageMetadata": usage},
    )
    assert events_in(body) == [
        START,
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="a"),
        UsageReported(usage=Usage(uncached_input_tokens=3)),
        Delta(kind="text", index=0, text="b"),
        PartStopped(index=0),
        STOP,
        UsageReported(usage=USAGE),
        Ended(),
    ]


def test_thoughts_calls_and_state() -> None:
    call = {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "AAEC"}
    body = stream_of(
        chunk_of({"text": "hm", "thought": True}),
        chunk_of({"text": "so"}),
        chunk_of({"text": "", "thoughtSignature": "AAED"}),
        chunk_of(call, {"functionCall": {"id": "x", "name": "g"}}),
        chunk_of({"executableCode": {"code": "1"}}, finishReason="STOP"),
    )
    native: Obj = {"executableCode": {"code": "1"}}
    assert events_in(body) == [
        START,
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="hm"),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="so"),
        StateGiven(index=1, state=Opaque(origin=D, value="AAED")),
        PartStopped(index=1),
        PartStarted(
            kind="tool_call",
            index=2,
            id="call_r_0",
            name="f",
            state=Opaque(origin=D, value="AAEC"),
        ),
        Delta(kind="tool_call", index=2, text='{"a":1}'),
        PartStopped(index=2),
        PartStarted(kind="tool_call", index=3, id="x", name="g"),
        Delta(kind="tool_call", index=3, text="{}"),
        PartStopped(index=3),
        PartGiven(index=4, part=Native(dialect=D, name="executableCode", value=native)),
        Stopped(stop="tool_calls"),
        Ended(),
    ]


def test_arguments_in_pieces_are_a_whole_call() -> None:
    def piece(path: str, said: str, *, more: bool) -> dict[str, Any]:
        return {"jsonPath": path, "stringValue": said, "willContinue": more}

    body = stream_of(
        chunk_of({"functionCall": {"id": "c", "name": "f", "willContinue": True}}),
        chunk_of(
            {
                "functionCall": {
                    "partialArgs": [piece("$.city", "Par", more=True)],
                    "willContinue": True,
                }
            }
        ),
        chunk_of(
            {
                "functionCall": {
                    "partialArgs": [
                        piece("$.city", "is", more=False),
                        {"jsonPath": "$.days[0].n", "numberValue": 2},
                    ],
                    "willContinue": True,
                }
            }
        ),
        chunk_of({"functionCall": {}}, finishReason="STOP"),
    )
    deltas = [event for event in events_in(body) if isinstance(event, Delta)]
    assert [json.loads(delta.text) for delta in deltas] == [{"city": "Paris", "days": [{"n": 2}]}]
    assert Stopped(stop="tool_calls") in events_in(body)


def test_sources_are_told_once() -> None:
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a.test", "title": "A"}}],
        "groundingSupports": [
            {"segment": {"endIndex": 2, "text": "ab"}, "groundingChunkIndices": [0]}
        ],
    }
    body = stream_of(
        chunk_of({"text": "a"}, groundingMetadata={}),
        chunk_of({"text": "b"}, groundingMetadata=grounding),
        chunk_of({"text": ""}, groundingMetadata=grounding, finishReason="STOP"),
    )
    cited = [event for event in events_in(body) if isinstance(event, Cited)]
    citation = Citation(kind="url", url="https://a.test", title="A", start=0, end=2)
    assert cited == [Cited(index=0, citation=citation)]


def test_several_candidates_end_each_for_itself() -> None:
    def one(index: int, **members: Any) -> dict[str, Any]:
        return {"content": {"parts": [{"text": str(index)}]}, "index": index, **members}

    body = stream_of(
        {"candidates": [one(0), one(1)], "responseId": "r", "modelVersion": "m"},
        {"candidates": [one(0, finishReason="STOP")]},
    )
    assert not any(isinstance(event, Ended) for event in events_in(body))
    whole = body + stream_of({"candidates": [one(1, finishReason="MAX_TOKENS")]})
    events = events_in(whole)
    stops = [(event.choice, event.stop) for event in events if isinstance(event, Stopped)]
    assert stops == [(0, "end"), (1, "length")]
    assert events[-1] == Ended()


@pytest.mark.parametrize("cut_at", [1, 30, 90])
def test_a_stream_that_was_cut_has_no_end(cut_at: int) -> None:
    body = stream_of(chunk_of({"text": "a"}), chunk_of({"text": "b"}, finishReason="STOP"))
    assert events_in(body)[-1] == Ended()
    assert Ended() not in events_in(body[:-cut_at] if cut_at > 1 else body[: body.index(b"STOP")])


def test_no_finish_reason_is_no_end_whatever_was_said() -> None:
    body = stream_of({**chunk_of({"text": "a"}), "usageMetadata": {"promptTokenCount": 3}}) * 2
    events = events_in(body)
    assert Ended() not in events
    assert events[-1] == UsageReported(usage=Usage(uncached_input_tokens=3))


def test_a_blocked_prompt_ends_with_a_filter() -> None:
    feedback: Obj = {"blockReason": "SAFETY"}
    body = stream_of({"promptFeedback": feedback, "modelVersion": "m", "responseId": "r"})
    filter_ = ContentFilter(dialect=D, stage="input", name="promptFeedback", value=feedback)
    events = events_in(body)
    stop = Stopped(stop="content_filter", stop_detail="SAFETY")
    assert events == [START, Filtered(filter=filter_), stop, Ended()]
    chunks = read_stream(written(events))
    assert [chunk.candidates for chunk in chunks] == [None, None]
    assert chunks[0].prompt_feedback is not None
    assert chunks[0].prompt_feedback.block_reason == "SAFETY"


def test_an_error_inside_a_stream() -> None:
    error = {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}
    body = stream_of(chunk_of({"text": "a"}), {"error": error}, chunk_of({"text": "b"}))
    events = events_in(body)
    assert events[-1] == Failed(code="UNAVAILABLE", message="overloaded", status=503)
    with pytest.raises(errors.ServerError) as fault:
        read_stream(written(events))
    assert (fault.value.code, fault.value.status) == (503, "UNAVAILABLE")
    assert "overloaded" in str(fault.value)


def test_what_hosts_add_is_skipped() -> None:
    body = b": hello\n\nevent: x\n" + stream_of(chunk_of({"text": "a"}, finishReason="STOP"))
    body = body.replace(b"\n", b"\r\n") + b"data: [DONE]\n\n"
    assert events_in(body) == [START, *text("a"), STOP, Ended()]


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


def test_what_was_changed_on_the_way_is_written_and_the_rest_as_it_came() -> None:
    call = {"functionCall": {"name": "f", "args": {"a": "secret"}}, "thoughtSignature": "AAEC"}
    chunk = {**chunk_of({"text": "secret"}, call, finishReason="STOP", tokenCount=4), "new": 1}
    events = _replaced(events_in(stream_of(chunk), frames=True), "secret", "******")
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(events)
    assert json.dumps(chunk).replace("secret", "******") == json.dumps(cut(body)[0][1])
    assert b"secret" not in body


def test_texts_that_moved_to_another_event_are_not_doubled() -> None:
    body = stream_of(chunk_of({"text": "sec"}), chunk_of({"text": "ret"}, finishReason="STOP"))
    events = list(events_in(body, frames=True))
    at = [index for index, event in enumerate(events) if isinstance(event, Delta)]
    events[at[1]] = Delta(kind="text", index=0, text="******")
    del events[at[0]]
    encoder = CODEC.stream_encoder(Reply())
    told = encoder.feed(events)
    assert said(read_stream(told))["text"] == "******"
    assert b"sec" not in told
    assert b'"STOP"' in told


def _replaced(events: Iterable[Event], before: str, after: str) -> list[Event]:
    return [
        msgspec.structs.replace(event, text=event.text.replace(before, after))
        if isinstance(event, Delta)
        else event
        for event in events
    ]


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
