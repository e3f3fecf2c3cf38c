"""The summary of the law of every codec: what of the recorded exchanges comes back as it was.

The tests of each dialect say more of their own (2,000 seeded splits, what the SDK reads); this one
counts them all alike, and shows the share of bytes that travels as unknown members. An exchange
passes where its request and its answer do.
"""

import base64
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest

from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects import (
    anthropic_messages,
    bedrock_converse,
    cohere_chat,
    gemini_generate,
    ollama_chat,
    openai_chat,
    openai_completions,
    openai_responses,
)
from detente.dialects._envelope.invoke import opened
from detente.dialects._envelope.invoke_lanes import client_codec, upstream_codec
from detente.dialects._framing.aws_events import AwsEventCutter
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.codec import AWS_EVENTS, NDJSON, Codec
from tests.conftest import Recorded
from tests.dialects.roundtrip import (
    Share,
    byte_by_byte,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

Row = dict[str, Any]
Cut = list[tuple[str, object]]

PASSED_SHARE_MIN = 0.99
EXCHANGES_MIN = 1_350
EXCEPTIONS = {
    "pydantic-ai/test_bedrock/test_bedrock_model_other_parameters#0": (
        "the request lacks its last brace, and so is no JSON, which the operation takes alone: "
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"
    ),
    "pydantic-ai/test_openai/test_text_response#0": (
        "the answer is plain text of a test server, no completion: "
        "https://platform.openai.com/docs/api-reference/chat/object"
    ),
    "pydantic-ai/test_openai/test_invalid_response#0": (
        "the answer was written by hand and has no `choices`, which are required: "
        "https://platform.openai.com/docs/api-reference/chat/object"
    ),
}
"""What does not come back, with the vendor's page that says why it need not."""

CLAUDE = re.compile(r"/model/(?:[a-z]+\.)?anthropic\.claude-(?!v2)[^/]*/invoke")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the exchanges of one dialect are; `envelope` of what they are wrapped in."""

    name: str
    file: str
    codec: Codec
    chosen: Callable[[Row], bool] = lambda _: True
    model: Callable[[Row], str | None] = lambda _: None
    envelope: bool = False


def in_bedrocks_path(row: Row) -> str:
    """The model in a path of Bedrock's."""
    return unquote(str(row["path"]).split("/")[2])


def in_googles_path(row: Row) -> str:
    """The model in a path of Google's."""
    return str(row["path"]).rpartition("/models/")[2].partition(":")[0]


SOURCES = (
    Source(name="openai_chat", file="openai-chat", codec=openai_chat.CODEC),
    Source(name="openai_responses", file="openai-responses", codec=openai_responses.CODEC),
    Source(name="anthropic_messages", file="anthropic-messages", codec=anthropic_messages.CODEC),
    Source(
        name="  invoked",
        file="bedrock-invoke",
        codec=anthropic_messages.CODEC,
        chosen=lambda row: CLAUDE.match(row["path"]) is not None,
        envelope=True,
    ),
    Source(
        name="gemini_generate",
        file="gemini-generate",
        codec=gemini_generate.CODEC,
        model=in_googles_path,
    ),
    Source(
        name="bedrock_converse",
        file="bedrock-converse",
        codec=bedrock_converse.CODEC,
        model=in_bedrocks_path,
    ),
    Source(name="cohere_chat", file="cohere-chat", codec=cohere_chat.CODEC),
    Source(
        name="ollama_chat",
        file="ollama",
        codec=ollama_chat.CODEC,
        chosen=lambda row: row["path"] == "/api/chat",
    ),
    Source(name="openai_completions", file="openai-completions", codec=openai_completions.CODEC),
)


def body_of(message: Mapping[str, str]) -> bytes:
    """The body of a recorded request or answer."""
    return base64.b64decode(message["base64"]) if "base64" in message else message["text"].encode()


def cut(stream: bytes, content_type: bytes) -> Cut:
    """The events of a stream, each with its name and its JSON."""
    if content_type == NDJSON:
        return [("", json.loads(line)) for line in stream.splitlines() if line]
    if content_type == AWS_EVENTS:
        return [
            (event.headers.get(":event-type", ""), unwrapped(json.loads(event.payload)))
            for event in AwsEventCutter().feed(stream)
        ]
    cutter = EventCutter()
    return [
        (name.decode(), data if data == b"[DONE]" else json.loads(data))
        for name, data in cutter.feed(stream) + cutter.close()
    ]


def unwrapped(payload: dict[str, Any]) -> object:
    """A frame's JSON, or the native event that InvokeModel wraps; its padding means nothing."""
    return json.loads(base64.b64decode(payload["bytes"])) if "bytes" in payload else payload


@dataclass(kw_only=True)
class Count:
    """What of one source came back."""

    source: Source
    passed: int = 0
    errors: int = 0
    streams: int = 0
    share: Share = field(default_factory=Share)
    failed: dict[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        whole, share = self.passed + len(self.failed), self.share
        return (
            f"{self.source.name:<20} {self.passed} of {whole} exchanges ({self.streams} streams, "
            f"{self.errors} errors told); unknown members: "
            f"{100 * share.unknown / max(1, share.whole):.3f} % of {share.whole} bytes"
        )


def counted(source: Source, rows: Iterable[Row]) -> Count:
    """Every exchange of one source, there and back."""
    count = Count(source=source)
    for row in rows:
        if not source.chosen(row):
            continue
        try:
            found = request_trip(source, row, count) or answer_trip(source, row, count)
        except (ClientFault, ProviderFault) as fault:
            found = str(fault)
        if found is None:
            count.passed += 1
        else:
            count.failed[row["id"]] = found
    return count


def request_trip(source: Source, row: Row, count: Count) -> str | None:
    """What of the request does not come back."""
    body = body_of(row["request"])
    version = row["request"]["headers"].get("anthropic-version", "2023-06-01")
    if source.envelope:
        body = opened(body, model="m", stream=row["stream"]).body
    return request_difference(
        source.codec, body, count.share, model=source.model(row), api_version=version
    )


def answer_trip(source: Source, row: Row, count: Count) -> str | None:
    """What of the answer does not come back; an error has to be read as one."""
    answer, codec = row["response"], source.codec
    body = body_of(answer)
    if answer["status"] != 200 or (not row["stream"] and codec.read_error(body) is not None):
        count.errors += 1
        return None if codec.read_error(body) is not None else "no error is read"
    if not row["stream"]:
        return response_difference(codec, body, count.share)
    count.streams += 1
    both = both_ways(source)
    return stream_difference(
        both, body, count.share, cut=lambda stream: cut(stream, both.stream_content_type)
    )


def both_ways(source: Source) -> Codec:
    """The codec, reading and writing streams in the envelope that they are wrapped in."""
    return client_codec(upstream_codec(source.codec)) if source.envelope else source.codec


def say(line: str) -> None:
    """Figures for whoever runs this with `-s`."""
    sys.stdout.write(line + "\n")


def test_recorded_exchanges_come_back_as_they_were(recorded: Recorded) -> None:
    say("")
    counts = [counted(source, recorded(source.file)) for source in SOURCES]
    for count in counts:
        say(str(count))
    passed = sum(count.passed for count in counts)
    failed = {name: why for count in counts for name, why in count.failed.items()}
    say(f"{passed} of {passed + len(failed)} exchanges come back as they were")
    for name in failed:
        say(f"but {name}: {EXCEPTIONS.get(name)}")
    assert set(failed) == set(EXCEPTIONS), failed
    assert passed >= PASSED_SHARE_MIN * (passed + len(failed))
    assert passed >= EXCHANGES_MIN


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name.strip())
def test_every_recorded_stream_reads_alike_byte_by_byte(recorded: Recorded, source: Source) -> None:
    codec = both_ways(source)
    streams = [
        body_of(row["response"])
        for row in recorded(source.file)
        if source.chosen(row) and row["stream"] and row["response"]["status"] == 200
    ]
    for stream in streams:
        whole = events_of(codec.stream_decoder(), iter((stream,)))
        assert events_of(codec.stream_decoder(), byte_by_byte(stream)) == whole
    say(f"{source.name}: {len(streams)} of {len(streams)} streams alike byte by byte")
