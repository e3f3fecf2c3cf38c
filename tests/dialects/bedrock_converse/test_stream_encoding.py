"""Events as Converse streams, as the official client reads them."""

from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
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
from detente.canonical.request import Option, Request
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Reply
from tests.dialects.bedrock_converse.boto import EXCEPTIONS, converse_stream
from tests.dialects.bedrock_converse.frames import exception, frame

BEGUN: Event = Started(id="chatcmpl-1", model="gpt", created_s=5)
USAGE: Event = UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2))
OVER: tuple[Event, ...] = (Stopped(stop="end"), USAGE, Ended())
LAST: dict[str, Any] = {
    "metadata": {
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        "metrics": {"latencyMs": 0},
    }
}
FINAL: list[dict[str, Any]] = [{"messageStop": {"stopReason": "end_turn"}}, LAST]
FIRST: dict[str, Any] = {"messageStart": {"role": "assistant"}}


def shown(*events: Event, reply: Reply | None = None) -> tuple[list[dict[str, Any]], list[str]]:
    """What the client shows, and the losses; every event is fed alone, too."""
    encoder = CODEC.stream_encoder(reply or Reply())
    stream = encoder.feed(events)
    single = CODEC.stream_encoder(reply or Reply())
    assert b"".join(single.feed([event]) for event in events) == stream
    losses = [f"{loss.severity} {loss}" for loss in encoder.losses]
    return converse_stream(stream, size=77), losses


def delta(at: int, told: dict[str, Any]) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": told, "contentBlockIndex": at}}


def stop(at: int) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": at}}


def test_thoughts_text_and_calls() -> None:
    told, losses = shown(
        BEGUN,
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="hm"),
        StateGiven(index=0, state=Opaque(origin="anthropic_messages", value="sig")),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        PartStopped(index=1),
        PartStarted(kind="text", index=2),
        Delta(kind="text", index=2, text="hi"),
        PartStopped(index=2),
        PartStarted(kind="tool_call", index=3, id="t1", name="f"),
        Delta(kind="tool_call", index=3, text='{"a":'),
        Delta(kind="tool_call", index=3, text="1}"),
        PartStopped(index=3),
        PartStarted(kind="tool_call", index=4, id="t2", name="g"),
        PartStopped(index=4),
        Stopped(stop="tool_calls"),
        USAGE,
        Ended(),
    )
    assert told == [
        FIRST,
        delta(0, {"reasoningContent": {"text": "hm"}}),
        delta(0, {"reasoningContent": {"signature": "dt1.s.anthropic_messages.sig"}}),
        stop(0),
        delta(1, {"text": "hi"}),
        stop(1),
        {
            "contentBlockStart": {
                "start": {"toolUse": {"toolUseId": "t1", "name": "f"}},
                "contentBlockIndex": 2,
            }
        },
        delta(2, {"toolUse": {"input": '{"a":'}}),
        delta(2, {"toolUse": {"input": "1}"}}),
        stop(2),
        {
            "contentBlockStart": {
                "start": {"toolUse": {"toolUseId": "t2", "name": "g"}},
                "contentBlockIndex": 3,
            }
        },
        delta(3, {"toolUse": {"input": "{}"}}),
        stop(3),
        {"messageStop": {"stopReason": "tool_use"}},
        LAST,
    ]
    assert losses == []


def test_parallel_parts_are_put_in_order() -> None:
    told, _ = shown(
        BEGUN,
        PartStarted(kind="tool_call", index=0, id="t1", name="f"),
        PartStarted(kind="tool_call", index=1, id="t2", name="g"),
        Delta(kind="tool_call", index=1, text="{2"),
        Delta(kind="tool_call", index=0, text="{1"),
        Delta(kind="tool_call", index=1, text="}"),
        Delta(kind="tool_call", index=0, text="}"),
        PartStopped(index=0),
        PartStopped(index=1),
        *OVER,
    )
    inputs = [
        (one["contentBlockDelta"]["contentBlockIndex"], one["contentBlockDelta"]["delta"])
        for one in told
        if "contentBlockDelta" in one
    ]
    assert [(at, call["toolUse"]["input"]) for at, call in inputs] == [
        (0, "{1"),
        (0, "}"),
        (1, "{2"),
        (1, "}"),
    ]


def test_redacted_state_is_bytes() -> None:
    own = Opaque(origin="bedrock_converse", value="cmVk", kind="redacted")
    other = Opaque(origin="anthropic_messages", value="abc", kind="redacted")
    told, _ = shown(
        PartStarted(kind="reasoning", index=0, state=own),
        PartStopped(index=0),
        PartStarted(kind="reasoning", index=1, state=other),
        PartStopped(index=1),
    )
    assert told[0] == delta(0, {"reasoningContent": {"redactedContent": b"red"}})
    tagged = b"dt1.r.anthropic_messages.abc"
    assert told[2] == delta(1, {"reasoningContent": {"redactedContent": tagged}})


def test_citations_refusals_and_filters() -> None:
    own = ContentFilter(
        dialect="bedrock_converse",
        stage="output",
        name="trace.guardrail",
        value={"modelOutput": ["x"]},
    )
    other = ContentFilter(dialect="openai_chat", stage="input", name="prompt_filter", value=1)
    told, losses = shown(
        BEGUN,
        Filtered(filter=own, choice=0),
        Filtered(filter=other),
        PartStarted(kind="refusal", index=0),
        Delta(kind="refusal", index=0, text="no"),
        Cited(index=0, citation=Citation(kind="url", url="https://a.example", start=1, end=2)),
        PartStopped(index=0),
        *OVER,
    )
    assert told[1:4] == [
        delta(0, {"text": "no"}),
        delta(0, {"citation": {"location": {"web": {"url": "https://a.example"}}}}),
        stop(0),
    ]
    assert told[4] == {"messageStop": {"stopReason": "content_filtered"}}
    assert told[5]["metadata"]["trace"] == {"guardrail": {"modelOutput": ["x"]}}
    assert losses == [
        "drop citations@choices[0].parts[0].citations",
        "drop stop_reason@choices[0].stop",
        "drop content_filter@filters[1]",
    ]


def test_what_a_stream_cannot_say_is_named_once() -> None:
    logprobs = (TokenLogprob(token="a", logprob=-1.0),)
    told, losses = shown(
        BEGUN,
        PartStarted(
            kind="tool_call",
            index=0,
            id="t",
            name="f",
            state=Opaque(origin="gemini_generate", value="s"),
        ),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="a", logprobs=logprobs),
        Delta(kind="text", index=1, text="b", logprobs=logprobs),
        PartStopped(index=1),
        PartStarted(kind="text", index=0, choice=1),
        Delta(kind="text", index=0, text="other", choice=1),
        PartStopped(index=0, choice=1),
        PartStarted(kind="audio", index=2),
        Delta(kind="audio", index=2, text="AAAA"),
        PartStopped(index=2),
        Stopped(stop="end"),
        Stopped(stop="end", choice=1),
        USAGE,
        Ended(),
    )
    assert told[-2:] == FINAL
    assert "other" not in str(told)
    assert losses == [
        "drop reasoning_state@choices[0].parts[0].state",
        "drop logprobs@choices[0]",
        "refuse choices@choices[1]",
        "refuse audio_output@choices[0]",
    ]


def test_parts_that_came_whole() -> None:
    call: Obj = {"toolUseId": "s", "name": "code", "type": "server_tool_use", "input": {"x": 1}}
    result: Obj = {"toolUseId": "s", "status": "success", "content": [{"text": "2"}]}
    told, losses = shown(
        PartGiven(
            index=0, part=Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
        ),
        PartGiven(
            index=1,
            part=Native(dialect="bedrock_converse", name="toolUse", value={"toolUse": call}),
        ),
        PartGiven(
            index=2,
            part=Native(
                dialect="bedrock_converse", name="toolResult", value={"toolResult": result}
            ),
        ),
        PartGiven(index=3, part=Native(dialect="openai_responses", name="x", value={})),
        PartGiven(index=4, part=Text(text="a", citations=(Citation(kind="document", title="T"),))),
        PartGiven(index=5, part=ToolCall(id="c", name="f", arguments="{}")),
        PartGiven(index=6, part=Reasoning(summary=("s", "t"))),
        PartGiven(
            index=7, part=Media(kind="audio", source=Inline(media_type="audio/wav", data="a"))
        ),
    )
    assert [next(iter(one)) for one in told].count("contentBlockStop") == 6
    assert told[1] == delta(0, {"image": {"source": {"bytes": b"hi"}}})
    assert told[4] == delta(1, {"toolUse": {"input": '{"x":1}'}})
    assert told[7] == delta(2, {"toolResult": [{"text": "2"}]})
    assert delta(5, {"reasoningContent": {"text": "s\n\nt"}}) in told
    assert losses == [
        "refuse native_part@choices[0].parts[3]",
        "refuse native_part@choices[0].parts[7]",
    ]


def test_free_text_for_a_tool_stands_in_an_object() -> None:
    told, losses = shown(
        PartStarted(kind="custom_call", index=0, id="t", name="f"),
        Delta(kind="custom_call", index=0, text='say "hi"\n'),
        PartStopped(index=0),
    )
    pieces = [one["contentBlockDelta"]["delta"]["toolUse"]["input"] for one in told[1:-1]]
    assert "".join(pieces) == '{"_":"say \\"hi\\"\\n"}'
    assert losses == ["drop custom_tool@choices[0].parts[0]"]


def test_a_sign_of_life_is_skipped_by_the_client() -> None:
    told, _ = shown(BEGUN, Pinged(), *OVER)
    assert told == [FIRST, *FINAL]


def test_an_end_without_a_reason_or_usage_is_complete_all_the_same() -> None:
    told, _ = shown(BEGUN, Ended())
    assert told[1] == {"messageStop": {"stopReason": "end_turn"}}
    assert told[2]["metadata"]["usage"]["totalTokens"] == 0


def test_the_sequence_that_stopped_is_told_where_it_was_asked_for() -> None:
    ended = (BEGUN, Stopped(stop="stop_sequence", stop_sequence="END"), USAGE, Ended())
    told, losses = shown(*ended)
    assert told[1] == {"messageStop": {"stopReason": "stop_sequence"}}
    assert losses == ["drop stop_reason@choices[0].stop_sequence"]
    option = Option(
        dialect="bedrock_converse",
        name="additionalModelResponseFieldPaths",
        value=["/stop_sequence"],
    )
    asked = Reply(request=Request(model="m", turns=(), options=(option,)))
    told, losses = shown(*ended, reply=asked)
    assert told[1]["messageStop"]["additionalModelResponseFields"] == {"stop_sequence": "END"}
    assert losses == []


def test_reasoning_tokens_are_told_among_the_output() -> None:
    usage = Usage(uncached_input_tokens=1, visible_output_tokens=2, reasoning_output_tokens=5)
    told, losses = shown(BEGUN, Stopped(stop="end"), UsageReported(usage=usage), Ended())
    assert told[-1]["metadata"]["usage"]["outputTokens"] == 7
    assert losses == ["drop usage_class@usage.reasoning_output_tokens"]


@pytest.mark.parametrize(
    ("event", "name", "message"),
    [
        (
            Failed(code="rate_limit_error", message="slow", status=429),
            "throttlingException",
            "slow",
        ),
        (Failed(code="x", message="gone", status=500), "internalServerException", "gone"),
        (
            Failed(code="modelStreamErrorException", message="m", status=529),
            "modelStreamErrorException",
            "m",
        ),
    ],
)
def test_an_upstreams_error_is_raised_by_the_client(event: Failed, name: str, message: str) -> None:
    encoder = CODEC.stream_encoder(Reply())
    stream = encoder.feed([BEGUN, event, *OVER])
    with pytest.raises(EXCEPTIONS.EventStreamError, match=f"{name}.*{message}"):
        converse_stream(stream)
    assert encoder.feed(OVER) == b""


def test_the_gateways_error_is_raised_by_the_client() -> None:
    encoder = CODEC.stream_encoder(Reply())
    stream = encoder.feed([BEGUN])
    failure = Failure(
        code="upstream_failed", message="it broke; ask again", blame="provider", status=502
    )
    stream += encoder.fail(failure, request_id="r", decision_id="d")
    with pytest.raises(EXCEPTIONS.EventStreamError, match="it broke; ask again"):
        converse_stream(stream)
    assert encoder.feed(OVER) == b""
    assert encoder.fail(failure, request_id="r") == b""


def test_frames_of_converse_are_written_again_with_what_has_changed() -> None:
    """A guardrail may have changed the text; the padding, the index and all else stay."""
    stream = (
        frame("messageStart", {"role": "assistant", "p": "x"})
        + frame(
            "contentBlockStart",
            {"contentBlockIndex": 4, "start": {"toolUse": {"toolUseId": "a", "name": "f"}}},
        )
        + frame(
            "contentBlockDelta",
            {"contentBlockIndex": 4, "delta": {"toolUse": {"input": "secret"}}, "p": "y"},
        )
        + frame("messageStop", {"stopReason": "end_turn", "p": "z"})
    )
    events = CODEC.stream_decoder(frames=True).feed(stream)
    changed: list[Event] = []
    for event in events:
        match event:
            case PartStarted():
                changed.append(PartStarted(kind="tool_call", index=0, id="a", name="renamed"))
            case Delta():
                changed.append(Delta(kind="tool_call", index=0, text="masked"))
            case Stopped():
                changed.append(Delta(kind="text", index=0, text="late"))
                changed.append(Stopped(stop="content_filter"))
            case _:
                changed.append(event)
    again = CODEC.stream_decoder(frames=True).feed(CODEC.stream_encoder(Reply()).feed(changed))
    members = {event.name: event.members for event in again if isinstance(event, Framed)}
    assert members["messageStart"]["p"] == "x"
    assert members["contentBlockStart"]["start"] == {
        "toolUse": {"toolUseId": "a", "name": "renamed"}
    }
    assert members["messageStop"] == {"stopReason": "guardrail_intervened", "p": "z"}
    texts = [event.text for event in again if isinstance(event, Delta)]
    assert texts == ["masked", "late"]


def test_an_exception_is_written_again() -> None:
    stream = exception("throttlingException", {"message": "slow"})
    events = CODEC.stream_decoder(frames=True).feed(stream)
    assert len(events) == 2
    again = CODEC.stream_encoder(Reply()).feed(events)
    assert CODEC.stream_decoder(frames=True).feed(again) == events
