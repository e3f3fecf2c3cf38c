"""Streams of Oracle's chat, as events."""

from typing import Any

import pytest

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.oci_chat.stream_decoding import stream_decoder
from tests.dialects.oci_chat.bodies import STREAMS, call, chunk, said, streamed


def events_of(*chunks: Any) -> list[Event]:
    decoder = stream_decoder(id_prefix="p")
    return decoder.feed(streamed(*chunks)) + decoder.close()


def told(events: list[Event]) -> list[str]:
    """The events in short."""
    found: list[str] = []
    for event in events:
        match event:
            case Delta():
                found.append(f"{event.kind}[{event.index}]: {event.text}")
            case PartStarted():
                found.append(f"+{event.kind}[{event.index}] {event.id} {event.name}".rstrip())
            case PartStopped():
                found.append(f"-[{event.index}]")
            case Stopped():
                found.append(event.stop)
            case _:
                found.append(type(event).__name__)
    return found


def of(name: str) -> list[str]:
    decoder = stream_decoder()
    return told(decoder.feed(STREAMS[name]) + decoder.close())


def test_a_text() -> None:
    begun = ["Started", "+text[0]", "text[0]: Hello"]
    end = ["-[0]", "end", "UsageReported", "Ended"]
    assert of("text") == [*begun, "text[0]: , world", *end]
    assert of("done") == [*begun, *end]
    assert of("text with the end") == [
        "Started",
        "+text[0]",
        "text[0]: Hello ",
        "-[0]",
        "end",
        "Ended",
    ]


def test_calls() -> None:
    first = ["Started", "+tool_call[0] c1 sqrt"]
    assert of("calls in pieces") == [
        *first,
        'tool_call[0]: {"arg0": "',
        'tool_call[0]: 16"}',
        "-[0]",
        "+tool_call[1] c2 magic",
        'tool_call[1]: {"arg1": "7"}',
        "-[1]",
        "tool_calls",
        "Ended",
    ]
    assert of("calls at once") == [
        *first,
        'tool_call[0]: {"arg0":16}',
        "-[0]",
        "+tool_call[1] c2 magic",
        'tool_call[1]: {"arg1":7}',
        "-[1]",
        "tool_calls",
        "Ended",
    ]


def test_calls_that_repeat_or_lack_ids() -> None:
    again = events_of(
        chunk("toolCalls", call(id="c1", name="f", arguments="{")),
        chunk("toolCalls", call(id="c1", arguments="}")),
        chunk("toolCalls", call(name="g", arguments="{}")),
        {"finishReason": "tool_calls"},
    )
    assert told(again) == [
        "Started",
        "+tool_call[0] c1 f",
        "tool_call[0]: {",
        "tool_call[0]: }",
        "-[0]",
        "+tool_call[1] p_1 g",
        "tool_call[1]: {}",
        "-[1]",
        "tool_calls",
        "Ended",
    ]


def test_thoughts_refusals_and_probabilities() -> None:
    assert of("thoughts") == [
        "Started",
        "+reasoning[0]",
        "reasoning[0]: Hm.",
        "-[0]",
        "+text[1]",
        "text[1]: Yes",
        "-[1]",
        "length",
        "Ended",
    ]
    probable = events_of(
        chunk("content", said("Y"), logprobs={"tokens": ["Y"], "tokenLogprobs": [-0.5]})
    )
    assert [one.logprobs[0].logprob for one in probable if isinstance(one, Delta)] == [-0.5]
    assert told(events_of(chunk("refusal", "no")))[1:] == ["+refusal[0]", "refusal[0]: no"]


def test_several_choices() -> None:
    events = events_of(
        {**chunk("content", said("a")), "index": 0},
        {**chunk("content", said("b")), "index": 1},
        {"index": 0, "finishReason": "stop"},
        {"index": 1, "finishReason": "length"},
    )
    assert [one.choice for one in events if isinstance(one, Delta)] == [0, 1]
    assert [(one.choice, one.stop) for one in events if isinstance(one, Stopped)] == [
        (0, "end"),
        (1, "length"),
    ]


def test_citations_are_of_the_text_before() -> None:
    cited = {"type": "url_citation", "urlCitation": {"url": "u"}}
    events = events_of(
        chunk("annotations", [cited]),
        chunk("content", said("a")),
        chunk("annotations", [cited, {"type": "x"}, 5]),
    )
    assert [one.index for one in events if isinstance(one, Cited)] == [0]


def test_coheres_last_chunk_may_say_all_again() -> None:
    assert of("cohere") == [
        "Started",
        "+text[0]",
        "text[0]: Hi",
        "text[0]:  there",
        "-[0]",
        "end",
        "UsageReported",
        "Ended",
    ]
    inner = {"name": "f", "arguments": "{}"}
    called = {"toolCalls": [{"id": "c1", "type": "FUNCTION", "function": inner}], "toolPlan": "I"}
    events = events_of(
        {"apiFormat": "COHEREV2", "message": {"content": [{"type": "THINKING", "thinking": "hm"}]}},
        {"apiFormat": "COHEREV2", "message": called},
        {"apiFormat": "COHEREV2", "message": called, "finishReason": "TOOL_CALL"},
    )
    assert told(events) == [
        "Started",
        "+reasoning[0]",
        "reasoning[0]: hm",
        "reasoning[0]: I",
        "-[0]",
        "+tool_call[1] c1 f",
        "tool_call[1]: {}",
        "-[1]",
        "tool_calls",
        "Ended",
    ]


def test_no_finish_is_no_end() -> None:
    for chunks in ([chunk("content", said("a"))], [chunk("content", said("a")), "[DONE]"]):
        assert not any(isinstance(one, Ended) for one in events_of(*chunks))


def test_errors() -> None:
    decoder = stream_decoder()
    events = decoder.feed(STREAMS["an error"]) + decoder.close()
    assert events[-1] == Failed(code="server_error", message="it broke", status=502)
    odd = events_of({"code": 5}, chunk("content", said("a")))
    assert told(odd) == ["Failed"]


def test_usage() -> None:
    events = events_of({"usage": {"promptTokens": 3}}, {"usage": None}, {"usage": 5})
    assert events == [
        Started(id="", model=""),
        UsageReported(usage=Usage(uncached_input_tokens=3)),
    ]


def test_half_an_event_at_the_end() -> None:
    decoder = stream_decoder()
    begun = streamed(chunk("content", said("a")))
    whole = b'data: {"finishReason":"stop"}'
    decoder.feed(begun + whole)
    assert isinstance(decoder.close()[-1], Ended)
    decoder = stream_decoder()
    decoder.feed(begun + whole[:-3])
    assert decoder.close() == []
    decoder = stream_decoder()
    decoder.feed(begun + streamed({"finishReason": "stop"}) + b"data: [DONE]")
    assert decoder.close() == [Ended()]
    assert decoder.feed(begun) == []


@pytest.mark.parametrize(
    "chunks",
    [
        ["[1]"],
        ["{"],
        [chunk("toolCalls", 5)],
        [chunk("toolCalls", [5])],
        [chunk("toolCalls", [{"id": 5}])],
        [chunk("content", [5])],
        [chunk("reasoningContent", 5)],
        [{**chunk("content", said("a")), "index": index} for index in range(200)],
    ],
)
def test_faults(chunks: list[Any]) -> None:
    with pytest.raises(ProviderFault):
        events_of(*chunks)


def test_an_event_has_a_bound() -> None:
    with pytest.raises(ProviderFault):
        stream_decoder(event_bytes_max=10).feed(b"x" * 11)
