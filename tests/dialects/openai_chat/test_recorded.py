"""The law of the codec over all recorded exchanges: what came in this dialect goes out unchanged.

There are no exceptions. What is no completion at all (an error, a page of a proxy) is told apart.
"""

import json
from typing import Any

import msgspec
import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.response import Response
from detente.dialects._translation import whole
from detente.dialects.codec import Reply
from detente.dialects.openai_chat import CODEC
from tests.conftest import Recorded
from tests.dialects.openai_chat.sdk import cut, read_chunks, read_response, read_stream
from tests.dialects.roundtrip import (
    Share,
    assert_splits_alike,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

REQUESTS_MIN = 466
RESPONSES_MIN = 359
STREAMS_MIN = 92
ERRORS_MIN = 13
SEEDS = 22
"""For each of the 92 streams: 2,024 splits."""

BYTEWISE_BYTES_MAX = 8_000
NO_COMPLETIONS = {"method=POST pathname=/bin/chat/completions Content-Type=text/plain"}
"""What a test server of a recording answered, which speaks no dialect."""

REPLY = Reply(request_id="r", now_s=7)


def test_recorded_requests_lose_nothing(recorded: Recorded) -> None:
    share = Share()
    bodies = [exchange["request"]["text"].encode() for exchange in recorded("openai-chat")]
    found = [request_difference(CODEC, body, share) for body in bodies]
    print(f"requests: {found.count(None)} of {len(bodies)} alike; {share}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(bodies) >= REQUESTS_MIN
    assert share.unknown < 0.001 * share.whole


@pytest.fixture
def answers(recorded: Recorded) -> list[bytes]:
    """The recorded whole answers that are completions."""
    bodies = [
        exchange["response"]["text"].encode()
        for exchange in recorded("openai-chat")
        if not exchange["stream"] and exchange["response"]["status"] == 200
    ]
    return [body for body in bodies if b'"choices"' in body]


def test_recorded_responses_lose_nothing(answers: list[bytes]) -> None:
    share = Share()
    found = [response_difference(CODEC, body, share) for body in answers]
    print(f"responses: {found.count(None)} of {len(answers)} alike; {share}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(answers) >= RESPONSES_MIN
    assert share.unknown < 0.1 * share.whole


@pytest.fixture
def streams(recorded: Recorded) -> list[bytes]:
    """The recorded streams."""
    return [
        exchange["response"]["text"].encode()
        for exchange in recorded("openai-chat")
        if exchange["stream"]
    ]


def test_recorded_streams_lose_nothing(streams: list[bytes]) -> None:
    share = Share()
    found = [stream_difference(CODEC, stream, share, cut=cut) for stream in streams]
    print(f"streams: {found.count(None)} of {len(streams)} alike; {share}")  # noqa: T201 - a figure to read
    assert [difference for difference in found if difference is not None] == []
    assert len(streams) >= STREAMS_MIN
    assert share.unknown < 0.005 * share.whole


def test_every_split_of_a_stream_says_the_same(streams: list[bytes]) -> None:
    bytewise = 0
    for stream in streams:
        small = len(stream) < BYTEWISE_BYTES_MAX
        bytewise += small
        assert_splits_alike(CODEC, stream, seeds=SEEDS, bytewise=small)
    print(f"splits: {SEEDS * len(streams)} alike, and {bytewise} byte by byte")  # noqa: T201 - as above
    assert SEEDS * len(streams) >= 2_000
    assert bytewise >= len(streams) // 10


def test_recorded_errors_are_read(recorded: Recorded) -> None:
    bodies = [
        exchange["response"]["text"]
        for exchange in recorded("openai-chat")
        if not exchange["stream"] and '"choices"' not in exchange["response"]["text"]
    ]
    told = [CODEC.read_error(body.encode()) for body in bodies if '"error"' in body]
    assert {error.code for error in told if error is not None} == {
        "DeploymentNotFound",
        "content_filter",
        "invalid_image_url",
        "invalid_value",
        "unsupported_value",
        "429",
    }
    assert None not in told
    assert len(told) >= ERRORS_MIN
    others = {body for body in bodies if '"error"' not in body}
    assert {body.strip() for body in others if "{" not in body} == NO_COMPLETIONS
    for body in bodies:
        with pytest.raises(ProviderFault):
            CODEC.decode_response(body.encode())


def test_recorded_streams_written_anew_say_the_same_to_the_sdk(streams: list[bytes]) -> None:
    for stream in streams:
        events = events_of(CODEC.stream_decoder(), iter((stream,)))
        encoder = CODEC.stream_encoder(REPLY)
        told = _said(read_chunks(stream, strict=False))
        body = encoder.feed(events)
        assert _said(read_chunks(body)) == told
        final = read_stream(body)
        assert (final.choices[0].message.content or "") == told[0]
        assert [loss.what for loss in encoder.losses] == []


def test_recorded_responses_written_anew_say_the_same_to_the_sdk(answers: list[bytes]) -> None:
    for body in answers:
        response = _without_rest(CODEC.decode_response(body))
        told = read_response(CODEC.encode_response(response, REPLY).body)
        streamed = read_stream(CODEC.stream_encoder(REPLY).feed(whole.events_of(response)))
        source = json.loads(body)
        texts = [choice.get("message", {}).get("content") or "" for choice in source["choices"]]
        if not isinstance(texts[0], list):
            assert [choice.message.content or "" for choice in told.choices] == texts
        assert (told.choices[0].message.content or "") == (
            streamed.choices[0].message.content or ""
        )
        assert told.choices[0].finish_reason == streamed.choices[0].finish_reason
        assert _calls(told) == _calls(streamed)
        counted = source["usage"]
        assert told.usage is not None
        assert told.usage.prompt_tokens == counted["prompt_tokens"]
        assert told.usage.completion_tokens >= counted["completion_tokens"]


def _said(chunks: list[Any]) -> tuple[str, list[list[str]], list[str]]:
    """Text, calls and reasons in a stream: compatible hosts' own cannot all be read by the SDK's
    helper, which joins no annotations that come in pieces."""
    text, calls, reasons = "", list[list[str]](), list[str]()
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        text += choice.delta.content or ""
        for call in choice.delta.tool_calls or ():
            if call.index == len(calls):
                calls.append([call.id, call.function.name, ""])
            calls[call.index][2] += call.function.arguments or ""
        if choice.finish_reason:
            reasons.append(choice.finish_reason)
    return text, calls, reasons[:1]


def _calls(completion: Any) -> list[tuple[str, str, str]]:
    return [
        (call.id, call.function.name, call.function.arguments)
        for choice in completion.choices
        for call in choice.message.tool_calls or ()
    ]


def _without_rest(response: Response) -> Response:
    """The answer as if it came from another dialect: nothing of chat's own is left."""
    choices = tuple(
        msgspec.structs.replace(
            choice,
            extras=None,
            filters=(),
            parts=tuple(_plain(part) for part in choice.parts),
        )
        for choice in response.choices
    )
    return msgspec.structs.replace(response, origin=None, extras=None, filters=(), choices=choices)


def _plain(part: Any) -> Any:
    return msgspec.structs.replace(part, extras=None) if hasattr(part, "extras") else part
