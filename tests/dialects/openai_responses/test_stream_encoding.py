"""Streams from elsewhere as this API's clients demand them; the SDK reads every one."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Text,
    TokenLogprob,
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
from detente.canonical.failure import ProviderFault
from detente.canonical.response import ContentFilter, StopReason
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.openai_responses.request_decoding import decode_request
from detente.dialects.openai_responses.stream_encoding import ResponsesEncoder
from tests.dialects.openai_responses.sdk import cut, read_stream, written

STARTED = Started(id="1", model="claude", created_s=60)
SEARCH: dict[str, Any] = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "q", "queries": ["q"]},
}


def part(kind: PartKind, index: int, *texts: str, id_: str = "", name: str = "") -> list[Event]:
    """A part of a stream."""
    return [
        PartStarted(kind=kind, index=index, id=id_, name=name),
        *(Delta(kind=kind, index=index, text=text) for text in texts),
        PartStopped(index=index),
    ]


def whole(*events: Event, stop: StopReason = "end") -> list[Event]:
    """A stream with those events."""
    usage = Usage(uncached_input_tokens=3, visible_output_tokens=2)
    return [STARTED, *events, Stopped(stop=stop), UsageReported(usage=usage), Ended()]


def names(body: bytes) -> list[str]:
    """The types of events, which are their names, too, and count from 0."""
    events = cut(body)
    assert [name for name, _ in events] == [event["type"] for _, event in events]
    assert [event["sequence_number"] for _, event in events] == list(range(len(events)))
    return [name.removeprefix("response.") for name, _ in events]


def test_a_text_in_full_order() -> None:
    body = written(whole(*part("text", 0, "Hel", "", "lo")))
    assert names(body) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    place = {"item_id": "msg_1_0", "output_index": 0, "content_index": 0}
    said: dict[str, Any] = {
        "type": "output_text",
        "annotations": [],
        "logprobs": [],
        "text": "Hello",
    }
    message = {"id": "msg_1_0", "type": "message", "role": "assistant"}
    events = [event for _, event in cut(body)]
    assert events[2]["item"] == {**message, "status": "in_progress", "content": []}
    assert events[3] == events[3] | {**place, "part": {**said, "text": ""}}
    assert events[4] == events[4] | {**place, "delta": "Hel", "logprobs": []}
    assert events[6] == events[6] | {**place, "text": "Hello", "logprobs": []}
    assert events[7] == events[7] | {**place, "part": said}
    assert events[8]["item"] == {**message, "status": "completed", "content": [said]}
    final = events[9]["response"]
    assert final["output"] == [events[8]["item"]]
    assert final["usage"]["total_tokens"] == 5
    assert (final["status"], final["completed_at"]) == ("completed", 7)
    begun = events[0]["response"]
    assert (begun["id"], begun["created_at"], begun["model"]) == ("resp_1", 60, "claude")
    assert (begun["status"], begun["output"], begun["usage"]) == ("in_progress", [], None)


def test_the_sdk_gathers_texts_refusals_calls_and_summaries() -> None:
    own = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
    body = written(
        whole(
            PartStarted(kind="summary", index=0, id="rs_9"),
            Delta(kind="summary", index=0, text="first"),
            PartStopped(index=0),
            PartStarted(kind="summary", index=1, id="rs_9"),
            Delta(kind="summary", index=1, text="second"),
            StateGiven(index=1, state=own),
            PartStopped(index=1),
            *part("reasoning", 2, "raw"),
            *part("text", 3, "It is"),
            *part("text", 4, " sunny."),
            *part("refusal", 5, "But no."),
            *part("tool_call", 6, '{"city":', '"Rome"}', id_="c1", name="look"),
            *part("tool_call", 7, id_="c2", name="now"),
            *part("custom_call", 8, "go", id_="c3", name="free"),
            PartGiven(index=9, part=Native(dialect="openai_responses", name="x", value=SEARCH)),
            stop="tool_calls",
        )
    )
    events, final = read_stream(body)
    assert final.output_text == "It is sunny."
    thoughts, raw, message, look, now, free, search = final.output
    assert (thoughts.id, thoughts.encrypted_content) == ("rs_9", "gAAA")
    assert [one.text for one in thoughts.summary] == ["first", "second"]
    assert (raw.id, raw.summary, raw.content[0].text) == ("rs_1_1", [], "raw")
    assert [one.type for one in message.content] == ["output_text", "output_text", "refusal"]
    assert (look.call_id, look.name, look.arguments) == ("c1", "look", '{"city":"Rome"}')
    assert (now.call_id, now.arguments) == ("c2", "{}")
    assert (free.call_id, free.input) == ("c3", "go")
    assert search.to_dict() == SEARCH
    snapshots = [e.snapshot for e in events if e.type == "response.function_call_arguments.delta"]
    assert snapshots == ['{"city":', '{"city":"Rome"}', "{}"]
    assert [e.output_index for e in events if e.type == "response.output_item.done"] == [*range(7)]


def test_foreign_state_travels_under_a_tag() -> None:
    foreign = Opaque(origin="anthropic_messages", value="sig")
    body = written(
        whole(
            PartStarted(kind="reasoning", index=0),
            StateGiven(index=0, state=foreign),
            PartStopped(index=0),
            PartStarted(kind="reasoning", index=1, state=foreign),
            PartStopped(index=1),
        )
    )
    _, final = read_stream(body)
    assert [item.encrypted_content for item in final.output] == ["dt1.s.anthropic_messages.sig"] * 2
    assert names(body)[2:6] == ["output_item.added", "output_item.done"] * 2


def test_parallel_calls_are_told_one_after_the_other() -> None:
    body = written(
        whole(
            PartStarted(kind="tool_call", index=0, id="a", name="f"),
            PartStarted(kind="tool_call", index=1, id="b", name="g"),
            Delta(kind="tool_call", index=1, text='{"y":'),
            Delta(kind="tool_call", index=0, text='{"x":1}'),
            Delta(kind="tool_call", index=1, text="2}"),
            PartStopped(index=1),
            PartStopped(index=0),
        )
    )
    _, final = read_stream(body)
    assert [(item.call_id, item.arguments) for item in final.output] == [
        ("a", '{"x":1}'),
        ("b", '{"y":2}'),
    ]


def test_citations_and_log_probabilities() -> None:
    logprob = TokenLogprob(token="hi", logprob=-0.5)
    body = written(
        whole(
            PartStarted(kind="text", index=0),
            Delta(kind="text", index=0, text="hi", logprobs=(logprob,)),
            Cited(index=0, citation=Citation(kind="url", url="https://a.example", title="A")),
            PartStopped(index=0),
        )
    )
    events, final = read_stream(body)
    (content,) = final.output[0].content
    assert content.annotations[0].to_dict() == {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 2,
    }
    assert content.logprobs[0].bytes == [104, 105]
    (added,) = [e for e in events if e.type == "response.output_text.annotation.added"]
    assert added.annotation_index == 0
    (delta,) = [e for e in events if e.type == "response.output_text.delta"]
    assert delta.logprobs[0].token == "hi"


@pytest.mark.parametrize(
    ("stop", "terminal", "reason"),
    [
        ("length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
        ("refusal", "incomplete", "content_filter"),
        ("cancelled", "incomplete", None),
        ("error", "failed", None),
        ("end", "completed", None),
    ],
)
def test_the_terminal_event_says_how_it_ended(
    stop: StopReason, terminal: str, reason: str | None
) -> None:
    body = written(whole(*part("text", 0, "hi"), stop=stop))
    events, final = read_stream(body)
    assert events[-1].type == f"response.{terminal}"
    assert (final is not None) is (terminal == "completed")
    assert events[-1].response.output_text == "hi"
    if reason is not None:
        assert events[-1].response.incomplete_details.reason == reason


def test_a_refusal_in_words_is_a_whole_answer() -> None:
    _, final = read_stream(written(whole(*part("refusal", 0, "No."), stop="refusal")))
    assert final.output[0].content[0].refusal == "No."


def test_an_error_inside_the_stream_is_no_end() -> None:
    failed = Failed(code="overloaded_error", message="Overloaded", status=529)
    body = written([STARTED, *part("text", 0, "hi")[:2], failed, Ended(), *part("text", 1, "x")])
    events, final = read_stream(body)
    assert final is None
    assert (events[-1].type, events[-1].code) == ("error", "overloaded_error")
    assert (events[-1].message, events[-1].sequence_number) == ("Overloaded", 5)


def test_a_stream_that_breaks_off_has_no_end() -> None:
    encoder = ResponsesEncoder(Reply())
    body = encoder.feed([STARTED, *part("text", 0, "hi")[:2]])
    failure = ProviderFault("upstream_failed", "the provider hung up; try again").failure
    error = encoder.fail(failure, request_id="r", decision_id="d")
    _, final = read_stream(body + error)
    assert final is None
    ((name, data),) = cut(error)
    assert (name, data["code"]) == ("error", "upstream_failed")
    assert data["message"] == "the provider hung up; try again (decision `d`)"
    assert encoder.feed([Ended()]) == b""


def test_an_end_closes_what_is_open() -> None:
    _, final = read_stream(written([STARTED, *part("text", 0, "hi")[:2], Ended()]))
    assert final.output_text == "hi"


def test_pings_are_comments_and_whole_streams_may_be_empty() -> None:
    body = written([STARTED, Pinged(), Ended()])
    assert b"\n\n: ping\n\n" in body
    assert names(body) == ["created", "in_progress", "completed"]
    assert names(written([Ended()])) == ["created", "in_progress", "completed"]


def test_every_feed_gives_whole_events() -> None:
    events = whole(*part("text", 0, "a", "b"), *part("tool_call", 1, "{}", id_="c", name="f"))
    encoder = ResponsesEncoder(Reply(now_s=7))
    pieces = [encoder.feed([event]) for event in events]
    assert all(piece == b"" or piece.endswith(b"\n\n") for piece in pieces)
    assert b"".join(pieces) == written(events)


def test_the_request_is_repeated_and_the_tier_is_the_one_that_served() -> None:
    request = decode_request(b'{"model":"m","input":"i","temperature":0.1,"service_tier":"auto"}')
    usage = UsageReported(usage=Usage(), service_tier="priority")
    started = Started(id="resp_7", model="m", service_tier="flex")
    body = written([started, usage, Ended()], Reply(request=request, now_s=5))
    events = [event["response"] for _, event in cut(body)]
    assert [event["service_tier"] for event in events] == ["flex", "flex", "priority"]
    assert {event["temperature"] for event in events} == {0.1}
    assert {event["created_at"] for event in events} == {5}


def test_what_a_stream_has_no_place_for() -> None:
    foreign = Opaque(origin="gemini_generate", value="sig")
    verdict = ContentFilter(dialect="gemini_generate", stage="output", name="x", value=[])
    own = ContentFilter(dialect="openai_responses", stage="output", name="moderation", value={})
    encoder = ResponsesEncoder(Reply())
    body = encoder.feed(
        [
            STARTED,
            PartStarted(kind="text", index=0, state=foreign),
            Delta(kind="text", index=0, text="a"),
            StateGiven(index=0, state=foreign),
            Cited(index=0, citation=Citation(kind="document", source_index=0)),
            PartStopped(index=0),
            PartStarted(kind="tool_call", index=1, id="c", name="f", state=foreign),
            Cited(index=1, citation=Citation(kind="url", url="u")),
            PartStopped(index=1),
            PartStarted(kind="audio", index=2),
            Delta(kind="audio", index=2, text="aGk="),
            PartStopped(index=2),
            PartGiven(
                index=3,
                part=Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
            ),
            PartGiven(index=4, part=Native(dialect="gemini_generate", name="code", value={})),
            PartGiven(index=5, part=Text(text="whole")),
            Delta(kind="text", index=0, text="b", choice=1),
            Delta(kind="text", index=0, text="b", choice=1),
            Stopped(stop="end", choice=1),
            Filtered(filter=verdict),
            Filtered(filter=own),
            Framed(dialect="openai_chat", name="", members={}),
            Stopped(stop="pause"),
            Ended(),
        ]
    )
    assert [f"{loss.severity} {loss}" for loss in encoder.losses] == [
        "drop reasoning_state@choices[0].parts[0]",
        "drop reasoning_state@choices[0].parts[0]",
        "drop citations@choices[0].parts[0]",
        "drop reasoning_state@choices[0].parts[1]",
        "refuse audio_output@choices[0].parts[2]",
        "refuse image@choices[0].parts[3]",
        "refuse native_part@choices[0].parts[4]",
        "refuse native_part@choices[0].parts[5]",
        "refuse choices@choices[1]",
        "drop content_filter@filters",
        "drop stop_reason@choices[0].stop",
    ]
    final = cut(body)[-1][1]["response"]
    assert [item["type"] for item in final["output"]] == ["message", "function_call"]
    assert final["moderation"] == {}


def test_a_frame_is_written_as_it_came_and_says_what_its_deltas_say() -> None:
    delta: dict[str, Any] = {
        "type": "response.output_text.delta",
        "output_index": 0,
        "delta": "secret",
    }
    done: dict[str, Any] = {
        "type": "response.output_text.done",
        "output_index": 0,
        "text": "secret",
    }
    framed = [
        Framed(dialect="openai_responses", name="response.output_text.delta", members=delta),
        Delta(kind="text", index=0, text="shown"),
        Framed(dialect="openai_responses", name="", members=done),
    ]
    encoder = ResponsesEncoder(Reply())
    assert cut(encoder.feed(framed)) == [
        ("response.output_text.delta", {**delta, "delta": "shown"}),
        ("", {**done, "text": "shown"}),
    ]
    assert json.loads(json.dumps(delta))["delta"] == "secret"
