"""Converse streams as events: blocks of every kind, ends, errors, and what goes wrong."""

import pytest

from detente.canonical.content import Citation, Inline, Media, Native, Opaque
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    PartGiven,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects._framing.aws_events import aws_event
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.bedrock_converse.stream_decoding import OPEN_MAX
from tests.dialects.bedrock_converse.frames import exception, frame

BEGIN = frame("messageStart", {"role": "assistant"})
USAGE: Obj = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
META = frame("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}})
END = frame("messageStop", {"stopReason": "end_turn"}) + META


def start(at: int, told: Obj) -> bytes:
    return frame("contentBlockStart", {"contentBlockIndex": at, "start": told})


def delta(at: int, told: Obj) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": at, "delta": told, "p": "abc"})


def stop(at: int) -> bytes:
    return frame("contentBlockStop", {"contentBlockIndex": at})


def events(*frames: bytes) -> list[Event]:
    decoder = CODEC.stream_decoder()
    return decoder.feed(b"".join(frames)) + decoder.close()


def test_thoughts_text_and_calls() -> None:
    told = events(
        BEGIN,
        delta(0, {"reasoningContent": {"text": "hm"}}),
        delta(0, {"reasoningContent": {"signature": "si"}}),
        delta(0, {"reasoningContent": {"signature": "g"}}),
        stop(0),
        delta(1, {"text": "hi"}),
        stop(1),
        start(2, {"toolUse": {"toolUseId": "t1", "name": "f"}}),
        delta(2, {"toolUse": {"input": '{"a"'}}),
        delta(2, {"toolUse": {"input": ":1}"}}),
        stop(2),
        frame("messageStop", {"stopReason": "tool_use"}),
        META,
    )
    signed = Opaque(origin="bedrock_converse", value="sig")
    assert told == [
        Started(id="", model=""),
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="hm"),
        StateGiven(index=0, state=Opaque(origin="bedrock_converse", value="si")),
        StateGiven(index=0, state=signed),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="hi"),
        PartStopped(index=1),
        PartStarted(kind="tool_call", index=2, id="t1", name="f"),
        Delta(kind="tool_call", index=2, text='{"a"'),
        Delta(kind="tool_call", index=2, text=":1}"),
        PartStopped(index=2),
        Stopped(stop="tool_calls"),
        UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2)),
        Ended(),
    ]


def test_redacted_thoughts_and_citations() -> None:
    told = events(
        delta(0, {"reasoningContent": {"redactedContent": "cmVk"}}),
        stop(0),
        delta(1, {"text": "hi"}),
        delta(1, {"citation": {"title": "T", "location": {"web": {"url": "https://a.example"}}}}),
        stop(1),
    )
    redacted = Opaque(origin="bedrock_converse", value="cmVk", kind="redacted")
    assert StateGiven(index=0, state=redacted) in told
    citation = Citation(kind="url", url="https://a.example", title="T")
    assert Cited(index=1, citation=citation) in told


def test_what_the_platform_does_itself_is_given_whole() -> None:
    told = events(
        start(0, {"toolUse": {"toolUseId": "s", "name": "code", "type": "server_tool_use"}}),
        delta(0, {"toolUse": {"input": '{"x":'}}),
        delta(0, {"toolUse": {"input": "1}"}}),
        stop(0),
        start(1, {"toolResult": {"toolUseId": "s", "status": "success"}}),
        delta(1, {"toolResult": [{"text": "2"}]}),
        stop(1),
        start(2, {"image": {"format": "png"}}),
        delta(2, {"image": {"source": {"bytes": "aGk="}}}),
        delta(2, {"image": {"source": {"bytes": "aGk="}}}),
        stop(2),
    )
    call: Obj = {"toolUseId": "s", "name": "code", "type": "server_tool_use", "input": {"x": 1}}
    result: Obj = {"toolUseId": "s", "status": "success", "content": [{"text": "2"}]}
    assert told == [
        PartGiven(
            index=0,
            part=Native(dialect="bedrock_converse", name="toolUse", value={"toolUse": call}),
        ),
        PartGiven(
            index=1,
            part=Native(
                dialect="bedrock_converse", name="toolResult", value={"toolResult": result}
            ),
        ),
        PartGiven(
            index=2,
            part=Media(kind="image", source=Inline(media_type="image/png", data="aGloaQ==")),
        ),
    ]


def test_a_block_that_changes_its_kind_is_two_parts() -> None:
    told = events(delta(0, {"reasoningContent": {"text": "a"}}), delta(0, {"text": "b"}), stop(0))
    assert [type(event).__name__ for event in told] == [
        "PartStarted",
        "Delta",
        "PartStopped",
        "PartStarted",
        "Delta",
        "PartStopped",
    ]
    assert told[3] == PartStarted(kind="text", index=1)


def test_an_open_block_ends_with_the_answer() -> None:
    told = events(delta(0, {"text": "b"}), frame("messageStop", {"stopReason": "max_tokens"}))
    assert told[-2:] == [PartStopped(index=0), Stopped(stop="length")]


@pytest.mark.parametrize(
    ("word", "stopped"),
    [
        ("stop_sequence", Stopped(stop="stop_sequence", stop_sequence="END")),
        (
            "guardrail_intervened",
            Stopped(stop="content_filter", stop_sequence="END", stop_detail="guardrail_intervened"),
        ),
        ("model_context_window_exceeded", Stopped(stop="context_window", stop_sequence="END")),
        ("brand_new", Stopped(stop="other", stop_sequence="END")),
    ],
)
def test_reasons_to_stop(word: str, stopped: Stopped) -> None:
    fields: Obj = {"stop_sequence": "END"}
    told = events(
        frame("messageStop", {"stopReason": word, "additionalModelResponseFields": fields})
    )
    assert told == [stopped]


def test_a_guardrails_words_and_the_tier() -> None:
    guardrail: Obj = {"inputAssessment": {"g": {}}, "outputAssessments": {"g": []}}
    told = events(
        frame(
            "metadata",
            {"usage": USAGE, "trace": {"guardrail": guardrail}, "serviceTier": {"type": "flex"}},
        )
    )
    asked = ContentFilter(
        dialect="bedrock_converse",
        stage="input",
        name="trace.guardrail",
        value={"inputAssessment": {"g": {}}},
    )
    assert told[0] == Filtered(filter=asked)
    assert isinstance(told[1], Filtered)
    assert (told[1].choice, told[1].filter.stage) == (0, "output")
    assert isinstance(told[2], UsageReported)
    assert told[2].service_tier == "flex"
    assert len(told) == 3, "metadata alone is no end"


def test_the_end_needs_both_its_frames() -> None:
    assert not any(isinstance(event, Ended) for event in events(BEGIN, META))
    assert not any(isinstance(event, Ended) for event in events(BEGIN, END[: -len(META)]))
    assert events(BEGIN, END)[-1] == Ended()
    assert events(BEGIN, END, META).count(Ended()) == 1


@pytest.mark.parametrize(
    ("payload", "name", "failed"),
    [
        (
            {"message": "slow down"},
            "throttlingException",
            Failed(code="throttlingException", message="slow down", status=429),
        ),
        (
            {"message": "it broke", "originalStatusCode": 529},
            "modelStreamErrorException",
            Failed(code="modelStreamErrorException", message="it broke", status=529),
        ),
        (
            {},
            "newException",
            Failed(code="newException", message="the provider broke the stream off", status=502),
        ),
    ],
)
def test_exceptions_end_the_stream(payload: Obj, name: str, failed: Failed) -> None:
    assert events(exception(name, payload), END) == [failed]


def test_an_error_of_headers_alone() -> None:
    headers = {":message-type": "error", ":error-code": "Gone", ":error-message": "no more"}
    assert events(aws_event(headers, b"")) == [Failed(code="Gone", message="no more", status=502)]


def test_what_is_unknown_is_skipped() -> None:
    assert (
        events(
            frame("brandNew", {"a": 1}),
            aws_event({":message-type": "event", ":event-type": "initial-response"}, b"{}"),
            delta(0, {"brandNew": {}}),
            stop(5),
        )
        == []
    )


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (frame("messageStop", []), "is not a JSON object"),
        (frame("contentBlockDelta", {"delta": {"text": "x"}}), "contentBlockIndex"),
        (delta(0, {"toolUse": {"input": "x"}}), "delta.toolUse"),
        (start(0, {"toolUse": {"name": "x"}}), "toolUseId"),
        (frame("metadata", {"usage": 1}), "usage"),
    ],
)
def test_what_is_broken_is_the_providers_fault(broken: bytes, where: str) -> None:
    with pytest.raises(ProviderFault, match=where):
        events(BEGIN, broken)


def test_nothing_grows_without_bound() -> None:
    decoder = CODEC.stream_decoder(event_bytes_max=1000)
    decoder.feed(start(0, {"image": {"format": "png"}}))
    piece = delta(0, {"image": {"source": {"bytes": "a" * 600}}})
    decoder.feed(piece)
    with pytest.raises(ProviderFault, match="more than 1000 bytes"):
        decoder.feed(piece)
    with pytest.raises(ProviderFault, match="too many blocks"):
        events(*(delta(at, {"text": "x"}) for at in range(OPEN_MAX + 1)))
