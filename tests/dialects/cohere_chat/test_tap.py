"""The stream of a chat with Cohere in passing."""

import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.cohere_chat.tap import ChatTap, tap
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.splits import read_stream, same_for_every_split

USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=2)
DELTA = (
    b'event: content-delta\ndata: {"type":"content-delta","index":0,"delta":{"message":'
    b'{"content":{"text":"hi"}}}}\n\n'
)
PLAN = b'data: {"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I"}}}\n\n'
END = (
    b'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"COMPLETE",'
    b'"usage":{"billed_units":{"input_tokens":3,"output_tokens":2}}}}\n\ndata: [DONE]\n\n'
)


def test_a_whole_stream() -> None:
    body = PLAN + DELTA * 3 + END
    seen = same_for_every_split(lambda: tap(RequestHead(model="m")), body)
    assert (seen.shown, seen.usage, seen.complete, seen.failed) == (body, USAGE, True, False)
    assert seen.output_tokens == 4


def test_no_end_is_no_end() -> None:
    seen = same_for_every_split(ChatTap, DELTA * 3 + b"data: x\n\n")
    assert (seen.complete, seen.failed, seen.usage, seen.output_tokens) == (False, False, None, 3)
    bare = b'data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}\n\n'
    assert same_for_every_split(ChatTap, bare).complete


def test_an_error_is_seen() -> None:
    end = b'data: {"type":"message-end","delta":{"error":"too busy"}}\n\n'
    seen = same_for_every_split(ChatTap, DELTA + end)
    assert (seen.complete, seen.failed) == (False, True)


def test_an_event_has_a_bound() -> None:
    with pytest.raises(ProviderFault):
        ChatTap(event_bytes_max=10).feed(b"x" * 11)


def test_recorded_streams(recorded: Recorded) -> None:
    streams = [one for one in recorded("cohere-chat") if one["stream"]]
    assert streams
    for one in streams:
        body = one["response"]["text"].encode()
        seen = read_stream(ChatTap(), body, [97])
        assert (seen.shown, seen.complete, seen.failed) == (body, True, False)
        assert seen.usage is not None
        assert seen.output_tokens > 0
