"""What other dialects' streams become in chat: as the official SDK demands, and reads, them."""

import json
from typing import Any

import pytest
from openai import APIError

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
    ToolResult,
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
from detente.canonical.failure import ProviderFault
from detente.canonical.request import Request
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.openai_chat import CODEC
from tests.dialects.openai_chat.sdk import cut, read_chunks, read_stream, written

START = Started(id="msg_1", model="claude")
USAGE = UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2))
ASKED = Reply(request=Request(model="m", turns=(), asks_usage=True), request_id="r1", now_s=7)
END: list[Event] = [Stopped(stop="end"), Ended()]


def part(kind: PartKind, *texts: str, index: int = 0, **members: Any) -> list[Event]:
    """A whole part in pieces."""
    return [
        PartStarted(kind=kind, index=index, **members),
        *[Delta(kind=kind, index=index, text=text) for text in texts],
        PartStopped(index=index),
    ]


def losses_of(*events: Event) -> list[str]:
    """What is lost of these events."""
    encoder = CODEC.stream_encoder(Reply())
    read_chunks(encoder.feed([START, *events, *END]))
    return [str(loss) for loss in encoder.losses]


def test_the_chunks_of_a_short_answer() -> None:
    body = written([START, *part("text", "Hi", "."), Stopped(stop="end"), USAGE, Ended()], ASKED)
    envelope = {
        "id": "chatcmpl-msg_1",
        "object": "chat.completion.chunk",
        "created": 7,
        "model": "claude",
    }

    def chunk(delta: dict[str, Any], finish: str | None = None) -> tuple[str, dict[str, Any]]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return "", {**envelope, "choices": [choice]}

    *chunks, usage, done = cut(body)
    assert chunks == [
        chunk({"role": "assistant", "content": None, "refusal": None}),
        chunk({"content": "Hi"}),
        chunk({"content": "."}),
        chunk({}, "stop"),
    ]
    assert usage[1]["choices"] == []
    assert usage[1]["usage"]["total_tokens"] == 5
    assert done == ("", "[DONE]")
    assert read_stream(body).choices[0].message.content == "Hi."


def test_usage_is_told_to_those_who_asked_only() -> None:
    events = [START, *part("text", "Hi"), Stopped(stop="end"), USAGE, Ended()]
    assert b"usage" not in written(events)
    assert read_chunks(written(events, ASKED))[-1].usage is not None
    assert b"usage" not in written([START, *END], ASKED)


def test_calls_side_by_side_each_have_their_index() -> None:
    body = written(
        [
            START,
            *part("text", "I look."),
            PartStarted(kind="tool_call", index=1, id="a", name="f"),
            PartStarted(kind="tool_call", index=2, id="b", name="g"),
            Delta(kind="tool_call", index=2, text='{"y":'),
            Delta(kind="tool_call", index=1, text=""),
            Delta(kind="tool_call", index=1, text='{"x":1}'),
            Delta(kind="tool_call", index=2, text="2}"),
            PartStopped(index=1),
            PartStopped(index=2),
            Stopped(stop="tool_calls"),
            Ended(),
        ]
    )
    choice = read_stream(body).choices[0]
    told = [
        (call.id, call.function.name, call.function.arguments) for call in choice.message.tool_calls
    ]
    assert told == [("a", "f", '{"x":1}'), ("b", "g", '{"y":2}')]
    assert choice.finish_reason == "tool_calls"
    deltas = [data["choices"][0]["delta"] for _, data in cut(body)[:-1] if data["choices"]]
    assert all("index" in call for delta in deltas for call in delta.get("tool_calls", ()))


def test_a_call_without_arguments_says_an_empty_object() -> None:
    """Clients parse arguments; an empty text is no JSON."""
    events = [START, *part("tool_call", id="a", name="f"), Stopped(stop="tool_calls"), Ended()]
    call = read_stream(written(events)).choices[0].message.tool_calls[0]
    assert call.function.arguments == "{}"


def test_thoughts_are_told_as_compatible_hosts_do() -> None:
    body = written(
        [
            START,
            *part("summary", "A", "."),
            *part("summary", "B.", index=1),
            *part("reasoning", "C.", index=2),
            *part("text", "So.", index=3),
            *END,
        ]
    )
    message = read_stream(body).choices[0].message
    assert message.reasoning_content == "A.\n\nB.\n\nC."
    assert message.content == "So."


def test_state_is_named_unless_it_has_a_place() -> None:
    signed = Opaque(origin="anthropic_messages", value="x")
    assert losses_of(
        PartStarted(kind="reasoning", index=0),
        StateGiven(index=0, state=signed),
        PartStopped(index=0),
        PartStarted(kind="tool_call", index=1, id="a", name="f", state=signed),
    ) == ["reasoning_state@choices[0].parts[0]", "reasoning_state@choices[0].parts[1]"]
    assert (
        losses_of(StateGiven(index=0, state=Opaque(origin="openai_chat", value="reasoning"))) == []
    )
    googles = Opaque(origin="gemini_generate", value="x")
    events = [START, *part("tool_call", "{}", id="a", name="f", state=googles), *END]
    call = read_stream(written(events)).choices[0].message.tool_calls[0]
    assert call.extra_content == {"google": {"thought_signature": "x"}}
    assert call.function.arguments == "{}"


def test_details_of_thoughts_come_once() -> None:
    """The official helper joins no lists without indexes that come in several chunks."""
    first, second = (
        Opaque(origin="openai_chat", value=f'[{{"data":"{data}"}}]', kind="encrypted")
        for data in "ab"
    )
    events = [
        START,
        PartStarted(kind="reasoning", index=0, state=first),
        PartStopped(index=0),
        PartStarted(kind="reasoning", index=1),
        StateGiven(index=1, state=second),
        *END,
    ]
    message = read_stream(written(events)).choices[0].message
    assert message.reasoning_details == [{"data": "a"}, {"data": "b"}]


def test_citations_come_once_and_point_into_the_whole_text() -> None:
    url = Citation(kind="url", url="https://x.example", title="X")
    new = Extras(dialect="anthropic_messages", members={"encrypted_index": "e"})
    body = written(
        [
            START,
            *part("text", "One. "),
            PartStarted(kind="text", index=1),
            Delta(kind="text", index=1, text="Two."),
            Cited(index=1, citation=url),
            Cited(index=1, citation=Citation(kind="url", url="https://y.example", start=0, end=1)),
            PartStopped(index=1),
            *END,
        ]
    )
    told = read_stream(body).choices[0].message.annotations
    assert [one["url_citation"]["start_index"] if isinstance(one, dict)
            else one.url_citation.start_index for one in told] == [5, 5]  # fmt: skip
    assert losses_of(
        PartStarted(kind="text", index=0),
        Cited(index=0, citation=Citation(kind="document")),
        Cited(index=0, citation=Citation(kind="url", url="u", extras=new)),
    ) == [
        "citations@choices[0].parts[0].citations",
        "unknown_member@choices[0].parts[0].citations.encrypted_index",
    ]


def test_refusals_custom_calls_and_audio() -> None:
    body = written([START, *part("refusal", "No", "."), Stopped(stop="refusal"), Ended()])
    choice = read_stream(body).choices[0]
    assert (choice.message.refusal, choice.finish_reason) == ("No.", "stop")
    body = written([START, Stopped(stop="refusal"), Ended()])
    assert read_stream(body).choices[0].finish_reason == "content_filter"
    body = written([START, *part("custom_call", "SEL", "ECT", id="a", name="sql"), *END])
    calls = [
        call
        for _, data in cut(body)[:-1]
        for call in data["choices"][0]["delta"].get("tool_calls", ())
    ]
    assert calls[0]["custom"] == {"name": "sql", "input": ""}
    assert [call["custom"]["input"] for call in calls[1:]] == ["SEL", "ECT"]
    body = written([START, *part("audio", "aGk=", "IQ=="), *END], ASKED)
    message = read_stream(body).choices[0].message.to_dict()
    assert (message["audio"]["id"], message["audio"]["data"]) == ("audio_r1", "aGk=IQ==")


def test_probabilities_and_several_choices() -> None:
    token = TokenLogprob(token="Hi", logprob=-0.5)
    body = written(
        [
            START,
            PartStarted(kind="text", index=0),
            Delta(kind="text", index=0, text="Hi", logprobs=(token,)),
            PartStarted(kind="text", index=0, choice=1),
            Delta(kind="text", index=0, choice=1, text="Ho"),
            Delta(kind="refusal", index=1, text="No", logprobs=(token,)),
            Stopped(stop="end"),
            Stopped(stop="length", choice=1),
            Ended(),
        ]
    )
    chunks = read_chunks(body)
    told = [chunk.choices[0].logprobs for chunk in chunks if chunk.choices[0].logprobs]
    assert told[0].content is not None
    assert told[0].content[0].token == "Hi"
    assert told[1].refusal is not None
    final = read_stream(body)
    assert [choice.message.content for choice in final.choices] == ["Hi", "Ho"]
    assert [choice.finish_reason for choice in final.choices] == ["stop", "length"]
    roles = [chunk.choices[0].delta.role for chunk in chunks if chunk.choices[0].delta.role]
    assert roles == ["assistant", "assistant"]


def test_parts_that_come_whole() -> None:
    body = written(
        [
            START,
            PartGiven(index=0, part=Reasoning(summary=("A.", "B."))),
            PartGiven(index=1, part=Text(text="Hi.")),
            PartGiven(index=2, part=Refusal(text="No.")),
            PartGiven(index=3, part=ToolCall(id="a", name="f", arguments="{}")),
            PartGiven(index=4, part=Native(dialect="openai_chat", name="x", value={})),
            *END,
        ]
    )
    message = read_stream(body).choices[0].message
    assert (message.content, message.refusal) == ("Hi.", "No.")
    assert message.reasoning_content == "A.\n\nB."
    assert message.tool_calls[0].function.name == "f"
    custom = ToolCall(id="a", name="f", arguments="x", kind="custom")
    assert b'"custom"' in written([START, PartGiven(index=0, part=custom), *END])
    drawn = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    assert losses_of(
        PartGiven(index=0, part=drawn),
        PartGiven(index=1, part=Native(dialect="bedrock_converse", name="x", value={})),
        PartGiven(index=2, part=ToolResult(call_id="c")),
    ) == [
        "image@choices[0].parts[0]",
        "native_part@choices[0].parts[1]",
        "native_part@choices[0].parts[2]",
    ]


def test_filters() -> None:
    prompt = ContentFilter(
        dialect="openai_chat", stage="input", name="prompt_filter_results", value=[]
    )
    answer = ContentFilter(
        dialect="openai_chat", stage="output", name="content_filter_results", value={"hate": 1}
    )
    body = written([START, Filtered(filter=prompt), Filtered(filter=answer, choice=0), *END])
    read_chunks(body)
    told = [data for _, data in cut(body)[:-1]]
    assert told[1]["prompt_filter_results"] == []
    assert told[2]["choices"][0]["content_filter_results"] == {"hate": 1}
    theirs = ContentFilter(dialect="gemini_generate", stage="input", name="x", value=[])
    assert losses_of(Filtered(filter=theirs)) == ["content_filter@filters"]


def test_reasons_are_named_where_chat_has_no_word() -> None:
    encoder = CODEC.stream_encoder(Reply())
    encoder.feed(
        [START, Stopped(stop="pause", stop_sequence="x", stop_detail="y"), Stopped(stop="end")]
    )
    assert [str(loss) for loss in encoder.losses] == [
        "stop_reason@choices[0].stop",
        "stop_reason@choices[0].stop_sequence",
        "stop_reason@choices[0].stop_detail",
    ]


def test_keep_alives_are_comments() -> None:
    body = written([START, Pinged(), *part("text", "Hi"), *END])
    assert b": ping\n\n" in body
    assert read_stream(body).choices[0].message.content == "Hi"


def test_what_was_cut_off_does_not_look_ended() -> None:
    body = written([START, *part("text", "Hi")])
    assert b"[DONE]" not in body
    assert all(chunk.choices[0].finish_reason is None for chunk in read_chunks(body))


def test_an_end_without_reason_or_beginning_has_both() -> None:
    assert (
        read_stream(written([START, *part("text", "Hi"), Ended()])).choices[0].finish_reason
        == "stop"
    )
    assert read_stream(written([Ended()])).choices[0].finish_reason == "stop"
    assert read_stream(written([*part("text", "Hi"), Ended()])).choices[0].message.content == "Hi"
    late = Delta(kind="text", index=0, text="Hi", choice=1)
    assert [choice.index for choice in read_stream(written([late, Ended()])).choices] == [0, 1]


def test_an_unopened_call_is_not_told() -> None:
    body = written([START, Delta(kind="tool_call", index=7, text="{}"), *END])
    assert b"tool_calls" not in body


def test_errors_raise_in_the_clients() -> None:
    failed = Failed(code="overloaded", message="try later", status=529)
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed([START, *part("text", "Hi"), failed, *END])
    assert b"[DONE]" not in body
    with pytest.raises(APIError, match="try later"):
        read_chunks(body, strict=False)
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed([START])
    failure = ProviderFault("upstream_failed", "the provider broke off; try again").failure
    body += encoder.fail(failure, request_id="r1", decision_id="d1")
    assert encoder.feed(END) == b""
    with pytest.raises(APIError, match="broke off"):
        read_chunks(body, strict=False)


def test_frames_of_chat_are_written_as_they_came() -> None:
    stream = (
        b'event: x\ndata: {"id":"a","choices":[{"index":0,"delta":{"content":"Hi"}}],"p":1}\n\n'
        b'data: {"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
        b"data: [DONE]\n\n"
    )
    decoder = CODEC.stream_decoder(frames=True)
    events = decoder.feed(stream)
    assert written(events) == stream
    renamed = [
        Delta(kind="text", index=0, text="Ho") if isinstance(event, Delta) else event
        for event in CODEC.stream_decoder(frames=True).feed(stream)
    ]
    assert written(renamed) == stream.replace(b'"Hi"', b'"Ho"')


def test_frames_of_other_dialects_are_passed_over() -> None:
    frame = Framed(dialect="anthropic_messages", name="message_start", members={"x": 1})
    assert written([frame, START, frame, *part("text", "Hi"), *END]) == written(
        [START, *part("text", "Hi"), *END]
    )


def test_a_tier_of_chats_own_is_told() -> None:
    tiered = Started(id="chatcmpl-a", model="m", created_s=9, service_tier="priority")
    told = read_chunks(written([tiered, *END]))
    assert {(chunk.service_tier, chunk.created) for chunk in told} == {("priority", 9)}
    other = Started(id="chatcmpl-a", model="m", service_tier="standard_only")
    assert json.loads(written([other]).split(b"data: ")[1]).get("service_tier") is None
