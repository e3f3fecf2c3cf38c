"""The stream of a completion in passing."""

import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.openai_completions.tap import CompletionTap, tap
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.splits import read_stream, same_for_every_split

USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=2)
DELTA = (
    b'data: {"id":"1","choices":[{"text":"hi","index":0,"logprobs":null,"finish_reason":null}]}\n\n'
)
LAST = b'data: {"id":"1","choices":[{"text":"","index":0,"finish_reason":"stop"}]}\n\n'
COUNTED = (
    b'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,'
    b'"total_tokens":5}}\n\n'
)
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(("asks", "shown"), [(True, COUNTED), (False, b"")])
def test_usage_is_hidden_where_the_client_did_not_ask(asks: bool, shown: bytes) -> None:
    head = RequestHead(model="m", stream=True, asks_usage=asks)
    seen = same_for_every_split(lambda: tap(head), DELTA * 3 + LAST + COUNTED + DONE)
    assert seen.shown == DELTA * 3 + LAST + shown + DONE
    assert (seen.usage, seen.complete, seen.failed, seen.output_tokens) == (USAGE, True, False, 3)


def test_no_end_is_no_end() -> None:
    seen = same_for_every_split(lambda: CompletionTap(hides=True), DELTA * 3 + b"data: x\n\n")
    assert (seen.complete, seen.usage, seen.output_tokens) == (False, None, 3)


def test_a_reason_ends_where_the_last_line_is_left_out() -> None:
    seen = same_for_every_split(lambda: CompletionTap(hides=True), DELTA + LAST)
    assert seen.complete


def test_an_error_is_seen() -> None:
    error = b'data: {"error":{"message":"too busy"}}\n\n'
    seen = same_for_every_split(lambda: CompletionTap(hides=True), DELTA + LAST + error)
    assert (seen.complete, seen.failed) == (False, True)


def test_an_event_has_a_bound() -> None:
    with pytest.raises(ProviderFault):
        CompletionTap(hides=True, event_bytes_max=10).feed(b"x" * 11)


def test_recorded_streams(recorded: Recorded) -> None:
    streams = [one for one in recorded("openai-completions") if one["stream"]]
    assert streams
    for one in streams:
        body = one["response"]["text"].encode()
        seen = read_stream(CompletionTap(hides=False), body, [97])
        assert (seen.shown, seen.complete, seen.failed) == (body, True, False)
        assert seen.output_tokens > 0
