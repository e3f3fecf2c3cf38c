"""Events of Cohere's streams as canonical ones."""

import json
from typing import Any

import pytest

from detente.canonical.content import Citation
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
from detente.dialects.cohere_chat import CODEC

STARTED = Started(id="i", model="")
DONE = b"data: [DONE]\n\n"


def event(kind: str, message: dict[str, Any] | None = None, **members: Any) -> bytes:
    told: dict[str, Any] = {"type": kind, "id": "i", **members}
    if message is not None:
        told["delta"] = {"message": message}
    return b"event: " + kind.encode() + b"\ndata: " + json.dumps(told).encode() + b"\n\n"


def end(word: str | None = "COMPLETE", **delta: Any) -> bytes:
    return event("message-end", delta={"finish_reason": word, **delta})


def call(arguments: str) -> dict[str, Any]:
    return {"tool_calls": {"function": {"arguments": arguments}}}


def events(*wire: bytes) -> list[Event]:
    decoder = CODEC.stream_decoder(id_prefix="call_r")
    return decoder.feed(b"".join(wire)) + decoder.close()


def test_a_plan_then_calls() -> None:
    begun = {"tool_calls": {"id": "c", "type": "function", "function": {"name": "f"}}}
    nameless = {"tool_calls": {"type": "function", "function": {"name": "g", "arguments": "{}"}}}
    told = events(
        event("message-start"),
        event("tool-plan-delta", {"tool_plan": "I "}),
        event("tool-plan-delta", {"tool_plan": "plan"}),
        event("tool-call-start", begun, index=0),
        event("tool-call-delta", call('{"a"'), index=0),
        event("tool-call-delta", call(":1}"), index=0),
        event("tool-call-end", index=0),
        event("tool-call-start", nameless, index=1),
        event("tool-call-end", index=1),
        end("TOOL_CALL", usage={"billed_units": {"input_tokens": 3, "output_tokens": 2}}),
        DONE,
    )
    starts = [one for one in told if isinstance(one, PartStarted) and one.kind == "tool_call"]
    assert [(one.index, one.id, one.name) for one in starts] == [
        (1, "c", "f"),
        (2, "call_r_1", "g"),
    ]
    assert [one for one in told if not isinstance(one, PartStarted)] == [
        STARTED,
        Delta(kind="reasoning", index=0, text="I "),
        Delta(kind="reasoning", index=0, text="plan"),
        PartStopped(index=0),
        Delta(kind="tool_call", index=1, text='{"a"'),
        Delta(kind="tool_call", index=1, text=":1}"),
        PartStopped(index=1),
        Delta(kind="tool_call", index=2, text="{}"),
        PartStopped(index=2),
        Stopped(stop="tool_calls"),
        UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2)),
        Ended(),
    ]


def test_thoughts_text_and_citations() -> None:
    citation: dict[str, Any] = {"start": 0, "end": 2, "text": "hi", "sources": []}
    told = events(
        event("message-start"),
        event("content-start", {"content": {"type": "thinking", "thinking": "h"}}, index=0),
        event("content-delta", {"content": {"thinking": "m"}}, index=0),
        event("content-end", index=0),
        event("content-start", {"content": {"type": "text", "text": ""}}, index=1),
        event("content-delta", {"content": {"text": "hi"}}, index=1),
        event("citation-start", {"citations": citation}, index=0),
        event("citation-end", index=0),
        event("content-end", index=1),
        event("debug", prompt="?"),
        event("brand-new"),
        end(),
        DONE,
    )
    cited = next(one for one in told if isinstance(one, Cited))
    assert isinstance(cited.citation, Citation)
    assert (cited.index, cited.citation.start, cited.citation.end) == (1, 0, 2)
    assert [one for one in told if not isinstance(one, Cited)] == [
        STARTED,
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="h"),
        Delta(kind="reasoning", index=0, text="m"),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="hi"),
        PartStopped(index=1),
        Stopped(stop="end"),
        Ended(),
    ]


def test_a_delta_without_a_start_starts_its_part() -> None:
    assert events(event("content-delta", {"content": {"text": "hi"}}, index=0), end(None)) == [
        STARTED,
        PartStarted(kind="text", index=0),
        Delta(kind="text", index=0, text="hi"),
        PartStopped(index=0),
        Ended(),
    ]


def test_the_end_is_seen_without_the_last_line() -> None:
    assert isinstance(events(event("message-start"), end())[-1], Ended)
    assert not any(isinstance(one, Ended) for one in events(event("message-start"), DONE))
    assert not any(isinstance(one, Ended) for one in events(event("message-start")))


@pytest.mark.parametrize("error", ["too busy", {"odd": 1}])
def test_an_error_ends_it(error: Any) -> None:
    told = events(event("message-start"), end("ERROR", error=error), DONE)
    assert isinstance(told[-1], Failed)
    assert told[-1].message in ("too busy", "the provider reported an error")


@pytest.mark.parametrize(
    "wire",
    [
        b"data: x\n\n",
        b"data: []\n\n",
        event("tool-call-start", {"tool_calls": {"id": 3, "function": {}}}, index=0),
        event("tool-call-start", {"tool_calls": {}}, index=0),
    ],
)
def test_what_is_no_event(wire: bytes) -> None:
    with pytest.raises(ProviderFault):
        events(wire)


def test_an_answer_has_a_bound_of_parts() -> None:
    wire = [
        event("content-start", {"content": {"type": "text"}}, index=index) for index in range(5000)
    ]
    with pytest.raises(ProviderFault):
        events(*wire)
