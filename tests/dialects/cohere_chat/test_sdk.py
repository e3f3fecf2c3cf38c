"""What the official client makes of answers that are encoded for it, and what it sends."""

from typing import Any

import cohere
import httpx

from detente.canonical.content import (
    Citation,
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
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import Failure
from detente.canonical.response import Choice, Response
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.cohere_chat import CODEC

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
CITATION = Citation(kind="url", url="https://e.example", title="E", start=2, end=6)
STATE = Opaque(origin="anthropic_messages", value="s")
CALLED: list[Event] = [
    Started(id="x", model="upstream"),
    PartStarted(kind="reasoning", index=0),
    Delta(kind="reasoning", index=0, text="hm"),
    PartStopped(index=0),
    PartStarted(kind="text", index=1),
    Delta(kind="text", index=1, text="I "),
    Pinged(),
    Delta(kind="text", index=1, text="look."),
    Cited(index=1, citation=CITATION),
    PartStopped(index=1),
    PartStarted(kind="tool_call", index=2, id="c1", name="weather"),
    Delta(kind="tool_call", index=2, text='{"city"'),
    PartStarted(kind="tool_call", index=3, id="c2", name="time"),
    Delta(kind="tool_call", index=3, text="{}"),
    Delta(kind="tool_call", index=2, text=':"Oslo"}'),
    PartStopped(index=2),
    PartStopped(index=3),
    Stopped(stop="tool_calls"),
    UsageReported(usage=USAGE),
    Ended(),
]


def client(body: bytes, kind: str, sent: list[bytes] | None = None) -> cohere.ClientV2:
    """The official client, answered with `body`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body, headers={"content-type": kind})

    return cohere.ClientV2(
        api_key="k",
        base_url="http://x.example",
        httpx_client=httpx.Client(transport=httpx.MockTransport(answer)),
    )


def read_stream(body: bytes) -> list[Any]:
    """The events of a stream."""
    return list(
        client(body, "text/event-stream").chat_stream(
            model="m", messages=[cohere.UserChatMessageV2(content="hi")]
        )
    )


def test_a_whole_answer() -> None:
    response = Response(
        id="chatcmpl-1",
        model="upstream",
        usage=USAGE,
        choices=(
            Choice(
                parts=(
                    Reasoning(text="hm"),
                    Text(
                        text="I look.",
                        citations=(CITATION,),
                        logprobs=(TokenLogprob(token="I", logprob=-0.5),),
                    ),
                    ToolCall(id="c1", name="weather", arguments='{"city":"Oslo"}'),
                ),
                stop="tool_calls",
            ),
        ),
    )
    encoded = CODEC.encode_response(response, Reply())
    read = client(encoded.body, "application/json").chat(
        model="m", messages=[cohere.UserChatMessageV2(content="hi")]
    )
    assert encoded.losses == ()
    assert (read.id, read.finish_reason) == ("chatcmpl-1", "TOOL_CALL")
    content = read.message.content or []
    assert [getattr(one, one.type) for one in content] == ["hm", "I look."]
    assert read.message.tool_calls is not None
    call = read.message.tool_calls[0]
    assert (call.id, call.function and call.function.arguments) == ("c1", '{"city":"Oslo"}')
    assert read.message.citations is not None
    citation = read.message.citations[0]
    assert (citation.text, citation.content_index) == ("look", 1)
    assert read.usage is not None
    assert read.usage.billed_units is not None
    assert read.usage.billed_units.input_tokens == 8
    assert read.usage.cached_tokens == 1
    assert read.logprobs is not None
    assert read.logprobs[0].logprobs == [-0.5]


def test_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    events = read_stream(b"".join([encoder.feed([event]) for event in CALLED]))
    assert [event.type for event in events] == [
        "message-start",
        "content-start",
        "content-delta",
        "content-end",
        "content-start",
        "content-delta",
        "content-delta",
        "citation-start",
        "citation-end",
        "content-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-delta",
        "tool-call-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "message-end",
    ]
    assert events[0].id == "x"
    assert [e.index for e in events if e.type == "content-start"] == [0, 1]
    starts = [e for e in events if e.type == "tool-call-start"]
    assert [(e.index, e.delta.message.tool_calls.id) for e in starts] == [(0, "c1"), (1, "c2")]
    deltas = [e for e in events if e.type == "tool-call-delta"]
    arguments = ["".join(d.delta.message.tool_calls.function.arguments for d in deltas[:2])]
    assert [*arguments, deltas[2].delta.message.tool_calls.function.arguments] == [
        '{"city":"Oslo"}',
        "{}",
    ]
    citation = next(e for e in events if e.type == "citation-start").delta.message.citations
    assert (citation.text, citation.content_index) == ("look", 1)
    assert events[-1].delta.finish_reason == "TOOL_CALL"
    assert events[-1].delta.usage.billed_units.output_tokens == 3
    assert encoder.losses == []


def test_a_stream_that_breaks_off_has_no_end() -> None:
    body = CODEC.stream_encoder(Reply()).feed(CALLED[:-3])
    assert b"message-end" not in body
    assert b"[DONE]" not in body


def test_errors_in_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed([*CALLED[:6], Failed(code="overloaded", message="too busy")])
    last = read_stream(body)[-1]
    assert (last.delta.error, last.delta.finish_reason) == ("too busy", "ERROR")
    failure = Failure(code="upstream_failed", message="gone", blame="provider", status=502)
    body = CODEC.stream_encoder(Reply()).feed(CALLED[:6])
    body += CODEC.stream_encoder(Reply()).fail(failure, request_id="r1", decision_id="d1")
    last = read_stream(body)[-1]
    assert (last.delta.error, last.delta.finish_reason) == ("gone (decision `d1`)", "ERROR")
    assert b"[DONE]" not in body


def test_what_an_answer_cannot_say_is_named() -> None:
    native = Native(dialect="openai_responses", name="web_search_call", value={})
    response = Response(
        id="1",
        model="m",
        choices=(
            Choice(parts=(Reasoning(text="hm", state=STATE), native), stop="pause"),
            Choice(index=1, parts=()),
        ),
    )
    encoded = CODEC.encode_response(response, Reply())
    assert [str(loss) for loss in encoded.losses] == [
        "choices@choices[1]",
        "native_part@choices[0].parts[1]",
        "reasoning_state@choices[0].parts[0]",
        "stop_reason@choices[0].stop",
    ]
    encoder = CODEC.stream_encoder(Reply())
    events: list[Event] = [
        Started(id="x", model="m"),
        PartStarted(kind="reasoning", index=0),
        StateGiven(index=0, state=STATE),
        PartStopped(index=0),
        PartGiven(index=1, part=native),
        PartStarted(kind="custom_call", index=2, id="c", name="n"),
        Delta(kind="custom_call", index=2, text="free"),
        PartStopped(index=2),
        PartStarted(kind="text", index=0, choice=1),
        Stopped(stop="refusal"),
        Ended(),
    ]
    body = encoder.feed(events)
    assert b'{\\"_\\":\\"free\\"}' in body
    assert [str(loss) for loss in encoder.losses] == [
        "reasoning_state@choices[0].parts[0]",
        "native_part@choices[0].parts[1]",
        "tools@choices[0].parts[2].arguments",
        "choices@choices[1]",
        "stop_reason@choices[0].stop",
    ]


def test_a_conversation_as_it_is_sent() -> None:
    sent: list[bytes] = []
    body = CODEC.encode_response(
        Response(id="1", model="m", choices=(Choice(parts=(), stop="end"),)), Reply()
    ).body
    client(body, "application/json", sent).chat(
        model="command-a",
        messages=[
            cohere.SystemChatMessageV2(content="be kind"),
            cohere.UserChatMessageV2(content=[cohere.TextContent(text="look")]),
        ],
        tools=[
            cohere.ToolV2(
                function=cohere.ToolV2Function(name="f", parameters={"type": "object"}),
            )
        ],
        documents=[cohere.Document(data={"title": "T"}, id="d")],
        safety_mode="STRICT",
        citation_options=cohere.CitationOptions(mode="FAST"),
        thinking=cohere.Thinking(type="enabled", token_budget=64),
        tool_choice="REQUIRED",
        strict_tools=True,
        k=5,
        p=0.5,
    )
    request = CODEC.decode_request(sent[0])
    assert (request.top_k, request.top_p, request.stream) == (5, 0.5, False)
    assert [(option.name, option.severity) for option in request.options] == [
        ("documents", "refuse"),
        ("safety_mode", "refuse"),
        ("citation_options", "drop"),
    ]
    assert request.reasoning is not None
    assert request.reasoning.budget_tokens == 64
    assert getattr(request.tools[0], "strict", None) is True
    assert [turn.role for turn in request.turns] == ["system", "user"]
