"""What Google's platforms stream, as canonical events."""

import json
from typing import Any

import pytest
from google.genai import errors

from detente.canonical.content import (
    Citation,
    Native,
    Opaque,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Failed,
    Filtered,
    PartGiven,
    PartStarted,
    PartStopped,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from tests.dialects.gemini_generate.sdk import read_stream, written
from tests.dialects.gemini_generate.streams import (
    START,
    STOP,
    USAGE,
    D,
    chunk_of,
    events_in,
    stream_of,
    text,
)


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
