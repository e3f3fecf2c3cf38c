"""What the recorded requests and answers of other dialects become is valid to the official client:
to its own check of requests, the patterns and bounds of its service model, and its parsers."""

import importlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from detente.canonical.content import Text, ToolCall
from detente.canonical.events import Delta, Ended
from detente.canonical.failure import Fault
from detente.canonical.model import Dialect
from detente.dialects import codec_of
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Codec, Reply, Target
from tests.conftest import Recorded
from tests.dialects.bedrock_converse.boto import converse, converse_stream, official
from tests.dialects.bedrock_converse.shapes import shapes

VALIDATE: Any = importlib.import_module("botocore.validate")
FILES: dict[str, Dialect] = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic_messages",
    "gemini-generate": "gemini_generate",
}
TOO_COLD = "temperature, value: -1"
"""One recorded request asks for it, to see the error."""

each_file = pytest.mark.parametrize(("file", "name"), FILES.items())


def codec(name: Dialect) -> Codec:
    found = codec_of(name)
    assert found is not None
    return found


def wrong(name: str, value: Any, path: str = "") -> Iterator[str]:
    """Where a value is not of the shape `name`: unions, words, patterns, bounds."""
    told = shapes()[name]
    match told["type"]:
        case "structure":
            if told.get("union") and len(value) != 1:
                yield f"{path} has {len(value)} members"
            for key, one in value.items() if not told.get("document") else ():
                if key in told["members"]:
                    yield from wrong(told["members"][key]["shape"], one, f"{path}.{key}")
                else:
                    yield f"{path}.{key} is unknown"
        case "list" | "map":
            member = told.get("member") or told["value"]
            for one in value.values() if told["type"] == "map" else value:
                yield from wrong(member["shape"], one, f"{path}[]")
        case "string":
            yield from wrong_text(told, value, path)
        case _:
            return


def wrong_text(told: dict[str, Any], value: str, path: str) -> Iterator[str]:
    """The same for a string."""
    if "enum" in told and value not in told["enum"]:
        yield f"{path} is no word of its"
    if "pattern" in told and not re.fullmatch(told["pattern"], value):
        yield f"{path} breaks its pattern"
    if not told.get("min", 0) <= len(value) <= told.get("max", 10**9):
        yield f"{path} has {len(value)} characters"


@each_file
def test_requests(recorded: Recorded, file: str, name: Dialect) -> None:
    sent = 0
    client = official().given([], {}, 200)
    shape = client.meta.service_model.operation_model("Converse").input_shape
    for row in recorded(file):
        request = codec(name).decode_request(row["request"]["text"].encode(), model="m")
        for model in ("us.anthropic.claude-sonnet-4-6", "us.amazon.nova-2-lite-v1:0"):
            wire = json.loads(CODEC.encode_request(request, Target(model=model)).body)
            report = VALIDATE.ParamValidator().validate({"modelId": model, **wire}, shape)
            found = report.generate_report()
            assert not found or TOO_COLD in found, (row["id"], found)
            assert list(wrong("ConverseRequest", wire)) == [], row["id"]
            roles = [message["role"] for message in wire["messages"]]
            assert roles[0] == "user"
            assert all(one != other for one, other in pairwise(roles))
        sent += 1
    print(f"{sent} requests of {name} are valid for Converse")  # noqa: T201 - a figure to read
    assert sent >= 200


@each_file
def test_answers(recorded: Recorded, file: str, name: Dialect) -> None:
    read = 0
    for row in recorded(file):
        if row["stream"] or row["response"]["status"] != 200:
            continue
        try:
            response = codec(name).decode_response(row["response"]["text"].encode())
        except Fault:
            continue  # some hosts answer errors with status 200
        body = CODEC.encode_response(response, Reply()).body
        assert list(wrong("ConverseResponse", json.loads(body))) == [], row["id"]
        content = converse(body)["output"]["message"]["content"]
        parts = response.choices[0].parts if response.choices else ()
        texts = [part.text for part in parts if isinstance(part, Text) and part.text.strip()]
        told = [
            block["text"] if "text" in block else block["citationsContent"]["content"][0]["text"]
            for block in content
            if "text" in block or "citationsContent" in block
        ]
        assert told[: len(texts)] == texts, row["id"]
        calls = [part for part in parts if isinstance(part, ToolCall)]
        shown = [block["toolUse"] for block in content if "toolUse" in block]
        assert [call["toolUseId"] for call in shown] == [call.id for call in calls]
        read += 1
    print(f"{read} answers of {name} are read by the client")  # noqa: T201 - a figure to read
    assert read >= 100


@each_file
def test_streams(recorded: Recorded, file: str, name: Dialect) -> None:
    read = 0
    for row in recorded(file):
        if not row["stream"] or row["response"]["status"] != 200:
            continue
        try:
            decoder = codec(name).stream_decoder()
            events = decoder.feed(row["response"]["text"].encode()) + decoder.close()
        except Fault:
            continue
        shown = converse_stream(CODEC.stream_encoder(Reply()).feed(events), size=10_000)
        complete = any(isinstance(event, Ended) for event in events)
        assert ("metadata" in shown[-1]) is complete, row["id"]
        deltas = [one["contentBlockDelta"]["delta"] for one in shown if "contentBlockDelta" in one]
        texts = [
            event.text for event in events if isinstance(event, Delta) and event.kind == "text"
        ]
        assert "".join(one["text"] for one in deltas if "text" in one).startswith("".join(texts))
        indexes = [
            one["contentBlockStop"]["contentBlockIndex"]
            for one in shown
            if "contentBlockStop" in one
        ]
        assert indexes == list(range(len(indexes)))
        read += 1
    print(f"{read} streams of {name} are read by the client")  # noqa: T201 - a figure to read
    assert read >= 7
