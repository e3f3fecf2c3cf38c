"""Streams of content in passing: the same for every split; every byte passes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.gemini_generate.tap import tap
from detente.dialects.spec import RequestHead
from tests.dialects.splits import SIZES, read_stream, same_for_every_split

HEAD = RequestHead(model="m", stream=True)


def event(text: str = "a", *, output: int | None = None, **candidate: Any) -> bytes:
    content = {"content": {"parts": [{"text": text}], "role": "model"}, **candidate}
    chunk: dict[str, Any] = {"candidates": [content]}
    if output is not None:
        chunk["usageMetadata"] = {"promptTokenCount": 5, "candidatesTokenCount": output}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def test_a_whole_stream() -> None:
    body = event(output=1) + event(output=2) + event(output=3, finishReason="STOP")
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert seen.shown == body
    assert (seen.complete, seen.failed, seen.output_tokens) == (True, False, 3)
    assert seen.usage == Usage(uncached_input_tokens=5, visible_output_tokens=3)


def test_usage_may_come_after_the_reason() -> None:
    body = event(finishReason="STOP") + b'data: {"usageMetadata":{"promptTokenCount":9}}\n\n'
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert seen.complete
    assert seen.usage == Usage(uncached_input_tokens=9)


def test_it_is_complete_only_when_closed_and_all_candidates_ended() -> None:
    one = tap(HEAD)
    one.feed(event(finishReason="STOP", index=0))
    assert not one.complete
    one.close()
    assert one.complete
    both = event(index=0) + event(index=1) + event(index=0, finishReason="STOP")
    assert not same_for_every_split(lambda: tap(HEAD), both).complete
    assert not same_for_every_split(lambda: tap(HEAD), event()).complete
    assert not same_for_every_split(lambda: tap(HEAD), b"").complete


def test_a_blocked_prompt_is_an_end() -> None:
    body = b'data: {"promptFeedback":{"blockReason":"SAFETY"}}\n\n'
    assert same_for_every_split(lambda: tap(HEAD), body).complete


def test_an_error_is_no_end() -> None:
    body = event(finishReason="STOP") + b'data: {"error":{"code":500}}\n\n'
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert (seen.complete, seen.failed) == (False, True)


def test_without_counts_the_size_tells() -> None:
    seen = same_for_every_split(lambda: tap(HEAD), event("word " * 80) * 2)
    assert seen.usage is None
    assert 150 <= seen.output_tokens <= 300


@settings(max_examples=50, deadline=None)
@given(SIZES, st.lists(st.sampled_from([event(), event(output=4), b": x\n\n"]), max_size=6))
def test_every_byte_passes(sizes: list[int], events: list[bytes]) -> None:
    body = b"".join(events)
    assert read_stream(tap(HEAD), body, sizes).shown == body


def test_an_event_beyond_the_bound_is_refused() -> None:
    small = tap(HEAD, event_bytes_max=100)
    with pytest.raises(ProviderFault):
        small.feed(b"data: " + b"1" * 200)
