"""Streams of this dialect: the events that they give, whatever the bytes and however split."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import Citation, Native, Opaque
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
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
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.anthropic_messages.stream_blocks import BLOCKS_OPEN_MAX
from detente.dialects.codec import Reply
from tests.conftest import Recorded
from tests.dialects.roundtrip import difference, events_of

STOP = {"type": "message_stop"}


def wire(*datas: dict[str, Any]) -> bytes:
    """Events as the platform sends them."""
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (str(data.get("type")).encode(), json.dumps(data).encode())
        for data in datas
    )


def start(block: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind: str, index: int = 0, **members: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **members}}


def stop(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def read(*datas: dict[str, Any]) -> list[Event]:
    return events_of(CODEC.stream_decoder(), iter((wire(*datas),)))


def test_a_message_from_start_to_end() -> None:
    usage = {"input_tokens": 5, "output_tokens": 1, "service_tier": "standard"}
    begun: dict[str, Any] = {"id": "msg_1", "model": "m", "usage": usage, "content": []}
    assert read(
        {"type": "message_start", "message": begun},
        {"type": "ping"},
        start({"type": "text", "text": ""}),
        delta("text_delta", text="Hel"),
        delta("text_delta", text=""),
        delta("text_delta", text="lo"),
        stop(),
        start({"type": "tool_use", "id": "a", "name": "b", "input": {}}, 1),
        delta("input_json_delta", 1, partial_json=""),
        delta("input_json_delta", 1, partial_json="{}"),
        stop(1),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}},
        },
        STOP,
    ) == [
        Started(id="msg_1", model="m", service_tier="default"),
        UsageReported(
            usage=Usage(uncached_input_tokens=5, visible_output_tokens=1), service_tier="default"
        ),
        Pinged(),
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="Hel"),
        Delta(kind="text", index=0, text="lo"),
        PartStopped(index=0),
        PartStarted(kind="tool_call", index=1, id="a", name="b"),
        Delta(kind="tool_call", index=1, text="{}"),
        PartStopped(index=1),
        Stopped(stop="tool_calls"),
        UsageReported(
            usage=Usage(uncached_input_tokens=5, visible_output_tokens=5, reasoning_output_tokens=4)
        ),
        Ended(),
    ]


def test_thoughts_and_their_state() -> None:
    told = Opaque(origin="anthropic_messages", value="SIGNED")
    hidden = Opaque(origin="anthropic_messages", value="HIDDEN", kind="redacted")
    assert read(
        start({"type": "thinking", "thinking": "a", "signature": ""}),
        delta("thinking_delta", thinking="b", estimated_tokens=3),
        delta("signature_delta", signature="SIGNED"),
        stop(),
        start({"type": "redacted_thinking", "data": "HIDDEN"}, 1),
        stop(1),
        start({"type": "thinking", "thinking": "", "signature": "SIGNED"}, 2),
        stop(2),
    ) == [
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="a"),
        Delta(kind="reasoning", index=0, text="b"),
        StateGiven(index=0, state=told),
        PartStopped(index=0),
        PartStarted(kind="reasoning", index=1, state=hidden),
        PartStopped(index=1),
        PartStarted(kind="reasoning", index=2),
        StateGiven(index=2, state=told),
        PartStopped(index=2),
    ]


def test_what_the_platforms_tools_say_comes_whole() -> None:
    call: dict[str, Any] = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    cut: dict[str, Any] = {**call, "id": "t"}
    compaction: dict[str, Any] = {"type": "compaction", "content": None}
    found: dict[str, Any] = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    events = read(
        start(call),
        delta("input_json_delta", partial_json='{"q":'),
        delta("input_json_delta", partial_json="1}"),
        stop(),
        start(found, 1),
        stop(1),
        start(compaction, 2),
        delta("compaction_delta", 2, content="short", encrypted_content=None),
        stop(2),
        start(cut, 3),
        delta("input_json_delta", 3, partial_json='{"q":'),
        stop(3),
    )
    wanted: list[dict[str, Any]] = [
        {**call, "input": {"q": 1}},
        found,
        {"type": "compaction", "content": "short"},
        cut,
    ]
    assert events == [
        PartGiven(
            index=at,
            part=Native(dialect="anthropic_messages", name=str(block["type"]), value=block),
        )
        for at, block in enumerate(wanted)
    ]


def test_citations() -> None:
    cited = {"type": "web_search_result_location", "url": "https://x", "cited_text": "q"}
    citation = Citation(kind="url", url="https://x", quote="q")
    assert read(
        start({"type": "text", "text": "a", "citations": [cited]}),
        delta("citations_delta", citation=cited),
        stop(),
    ) == [
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="a"),
        Cited(index=0, citation=citation),
        Cited(index=0, citation=citation),
        PartStopped(index=0),
    ]


def test_a_call_that_comes_with_its_arguments() -> None:
    events = read(start({"type": "tool_use", "id": "a", "name": "b", "input": {"x": 1}}), stop())
    assert events[1] == Delta(kind="tool_call", index=0, text='{"x":1}')


def test_refusals_and_unknown_reasons() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "no"}
    told = {"stop_reason": "refusal", "stop_details": details}
    assert read({"type": "message_delta", "delta": told}) == [
        Stopped(stop="refusal", stop_detail="bio")
    ]
    assert read({"type": "message_delta", "delta": {"stop_reason": "brand_new"}}) == [
        Stopped(stop="other")
    ]
    assert read({"type": "message_delta", "delta": {"stop_reason": None}}) == []


def test_what_is_unknown_is_framed_and_nothing_else() -> None:
    unknown: tuple[dict[str, Any], ...] = ({"type": "brand_new", "x": 1}, {"type": 5}, {})
    assert read(*unknown) == []
    decoder = CODEC.stream_decoder(frames=True)
    assert [event.members for event in decoder.feed(wire(*unknown)) if isinstance(event, Framed)]
    known = read(start({"type": "text", "text": ""}), delta("brand_new", x=1), stop())
    assert [type(event) for event in known] == [PartStarted, PartStopped]
    other = read(start({"type": "text", "text": ""}), delta("thinking_delta", thinking="x"))
    assert [type(event) for event in other] == [PartStarted]


def test_an_error_inside_the_stream_is_its_last_event() -> None:
    error = {"type": "overloaded_error", "message": "Overloaded"}
    assert read({"type": "error", "error": error}, STOP) == [
        Failed(code="overloaded_error", message="Overloaded", status=529)
    ]
    assert read({"type": "error"}) == [
        Failed(code="api_error", message="the provider reported an error", status=500)
    ]


def test_nothing_follows_the_end() -> None:
    assert read(STOP, STOP, {"type": "ping"}) == [Ended()]


def test_the_end_needs_no_blank_line() -> None:
    assert events_of(CODEC.stream_decoder(), iter((wire(STOP)[:-2],))) == [Ended()]


def test_half_an_event_at_the_end_is_nothing() -> None:
    stream = wire(start({"type": "text", "text": ""}), delta("text_delta", text="hello"))
    assert events_of(CODEC.stream_decoder(), iter((stream[:-12],))) == [
        PartStarted(kind="text", index=0)
    ]


def test_counts_that_cannot_be_believed_are_not_reported() -> None:
    for count in (-1, True, 1.5, 10**30, "7"):
        usage = {"input_tokens": count, "output_tokens": 1}
        events = read({"type": "message_start", "message": {"id": "m", "usage": usage}})
        assert [type(event) for event in events] == [Started]


@pytest.mark.parametrize(
    "datas",
    [
        [delta("text_delta", text="a")],
        [stop()],
        [start({"type": "text", "text": ""}), start({"type": "text", "text": ""})],
        [{"type": "content_block_start", "content_block": {"type": "text", "text": ""}}],
        [start({"type": "text"})],
        [start({"type": "tool_use", "id": "a"})],
        [start({"type": "tool_use", "id": "", "name": "f"})],
        [start({"type": "image"}), stop()],
        [start({"type": "text", "text": ""}), delta("text_delta", text=1)],
        [{"type": "message_start"}],
        [start({"type": "x"}, at) for at in range(BLOCKS_OPEN_MAX + 1)],
    ],
)
def test_what_breaks_the_law_is_the_providers_fault(datas: list[dict[str, Any]]) -> None:
    with pytest.raises(ProviderFault):
        read(*datas)


@pytest.mark.parametrize("data", [b"", b"x", b"[]", b"1", b'{"type":' + b"[" * 5000])
def test_data_that_is_no_object_is_the_providers_fault(data: bytes) -> None:
    with pytest.raises(ProviderFault):
        CODEC.stream_decoder().feed(b"event: x\ndata: " + data + b"\n\n")


def test_memory_is_bounded() -> None:
    decoder = CODEC.stream_decoder(event_bytes_max=1000)
    with pytest.raises(ProviderFault):
        decoder.feed(b"data: " + b"x" * 1000)
    decoder = CODEC.stream_decoder(event_bytes_max=1000)
    decoder.feed(wire(start({"type": "server_tool_use", "input": {}})))
    for _ in range(10):
        decoder.feed(wire(delta("input_json_delta", partial_json="x" * 100)))
    with pytest.raises(ProviderFault):
        decoder.feed(wire(delta("input_json_delta", partial_json="x")))


def test_indexes_of_the_wire_come_back_although_ours_count_on() -> None:
    stream = wire(
        start({"type": "text", "text": ""}, 7), delta("text_delta", 7, text="a", new=1), stop(7)
    )
    events = events_of(CODEC.stream_decoder(frames=True), iter((stream,)))
    assert {event.index for event in events if isinstance(event, Delta)} == {0}
    back = CODEC.stream_encoder(Reply()).feed(events)
    for before, after in zip(datas_of(stream), datas_of(back), strict=True):
        assert difference(before, after) is None


def datas_of(stream: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in stream.splitlines() if line.startswith(b"data: ")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(("text", "", "tool_use")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
EVENTS = st.lists(
    st.sampled_from(
        [
            {"type": "message_start", "message": {"id": "m", "model": "m"}},
            start({"type": "text", "text": ""}),
            start({"type": "tool_use", "id": "a", "name": "b", "input": {}}, 1),
            start({"type": "server_tool_use", "input": {}}, 2),
            delta("text_delta", text="é\n"),
            delta("input_json_delta", 1, partial_json='{"a":'),
            delta("input_json_delta", 2, partial_json="}"),
            stop(),
            stop(1),
            stop(2),
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
            {"type": "ping"},
            STOP,
        ]
    )
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                (
                    "message_start",
                    "content_block_start",
                    "content_block_delta",
                    "content_block_stop",
                    "message_delta",
                    "error",
                    "x",
                )
            )
        },
        optional={"index": JSON, "delta": JSON, "message": JSON, "usage": JSON, "error": JSON},
    ),
    max_size=8,
)


def outcome(pieces: Iterable[bytes]) -> list[Event] | str:
    """The events, or the fault; those before a fault do not count, for pieces differ there."""
    try:
        return events_of(CODEC.stream_decoder(frames=True), iter(pieces))
    except ProviderFault as fault:
        return fault.failure.message


@settings(max_examples=150, deadline=None)
@given(EVENTS, st.integers(1, 50))
def test_any_events_at_any_split(datas: list[dict[str, Any]], size: int) -> None:
    stream = wire(*datas)
    whole = outcome((stream,))
    assert outcome(stream[at : at + size] for at in range(0, len(stream), size)) == whole
    if isinstance(whole, list):
        plain = [event for event in whole if not isinstance(event, Framed)]
        CODEC.stream_encoder(Reply()).feed(plain)
        CODEC.stream_encoder(Reply()).feed(whole)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_the_providers_fault(body: bytes) -> None:
    outcome((body,))
    outcome((b"data: " + body + b"\n\n",))


def test_recorded_streams_cut_anywhere_have_no_end(recorded: Recorded) -> None:
    for row in [row for row in recorded("anthropic-messages") if row["stream"]][::6]:
        body = row["response"]["text"].encode()
        for end in range(0, body.rindex(b"message_stop"), max(1, len(body) // 40)):
            events = events_of(CODEC.stream_decoder(), iter((body[:end],)))
            assert not any(isinstance(event, Ended) for event in events)
