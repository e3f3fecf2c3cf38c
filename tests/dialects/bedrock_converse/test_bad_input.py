"""Any bytes give a value or a fault; what is read can be written, for Converse and as if it came
from elsewhere."""

import base64
import contextlib
import json
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.canonical.content import Native, Turn
from detente.canonical.events import Framed
from detente.canonical.extras import Json
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.request import Request
from detente.canonical.response import Choice, Response
from detente.dialects._framing.aws_events import AwsEventCutter
from detente.dialects._translation.whole import events_of
from detente.dialects.bedrock_converse import CODEC, SPEC
from detente.dialects.codec import Reply, Target
from tests.conftest import read_recorded
from tests.dialects.bedrock_converse.frames import frame

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["user", "assistant", "default", "png", "end_turn", "aGk="]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "toolUse", "image", "cachePoint", "json", "content", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def recorded_requests() -> list[Any]:
    texts = [row["request"]["text"] for row in read_recorded("bedrock-converse")]
    return [
        json.loads(text)
        for text in texts
        if len(text) < 8000 and text.count("{") == text.count("}")
    ]


@cache
def recorded_answers() -> list[Any]:
    rows = read_recorded("bedrock-converse")
    texts = [row["response"]["text"] for row in rows if not row["stream"]]
    return [json.loads(text) for text in texts if len(text) < 8000]


@cache
def recorded_frames() -> list[list[tuple[str, Any]]]:
    rows = read_recorded("bedrock-converse")
    streams = [row["response"]["base64"] for row in rows if "base64" in row["response"]]
    return [
        [
            (event.headers[":event-type"], json.loads(event.payload))
            for event in AwsEventCutter().feed(base64.b64decode(stream))
        ]
        for stream in streams
    ]


def mutated(data: st.DataObject, value: Any) -> Any:
    """`value` with one member somewhere in it replaced or removed."""
    if not value or type(value) not in (dict, list) or data.draw(st.integers(0, 5)) == 0:
        return data.draw(JSON)
    copy: Any = value.copy()
    keys: list[Any] = list(copy) if type(value) is dict else list(range(len(copy)))
    key = data.draw(st.sampled_from(keys))
    if data.draw(st.integers(0, 9)) == 0:
        del copy[key]
    else:
        copy[key] = mutated(data, copy[key])
    return copy


def handle_request(body: bytes) -> None:
    """Read a request; write it as it was, and as if it came from another dialect."""
    with contextlib.suppress(ClientFault):
        SPEC.read_request(body)
    try:
        request = CODEC.decode_request(body, model="m")
    except ClientFault:
        return
    foreign = msgspec.structs.replace(request, origin="openai_chat")
    for model in ("anthropic.claude", "amazon.nova", "meta.llama"):
        for one in (request, foreign):
            assert CODEC.encode_request(one, Target(model=model)).body[:1] == b"{"


def handle_response(body: bytes) -> None:
    """Read an answer; write it as it was, as if it came from elsewhere, and as a stream."""
    SPEC.read_usage(body)
    CODEC.read_error(body)
    try:
        response = CODEC.decode_response(body)
    except ProviderFault:
        return
    foreign = msgspec.structs.replace(response, origin="openai_chat", extras=None)
    for one in (response, foreign):
        assert CODEC.encode_response(one, Reply()).body[:1] == b"{"
        with contextlib.suppress(ProviderFault):
            CODEC.stream_encoder(Reply()).feed(events_of(one))


def handle_stream(body: bytes) -> None:
    """Read a stream; write it as it was and anew; tap it."""
    with contextlib.suppress(ProviderFault):
        SPEC.tap(SPEC.read_request(b"{}")).feed(body)
    for frames in (True, False):
        decoder = CODEC.stream_decoder(frames=frames)
        encoder = CODEC.stream_encoder(Reply())
        with contextlib.suppress(ProviderFault):
            encoder.feed(decoder.feed(body))
            encoder.feed(decoder.close())


@QUICK
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bodies(body: bytes) -> None:
    handle_request(body)
    handle_response(body)
    handle_stream(body)


@QUICK
@given(st.data())
def test_requests_that_are_a_little_wrong(data: st.DataObject) -> None:
    bodies = recorded_requests()
    wire = mutated(data, bodies[data.draw(st.integers(0, len(bodies) - 1))])
    handle_request(json.dumps(wire).encode())


@QUICK
@given(st.data())
def test_answers_that_are_a_little_wrong(data: st.DataObject) -> None:
    bodies = recorded_answers()
    wire = mutated(data, bodies[data.draw(st.integers(0, len(bodies) - 1))])
    handle_response(json.dumps(wire).encode())


@QUICK
@given(st.data())
def test_streams_that_are_a_little_wrong(data: st.DataObject) -> None:
    streams = recorded_frames()
    frames = list(streams[data.draw(st.integers(0, len(streams) - 1))])
    at = data.draw(st.integers(0, len(frames) - 1))
    name, payload = frames[at]
    frames[at] = (name, mutated(data, payload))
    handle_stream(b"".join(frame(name, payload) for name, payload in frames))


def test_deep_nesting_is_a_fault() -> None:
    deep = [b'{"a":' * depth + b"1" + b"}" * depth for depth in (100, 500, 900, 950, 980, 990, 999)]
    tools = b'{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":%b}}}]}}'
    said = b'{"messages":[{"role":"user","content":[%b]}]}'
    call = b'{"toolUse":{"toolUseId":"t","name":"f","input":%b}}'
    told = b'{"output":{"message":{"role":"assistant","content":[%b]}}}'
    for body in (
        b'{"messages":' + b"[" * 5000 + b"]" * 5000 + b"}",
        *(tools % one for one in deep),
        *(said % one for one in deep),
        *(said % (call % one) for one in deep),
        *(told % (call % one) for one in deep),
        *(b'{"additionalModelRequestFields":%b}' % one for one in deep),
    ):
        handle_request(body)
        handle_response(body)
        handle_stream(frame("metadata", {}) + body)


def test_what_is_too_deep_to_be_written_is_named() -> None:
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    parts = (Native(dialect="bedrock_converse", name="x", value={"x": deep}),)
    request = Request(model="m", turns=(Turn(role="user", parts=parts),), origin="bedrock_converse")
    assert [str(loss) for loss in CODEC.encode_request(request, Target(model="m")).losses] == [
        "history@turns"
    ]
    response = Response(id="", model="", choices=(Choice(parts=parts),))
    encoded = CODEC.encode_response(response, Reply())
    assert [str(loss) for loss in encoded.losses] == ["native_part@choices"]
    assert json.loads(encoded.body)["output"]["message"]["content"] == []
    with pytest.raises(ProviderFault, match="nested too deeply"):
        CODEC.stream_encoder(Reply()).feed(
            [Framed(dialect="bedrock_converse", name="x", members={"x": deep})]
        )
    while type(deep) is list:  # let go of it one by one
        deep = deep.pop()
