"""Chat's streams as events: what hosts say in several ways means one thing."""

import json
from typing import Any

import pytest

from detente.canonical.content import Opaque
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.openai_chat import CODEC
from detente.dialects.openai_chat.open_calls import CALLS_MAX
from detente.dialects.openai_chat.stream_decoding import CHOICES_MAX

DONE = b"data: [DONE]\n\n"


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **members: Any) -> bytes:
    """One chunk with one choice."""
    choice = {"index": members.pop("index", 0), "delta": delta or {}, "finish_reason": finish}
    if "logprobs" in members:
        choice["logprobs"] = members.pop("logprobs")
    body = {"id": "chatcmpl-1", "model": "m", "created": 7, "choices": [choice], **members}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def call(**entry: Any) -> bytes:
    """A chunk with one entry of `tool_calls`."""
    name, arguments = entry.pop("name", None), entry.pop("arguments", None)
    held = {"name": name} if name is not None else {}
    if arguments is not None:
        held["arguments"] = arguments
    return chunk({"tool_calls": [{**entry, "function": held}]})


def events(*pieces: bytes, frames: bool = False) -> list[Event]:
    """What these pieces say, to the end of the stream."""
    decoder = CODEC.stream_decoder(id_prefix="call_r", frames=frames)
    found: list[Event] = []
    for piece in pieces:
        found += decoder.feed(piece)
    return found + decoder.close()


def parts(*pieces: bytes) -> list[Event]:
    """As `events`, without beginning and end."""
    return events(*pieces, chunk(finish="stop"), DONE)[1:-2]


def test_a_short_answer() -> None:
    assert events(
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hi"}),
        chunk({"content": "."}),
        chunk(finish="stop"),
        chunk(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2}),
        DONE,
    ) == [
        Started(id="chatcmpl-1", model="m", created_s=7),
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="Hi"),
        Delta(kind="text", index=0, text="."),
        PartStopped(index=0),
        Stopped(stop="end"),
        UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2)),
        Ended(),
    ]


def test_thoughts_then_text() -> None:
    for member in ("reasoning_content", "reasoning"):
        assert parts(chunk({member: "Hm"}), chunk({member: "."}), chunk({"content": "So"})) == [
            PartStarted(kind="reasoning", index=0),
            Delta(kind="reasoning", index=0, text="Hm"),
            Delta(kind="reasoning", index=0, text="."),
            StateGiven(index=0, state=Opaque(origin="openai_chat", value=member)),
            PartStopped(index=0),
            PartStarted(kind="text", index=1),
            Delta(kind="text", index=1, text="So"),
            PartStopped(index=1),
        ]


def test_the_details_of_a_thought_are_one_state() -> None:
    pieces = (
        {"type": "reasoning.text", "text": "a", "index": 0, "signature": ""},
        {"type": "reasoning.text", "text": "b", "index": 0, "signature": "s"},
        {"type": "reasoning.encrypted", "data": "x", "index": 1},
    )
    told = parts(*[chunk({"reasoning_details": [piece]}) for piece in pieces])
    state = told[1]
    assert isinstance(state, StateGiven)
    assert state.state.kind == "encrypted"
    assert json.loads(state.state.value) == [
        {"type": "reasoning.text", "text": "ab", "index": 0, "signature": "s"},
        {"type": "reasoning.encrypted", "data": "x", "index": 1},
    ]


def test_mistrals_lists() -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}, 7]}, 7]
    told = parts(chunk({"content": thinking}), chunk({"content": [{"text": "So"}]}))
    assert [event.text for event in told if isinstance(event, Delta)] == ["Hm", "So"]
    assert [event.kind for event in told if isinstance(event, PartStarted)] == ["reasoning", "text"]


def test_a_call_is_complete_when_the_next_begins() -> None:
    assert parts(
        call(index=0, id="a", type="function", name="f", arguments=""),
        call(index=0, arguments='{"x":1}'),
        call(index=1, id="b", type="function", name="g", arguments=""),
        call(index=1, arguments='{"y":2}'),
    ) == [
        PartStarted(kind="tool_call", index=0, id="a", name="f"),
        Delta(kind="tool_call", index=0, text='{"x":1}'),
        PartStopped(index=0),
        PartStarted(kind="tool_call", index=1, id="b", name="g"),
        Delta(kind="tool_call", index=1, text='{"y":2}'),
        PartStopped(index=1),
    ]


def test_calls_that_a_host_mixes_stay_open_side_by_side() -> None:
    assert parts(
        call(index=0, id="a", name="f", arguments=""),
        call(index=1, id="b", name="g", arguments=""),
        call(index=0, arguments='{"x":'),
        call(index=1, arguments="{}"),
        call(index=0, arguments="1}"),
    ) == [
        PartStarted(kind="tool_call", index=0, id="a", name="f"),
        PartStarted(kind="tool_call", index=1, id="b", name="g"),
        Delta(kind="tool_call", index=0, text='{"x":'),
        Delta(kind="tool_call", index=1, text="{}"),
        Delta(kind="tool_call", index=0, text="1}"),
        PartStopped(index=0),
        PartStopped(index=1),
    ]


@pytest.mark.parametrize(
    "entries",
    [
        [{"id": "a", "name": "f", "arguments": "{}"}, {"id": "b", "name": "g", "arguments": "{}"}],
        [
            {"index": 0, "id": "a", "name": "f", "arguments": "{}"},
            {"index": 0, "id": "b", "name": "g", "arguments": "{}"},
        ],
        [
            {"id": "a", "name": "f"},
            {"arguments": "{"},
            {"arguments": "}"},
            {"id": "b", "name": "g", "arguments": "{}"},
        ],
        [
            {"id": "a", "name": "f", "arguments": "{"},
            {"id": "a", "arguments": "}"},
            {"id": "b", "name": "g", "arguments": "{}"},
        ],
        [
            {"index": 0, "id": "a"},
            {"index": 0, "arguments": "{"},
            {"index": 0, "name": "f", "arguments": "}"},
            {"index": 1, "id": "b", "name": "g", "arguments": {}},
        ],
    ],
)
def test_hosts_tell_calls_apart_in_several_ways(entries: list[dict[str, Any]]) -> None:
    told = parts(*[call(**entry) for entry in entries])
    begun = [event for event in told if isinstance(event, PartStarted)]
    assert [(event.id, event.name) for event in begun] == [("a", "f"), ("b", "g")]
    for event in begun:
        texts = [one.text for one in told if isinstance(one, Delta) and one.index == event.index]
        assert "".join(texts) == "{}"


def test_calls_without_any_ids_get_some() -> None:
    told = parts(call(name="f", arguments="{}"), call(name="g", arguments="{}"))
    names = [event.id for event in told if isinstance(event, PartStarted)]
    assert names == ["call_r_0_0", "call_r_0_1"]


def test_a_call_that_never_gets_a_name_is_still_told() -> None:
    told = parts(call(index=0, id="a", arguments="{}"))
    assert told == [
        PartStarted(kind="tool_call", index=0, id="a"),
        Delta(kind="tool_call", index=0, text="{}"),
        PartStopped(index=0),
    ]
    with pytest.raises(ProviderFault, match="without a name"):
        parts(*[call(index=0, arguments="x" * 40_000)] * 2)


def test_the_older_call_and_custom_ones() -> None:
    told = parts(
        chunk({"function_call": {"name": "f", "arguments": ""}}),
        chunk({"function_call": {"arguments": "{}"}}),
    )
    assert [event.text for event in told if isinstance(event, Delta)] == ["{}"]
    custom = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "sql", "input": "S"}}
    told = parts(chunk({"tool_calls": [custom]}), chunk({"tool_calls": [7], "function_call": 7}))
    assert told[:2] == [
        PartStarted(kind="custom_call", index=0, id="a", name="sql"),
        Delta(kind="custom_call", index=0, text="S"),
    ]


def test_googles_signatures() -> None:
    state = Opaque(origin="gemini_generate", value="x")
    beside = {"google": {"thought_signature": "x"}}
    told = parts(call(index=0, id="a", name="f", arguments="{}", extra_content=beside))
    assert told[0] == PartStarted(kind="tool_call", index=0, id="a", name="f", state=state)
    told = parts(
        call(index=0, id="a", name="f"), call(index=0, extra_content=beside, arguments="{}")
    )
    assert told[1] == StateGiven(index=0, state=state)
    told = parts(chunk({"content": "a"}), chunk({"content": "", "extra_content": beside}))
    assert told[2] == StateGiven(index=0, state=state)
    told = parts(chunk({"extra_content": beside}), chunk({"extra_content": {}}))
    assert told[:2] == [
        PartStarted(kind="reasoning", index=0),
        StateGiven(index=0, state=state),
    ]


def test_refusals_audio_and_citations() -> None:
    told = events(chunk({"refusal": "No."}), chunk(finish="stop"), DONE)
    assert told[1:-1] == [
        PartStarted(kind="refusal", index=0),
        Delta(kind="refusal", index=0, text="No."),
        PartStopped(index=0),
        Stopped(stop="refusal"),
    ]
    told = parts(
        chunk({"audio": {"id": "audio_1", "transcript": "hi"}}),
        chunk({"audio": {"id": "audio_1", "data": "aGk="}}),
        chunk({"audio": {"data": "IQ=="}}),
    )
    assert told == [
        PartStarted(kind="audio", index=0, id="audio_1"),
        Delta(kind="audio", index=0, text="aGk="),
        Delta(kind="audio", index=0, text="IQ=="),
        PartStopped(index=0),
    ]
    one = {"type": "url_citation", "url_citation": {"url": "https://x.example"}}
    told = parts(chunk({"annotations": [one]}), chunk({"annotations": 7}))
    assert [type(event) for event in told] == [PartStarted, Cited, PartStopped]


def test_probabilities_come_with_their_words() -> None:
    logprobs = {"content": [{"token": "Hi", "logprob": -0.5}]}
    told = parts(chunk({"content": "Hi"}, logprobs=logprobs))
    assert isinstance(told[1], Delta)
    assert [one.token for one in told[1].logprobs] == ["Hi"]
    assert isinstance(parts(chunk({"content": "Hi"}, logprobs={"content": 7}))[1], Delta)


def test_several_choices() -> None:
    told = events(
        chunk({"content": "a"}),
        chunk({"content": "b"}, index=1),
        chunk(finish="stop"),
        chunk(finish="length", index=1),
        DONE,
    )
    assert [(e.choice, e.text) for e in told if isinstance(e, Delta)] == [(0, "a"), (1, "b")]
    stops = [(e.choice, e.stop) for e in told if isinstance(e, Stopped)]
    assert stops == [(0, "end"), (1, "length")]
    with pytest.raises(ProviderFault, match="too many"):
        events(*[chunk({"content": "a"}, index=index) for index in range(CHOICES_MAX + 1)])
    with pytest.raises(ProviderFault, match="too many tool calls"):
        events(*[call(id=str(index), name="f") for index in range(CALLS_MAX + 1)])


def test_a_forced_call_ends_with_calls_and_a_sequence_with_its_text() -> None:
    told = events(call(index=0, id="a", name="f", arguments="{}"), chunk(finish="stop"), DONE)
    assert Stopped(stop="tool_calls") in told
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop", "stop_reason": "END"}
    told = events(chunk(choices=[choice]), DONE)
    assert Stopped(stop="stop_sequence", stop_sequence="END") in told


def test_what_comes_after_the_reason_is_not_part_of_the_answer() -> None:
    told = events(chunk({"content": "a"}, "stop"), chunk({"content": "b"}, "stop"), DONE)
    assert [event.text for event in told if isinstance(event, Delta)] == ["a"]
    assert len([event for event in told if isinstance(event, Stopped)]) == 1


def test_azures_filters_come_after_the_beginning() -> None:
    hate = {"hate": {"filtered": False, "severity": "safe"}}
    first = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    choice = {"index": 0, "delta": {"content": "a"}, "content_filter_results": hate}
    told = events(
        b"data: " + json.dumps(first).encode() + b"\n\n",
        chunk(choices=[choice]),
        chunk(choices=[choice]),
        chunk(finish="stop", moderation={"input": {}, "output": {}}),
        DONE,
    )
    assert isinstance(told[0], Started)
    filters = [event for event in told if isinstance(event, Filtered)]
    assert [(event.filter.name, event.choice) for event in filters] == [
        ("prompt_filter_results", None),
        ("content_filter_results", 0),
        ("moderation", None),
    ]


def test_usage_is_read_where_hosts_put_it() -> None:
    counts = {"prompt_tokens": 3, "completion_tokens": 2}
    for chunk_ in (chunk(usage=counts), chunk(x_groq={"usage": counts})):
        told = [e for e in events(chunk_) if isinstance(e, UsageReported)]
        assert [event.usage.input_tokens for event in told] == [3]
    for odd in ({"prompt_tokens": -1}, {"prompt_tokens": True}, 7, None):
        assert [e for e in events(chunk(usage=odd)) if isinstance(e, UsageReported)] == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            {"message": "m", "type": "t", "code": 503},
            Failed(code="503", message="m", status=503),
        ),
        ({"message": "m", "code": "overloaded"}, Failed(code="overloaded", message="m")),
        ("m", Failed(code="server_error", message="m")),
        ({}, Failed(code="server_error", message="the provider reported an error")),
    ],
)
def test_an_error_ends_it_and_nothing_follows(error: object, told: Failed) -> None:
    found = events(chunk({"content": "a"}), chunk(error=error), chunk({"content": "b"}), DONE)
    assert found[-1] == told


def test_what_is_cut_off_never_ends() -> None:
    whole = chunk({"content": "a"}) + chunk(finish="stop") + DONE
    ended = whole.index(chunk(finish="stop")) + len(chunk(finish="stop")) - 2
    for at in range(len(whole)):
        told = events(whole[:at])
        assert (Ended() in told) == (at >= ended), at


def test_an_end_without_done_is_one_where_there_is_a_reason() -> None:
    assert events(chunk({"content": "a"}, "stop"))[-1] == Ended()
    assert events(chunk({"content": "a"}, "stop"), b"data: [DONE]")[-1] == Ended()
    assert Ended() not in events(chunk({"content": "a"}))


def test_done_without_a_reason() -> None:
    assert events(chunk({"content": "a"}), DONE)[-3:] == [
        PartStopped(index=0),
        Stopped(stop="other"),
        Ended(),
    ]
    assert events(DONE) == [Started(id="", model=""), Ended()]


def test_comments_and_what_is_unknown_are_passed_over() -> None:
    assert events(b": OPENROUTER PROCESSING\n\n", b'data: {"type":"ping"}\n\n') == []
    odd: Obj = {"choices": [7, {"index": "x", "delta": 7}], "id": "a"}
    told = events(b"event: x\ndata: " + json.dumps(odd).encode() + b"\n\n", frames=True)
    assert told == [
        Framed(dialect="openai_chat", name="x", members=odd),
        Started(id="a", model=""),
    ]


@pytest.mark.parametrize("data", [b"oops", b"[]", b"7", b'{"choices":'])
def test_what_is_no_chunk_is_the_providers_fault(data: bytes) -> None:
    with pytest.raises(ProviderFault):
        events(b"data: " + data + b"\n\n")


def test_an_event_without_end_is_bounded() -> None:
    decoder = CODEC.stream_decoder(event_bytes_max=1_000)
    for _ in range(142):
        assert decoder.feed(b"data: x") == []
    with pytest.raises(ProviderFault, match="more than 1000 bytes"):
        decoder.feed(b"data: x")
