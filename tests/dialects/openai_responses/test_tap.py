"""Responses streams: the same for every split; every byte passes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.usage import Usage
from detente.dialects.openai_responses.tap import tap
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.splits import SIZES, read_stream, same_for_every_split

HEAD = RequestHead(model="m", stream=True)
USAGE = Usage(uncached_input_tokens=7, visible_output_tokens=3)


def event(kind: str, more: str = "", *, named: bool = True) -> bytes:
    name = f"event: {kind}\n" if named else ""
    return f'{name}data: {{"type":"{kind}","sequence_number":1{more}}}\n\n'.encode()


CREATED = event("response.created", ',"response":{"usage":null}')
TEXT = event("response.output_text.delta", ',"delta":"x"')
ARGUMENTS = event("response.function_call_arguments.delta", ',"delta":"{"')
TEXT_DONE = event("response.output_text.done", ',"text":".delta"')
REPORT = ',"response":{"usage":{"input_tokens":7,"output_tokens":3}}'


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        ("response.completed", False),
        ("response.incomplete", False),
        ("response.failed", True),
    ],
)
def test_terminal_events(kind: str, failed: bool, named: bool) -> None:
    delta = event("response.output_text.delta", ',"delta":"x"', named=named)
    body = CREATED + delta * 12 + ARGUMENTS + TEXT_DONE + event(kind, REPORT, named=named)
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert seen.shown == body
    assert (seen.usage, seen.complete, seen.failed) == (USAGE, True, failed)
    assert seen.output_tokens == 13


def test_a_failure_without_usage() -> None:
    body = CREATED + TEXT + event("response.failed", ',"response":{"error":{},"usage":null}')
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert (seen.usage, seen.complete, seen.failed) == (None, True, True)


@pytest.mark.parametrize(
    "error", [event("error", ',"code":"x","message":"y"'), b'data: {"error":{"message":"x"}}\n\n']
)
def test_an_error_inside(error: bytes) -> None:
    seen = same_for_every_split(lambda: tap(HEAD), CREATED + TEXT + error)
    assert (seen.complete, seen.failed, seen.output_tokens) == (False, True, 1)


def test_crlf() -> None:
    body = (CREATED + TEXT * 9 + event("response.completed", REPORT)).replace(b"\n", b"\r\n")
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert (seen.shown, seen.usage, seen.output_tokens) == (body, USAGE, 9)


@given(st.lists(st.sampled_from([CREATED, TEXT, ARGUMENTS, TEXT_DONE, b": c\n\n", b"\n"])), SIZES)
@settings(max_examples=40)
def test_any_order_any_split(events: list[bytes], sizes: list[int]) -> None:
    body = b"".join(events)
    whole = read_stream(tap(HEAD), body, [max(1, len(body))])
    assert read_stream(tap(HEAD), body, sizes) == whole
    assert (whole.shown, whole.complete) == (body, False)
    assert whole.output_tokens == events.count(TEXT) + events.count(ARGUMENTS)


def test_recorded_streams(recorded: Recorded) -> None:
    rows = [row for row in recorded("openai-responses") if row["stream"]]
    assert len(rows) > 20
    for row in rows:
        body = row["response"]["text"].encode()
        whole = read_stream(tap(HEAD), body, [len(body)])
        for sizes in ([7], [100, 3], [1000]):
            assert read_stream(tap(HEAD), body, sizes) == whole, row["id"]
        assert whole.shown == body
        assert (whole.complete, whole.failed) == (True, False), row["id"]
        assert whole.usage is not None, row["id"]
