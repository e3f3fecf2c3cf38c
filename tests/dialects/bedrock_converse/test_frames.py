"""Frames of Converse's own, written again with what has changed."""

import json

from detente.canonical.events import Delta, Failed, Framed, PartStarted, Stopped
from detente.canonical.extras import Obj
from detente.dialects._framing.aws_events import read_event
from detente.dialects.bedrock_converse.frames import Rewriter, wire_event, without_text
from tests.dialects.bedrock_converse.frames import frame


def framed(name: str, members: Obj) -> Framed:
    return Framed(dialect="bedrock_converse", name=name, members=members)


def payload(written: bytes) -> object:
    return json.loads(read_event(written).payload)


def test_a_frame_is_written_as_the_platform_writes_it() -> None:
    assert wire_event("messageStop", {"stopReason": "end_turn"}) == frame(
        "messageStop", {"stopReason": "end_turn"}
    )
    assert wire_event("brandNew", {}) == frame("brandNew", {})


def test_the_text_stands_in_the_event_and_is_put_back() -> None:
    wire: Obj = {"contentBlockIndex": 2, "delta": {"text": "secret"}, "p": "ab"}
    members = without_text(wire)
    assert members == {"contentBlockIndex": 2, "delta": {"text": ""}, "p": "ab"}
    rewriter = Rewriter()
    assert rewriter.begin(framed("contentBlockDelta", members)) == b""
    assert rewriter.add(Delta(kind="text", index=0, text="secret")) == b""
    assert payload(rewriter.flush()) == wire
    assert rewriter.flush() == b""


def test_inner_texts_keep_what_is_beside_them() -> None:
    wire: Obj = {"delta": {"reasoningContent": {"text": "hm", "new": 1}, "odd": 2}}
    rewriter = Rewriter()
    rewriter.begin(framed("contentBlockDelta", without_text(wire)))
    rewriter.add(Delta(kind="reasoning", index=0, text="hm"))
    assert payload(rewriter.flush()) == wire
    assert without_text({"delta": 1}) == {"delta": 1}


def test_a_frame_goes_out_when_the_next_begins() -> None:
    rewriter = Rewriter()
    rewriter.begin(framed("messageStop", {"stopReason": "end_turn"}))
    rewriter.add(Stopped(stop="end"))
    assert payload(rewriter.begin(framed("metadata", {}))) == {"stopReason": "end_turn"}


def test_a_failure_without_a_frame_is_an_exception() -> None:
    rewriter = Rewriter()
    rewriter.begin(framed("messageStart", {}))
    written = rewriter.add(Failed(code="x", message="m", status=500))
    assert written.startswith(wire_event("messageStart", {}))
    assert b"internalServerException" in written


def test_a_call_keeps_its_name_where_none_is_told() -> None:
    start: Obj = {"start": {"toolUse": {"toolUseId": "t", "name": "f"}}}
    rewriter = Rewriter()
    rewriter.begin(framed("contentBlockStart", start))
    rewriter.add(PartStarted(kind="tool_call", index=0))
    assert payload(rewriter.flush()) == start
