"""Events as a stream of Oracle's, which its client reads."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
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
from detente.canonical.request import Request
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.oci_chat import CODEC
from tests.dialects.oci_chat.bodies import COHERE_REQUEST, GENERIC_REQUEST, cut

GENERICS = Reply(request=CODEC.decode_request(GENERIC_REQUEST))
COHERES = Reply(request=CODEC.decode_request(COHERE_REQUEST))
STATE = Opaque(origin="anthropic_messages", value="s")
USED = UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2))
COUNTS = {"usage": {"promptTokens": 3, "completionTokens": 2, "totalTokens": 5}}
TEXT: list[Event] = [
    Started(id="i", model="m"),
    PartStarted(kind="text", index=0),
    Delta(kind="text", index=0, text="hi"),
    PartStopped(index=0),
]
CALLS: list[Event] = [
    PartStarted(kind="tool_call", index=1, id="c1", name="f"),
    Delta(kind="tool_call", index=1, text="{"),
    Delta(kind="tool_call", index=1, text="}"),
    PartStopped(index=1),
]


def written(events: list[Event], reply: Reply = GENERICS) -> tuple[list[Any], list[str]]:
    encoder = CODEC.stream_encoder(reply)
    stream = encoder.feed(events)
    return [data for _, data in cut(stream)], [str(loss) for loss in encoder.losses]


def adds(choice: int = 0, **message: Any) -> dict[str, Any]:
    return {"index": choice, "message": {"role": "ASSISTANT", **message}}


def said(text: str) -> list[dict[str, str]]:
    return [{"type": "TEXT", "text": text}]


def test_text_and_calls() -> None:
    chunks, lost = written([*TEXT, *CALLS, Stopped(stop="tool_calls"), USED, Ended()])
    assert chunks == [
        adds(content=said("hi")),
        adds(toolCalls=[{"type": "FUNCTION", "id": "c1", "name": "f"}]),
        adds(toolCalls=[{"type": "FUNCTION", "arguments": "{"}]),
        adds(toolCalls=[{"type": "FUNCTION", "arguments": "}"}]),
        {**adds(), "finishReason": "tool_calls"},
        COUNTS,
    ]
    assert lost == []


def test_coheres_format() -> None:
    chunks, lost = written([*TEXT, *CALLS, Stopped(stop="tool_calls"), USED, Ended()], COHERES)
    function = {"name": "f", "arguments": "{}"}
    called = [{"type": "FUNCTION", "id": "c1", "function": function}]
    assert chunks == [
        {"apiFormat": "COHEREV2", "message": {"role": "ASSISTANT", "content": said("hi")}},
        {"apiFormat": "COHEREV2", "message": {"role": "ASSISTANT", "toolCalls": called}},
        {"apiFormat": "COHEREV2", "finishReason": "TOOL_CALL", **COUNTS},
    ]
    assert lost == []
    thought: list[Event] = [
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="hm"),
    ]
    chunks, lost = written([*thought, Stopped(stop="refusal"), Ended()], COHERES)
    assert chunks[0]["message"]["content"] == [{"type": "THINKING", "thinking": "hm"}]
    assert chunks[1]["finishReason"] == "COMPLETE"
    assert lost == ["stop_reason@choices[0].stop"]


def test_coheres_format_has_one_message_and_no_probabilities() -> None:
    probable = Delta(
        kind="text", index=0, text="a", logprobs=(TokenLogprob(token="a", logprob=-1),)
    )
    other: list[Event] = [
        PartStarted(kind="text", index=0, choice=1),
        Delta(kind="text", index=0, choice=1, text="b"),
    ]
    page = Citation(kind="url", url="u")
    _, lost = written([*TEXT[:2], probable, Cited(index=0, citation=page), *other], COHERES)
    assert lost == [
        "logprobs@choices[0].logprobs",
        "citations@choices[0].parts[0].citations",
        "choices@choices[1]",
    ]


def test_nobody_is_told_usage_unasked() -> None:
    quiet = Reply(request=Request(model="m", turns=(), origin="oci_chat"))
    chunks, _ = written([*TEXT, Stopped(stop="end"), USED, Ended()], quiet)
    assert chunks[-1] == {**adds(), "finishReason": "stop"}


def test_an_end_without_a_reason_is_one_for_the_client() -> None:
    chunks, _ = written([*TEXT, Ended()])
    assert chunks[-1]["finishReason"] == "stop"


def test_finish_reasons_wait_for_the_end() -> None:
    encoder = CODEC.stream_encoder(GENERICS)
    assert b"finishReason" not in encoder.feed([*TEXT, Stopped(stop="end")])
    failure = Failure(code="upstream_failed", message="it broke", blame="provider", status=502)
    error = encoder.fail(failure, request_id="r1")
    assert json.loads(error.strip().removeprefix(b"data: "))["message"] == "it broke"
    assert encoder.feed([Ended()]) == b""


def test_thoughts_refusals_probabilities_and_citations() -> None:
    events: list[Event] = [
        PartStarted(kind="summary", index=0, state=STATE),
        Delta(kind="summary", index=0, text="hm"),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="a", logprobs=(TokenLogprob(token="a", logprob=-1),)),
        Cited(index=1, citation=Citation(kind="url", url="u")),
        Cited(index=1, citation=Citation(kind="document")),
        PartStopped(index=1),
        PartStarted(kind="refusal", index=2),
        Delta(kind="refusal", index=2, text="no"),
        PartStopped(index=2),
    ]
    chunks, lost = written(events)
    cited = {"type": "url_citation", "urlCitation": {"url": "u"}}
    probable = {"tokens": ["a"], "tokenLogprobs": [-1], "textOffset": [0]}
    assert chunks == [
        adds(reasoningContent="hm"),
        {**adds(content=said("a")), "logprobs": probable},
        adds(annotations=[cited]),
        adds(refusal="no"),
    ]
    assert lost == [
        "reasoning_state@choices[0].parts[0]",
        "citations@choices[0].parts[1].citations",
    ]


def test_custom_calls_go_out_whole() -> None:
    events: list[Event] = [
        PartStarted(kind="custom_call", index=0, id="c1", name="sh"),
        Delta(kind="custom_call", index=0, text="ls"),
    ]
    chunks, lost = written([*events, Ended()])
    held = {"type": "FUNCTION", "id": "c1", "name": "sh", "arguments": '{"_":"ls"}'}
    assert chunks[0] == adds(toolCalls=[held])
    assert lost == ["tools@choices[0].parts[0].arguments"]


def test_parts_that_come_whole() -> None:
    picture = Media(kind="audio", source=Inline(media_type="audio/wav", data=""), transcript="x")
    parts = [
        Text(text="a"),
        Reasoning(summary=("b",)),
        Refusal(text="c"),
        ToolCall(id="c1", name="f", arguments="{}"),
        picture,
    ]
    events: list[Event] = [PartGiven(index=at, part=part) for at, part in enumerate(parts)]
    chunks, lost = written(events)
    assert [next(name for name in one["message"] if name != "role") for one in chunks] == [
        "content",
        "reasoningContent",
        "refusal",
        "toolCalls",
        "toolCalls",
        "content",
    ]
    assert lost == ["audio_output@choices[0].parts[4]"]


def test_several_choices() -> None:
    events: list[Event] = [
        *TEXT,
        PartStarted(kind="text", index=0, choice=1),
        Delta(kind="text", index=0, choice=1, text="b"),
        Stopped(stop="length", choice=1),
        Stopped(stop="end"),
        Ended(),
    ]
    chunks, _ = written(events)
    assert chunks[1] == adds(1, content=said("b"))
    assert [(one["index"], one["finishReason"]) for one in chunks[2:]] == [
        (0, "stop"),
        (1, "length"),
    ]


@pytest.mark.parametrize(
    ("event", "losses"),
    [
        (StateGiven(index=0, state=STATE), ["reasoning_state@choices[0].parts[0]"]),
        (
            Filtered(
                filter=ContentFilter(dialect="openai_chat", stage="output", name="f", value=1)
            ),
            ["content_filter@filters"],
        ),
        (PartStarted(kind="audio", index=0), ["audio_output@choices[0].parts[0]"]),
        (Delta(kind="audio", index=0, text="aGk="), []),
    ],
)
def test_what_is_left_behind_is_named_once(event: Event, losses: list[str]) -> None:
    begun: list[Event] = [] if isinstance(event, PartStarted) else TEXT[:2]
    assert written([*begun, event])[1] == losses


def test_errors_and_keep_alives() -> None:
    chunks, _ = written([*TEXT, Failed(code="x", message="it broke"), *TEXT])
    assert chunks[-1] == {"code": "InternalServerError", "message": "it broke"}
    assert CODEC.stream_encoder(GENERICS).feed([Pinged()]) == b": keep-alive\n\n"
