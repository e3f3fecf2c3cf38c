"""InvokeModel as transcripts: asked by a client, spoken to a provider, and both."""

import base64
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.scripts import KEYS, answer, messages, request
from tests.gateway.stage import Stage, staged

from detente.dialects._framing.aws_events import AwsEventCutter, aws_event

CONFIGURATION = (
    """
[providers.anthropic]
kind = "anthropic"
base_url = "http://127.0.0.1:1001"

[providers.bedrock]
kind = "bedrock"
base_url = "http://127.0.0.1:1002"
region = "us-east-1"
api_version = "2026-10-21"
api_key = { env = "TESTS_BEDROCK_KEY" }

[providers.openai]
kind = "openai"
base_url = "http://127.0.0.1:1003/v1"
dialects = ["openai_chat"]

[models."anthropic/direct"]
aliases = ["direct"]
deployments = [{ provider = "anthropic", id = "c-1" }]

[models."anthropic/hosted"]
aliases = ["hosted"]
deployments = [{ provider = "bedrock", id = "us.anthropic.c-1" }]

[models."openai/other"]
aliases = ["other"]
deployments = [{ provider = "openai", id = "g-1" }]
"""
    + KEYS
)

NATIVE: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hello"}],
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "c-1",
    "content": [{"type": "text", "text": "yes"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 7, "output_tokens": 3},
}
EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 3},
    },
    {"type": "message_stop"},
)
SSE = b"".join(
    b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode())
    for event in EVENTS
)


def invoke(
    model: str, *, headers: tuple[str, ...] = (), stream: bool = False, **more: object
) -> bytes:
    """An InvokeModel request."""
    operation = "invoke-with-response-stream" if stream else "invoke"
    body = json.dumps({**NATIVE, **more}).encode()
    return request("POST", f"/model/{model}/{operation}", body, headers=headers)


def streaming(body: bytes, kind: str) -> bytes:
    """A provider's stream."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
    return head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def framed(events: tuple[dict[str, Any], ...]) -> bytes:
    """The same events in Bedrock's frames."""
    return b"".join(
        aws_event(
            {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"},
            json.dumps({"bytes": base64.b64encode(json.dumps(event).encode()).decode()}).encode(),
        )
        for event in events
    )


def unframed(data: bytes) -> list[dict[str, Any]]:
    """What Bedrock's frames hold."""
    cutter = AwsEventCutter(event_bytes_max=1_000_000)
    return [
        json.loads(base64.b64decode(json.loads(event.payload)["bytes"]))
        for event in cutter.feed(data)
    ]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    monkeypatch.setenv("TESTS_BEDROCK_KEY", "bedrock-canary")
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        yield stage


def sent(stage: Stage) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Request line, headers and body that the provider was sent."""
    head, _, body = stage.upstream.received.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    return line, dict(one.split(": ", 1) for one in lines), json.loads(body)


def test_a_request_is_taken_out_of_its_envelope_for_the_publisher(scene: Stage) -> None:
    client = scene.client()
    client.sends(invoke("direct", anthropic_beta=["a-1", "b-2"]))
    line, headers, body = sent(scene)
    assert line == "POST /v1/messages HTTP/1.1"
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["anthropic-beta"] == "a-1,b-2"
    assert body == {"model": "c-1", "max_tokens": 9, "messages": NATIVE["messages"]}
    scene.upstream.answers(answer(200, json.dumps(MESSAGE).encode()))
    got = client.answer()
    assert json.loads(got.body) == MESSAGE
    assert got.headers["x-detente-loss"] == "none"
    usage = scene.settled().usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (7, 3)


def test_a_request_of_messages_is_wrapped_for_bedrock(scene: Stage) -> None:
    client = scene.client()
    client.sends(messages("hosted", headers=("anthropic-beta: a-1",)))
    line, headers, body = sent(scene)
    assert line == "POST /model/us.anthropic.c-1/invoke HTTP/1.1"
    assert headers["authorization"] == "Bearer bedrock-canary"
    assert "anthropic-version" not in headers
    assert body == {
        "anthropic_version": "2026-10-21",
        "anthropic_beta": ["a-1"],
        "max_tokens": 9,
        "messages": NATIVE["messages"],
    }
    scene.upstream.answers(answer(200, json.dumps(MESSAGE).encode()))
    assert json.loads(client.answer().body) == MESSAGE


def test_an_enveloped_request_stays_one_at_bedrock(scene: Stage) -> None:
    client = scene.client()
    options = ("x-amzn-bedrock-trace: ENABLED", "x-amzn-bedrock-guardrailidentifier: g")
    client.sends(invoke("hosted", headers=options))
    line, headers, body = sent(scene)
    assert line == "POST /model/us.anthropic.c-1/invoke HTTP/1.1"
    assert headers["x-amzn-bedrock-guardrailidentifier"] == "g"
    assert "model" not in body
    scene.upstream.answers(answer(200, json.dumps(MESSAGE).encode()))
    assert client.answer().status == 200


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (("x-amzn-bedrock-guardrailidentifier: g",), "safety"),
        (("x-amzn-bedrock-trace: ENABLED", "x-detente-on-loss: refuse"), "content_filter"),
    ],
)
def test_options_that_nobody_there_reads_are_refused(
    headers: tuple[str, ...], said: str, scene: Stage
) -> None:
    client = scene.client()
    client.sends(invoke("direct", headers=headers))
    got = client.answer()
    assert got.status == 422
    body = json.loads(got.body)
    assert body["detente"]["code"] == "loss_refused"
    assert f"`{said}@x-amzn-bedrock-" in body["message"]
    assert scene.upstreams == []


def test_options_that_mean_little_are_dropped_and_named(scene: Stage) -> None:
    client = scene.client()
    client.sends(invoke("direct", headers=("x-amzn-bedrock-trace: ENABLED",)))
    scene.upstream.answers(answer(200, json.dumps(MESSAGE).encode()))
    assert client.answer().headers["x-detente-loss"] == "content_filter@x-amzn-bedrock-trace"


def test_a_stream_of_events_reaches_the_client_in_frames(scene: Stage) -> None:
    client = scene.client()
    client.sends(invoke("direct", stream=True))
    assert sent(scene)[2]["stream"] is True
    scene.upstream.answers(streaming(SSE, "text/event-stream"), piece_bytes=50)
    got = client.answer()
    assert got.headers["content-type"] == "application/vnd.amazon.eventstream"
    told = unframed(got.body)
    assert [event["type"] for event in told] == [event["type"] for event in EVENTS]
    assert told[2] == EVENTS[2]
    assert scene.settled().outcome == "answered"


def test_a_stream_of_frames_reaches_the_client_in_events(scene: Stage) -> None:
    client = scene.client()
    body = {"model": "hosted", "stream": True, "max_tokens": 9, "messages": NATIVE["messages"]}
    client.sends(request("POST", "/v1/messages", json.dumps(body).encode()))
    assert sent(scene)[0].startswith("POST /model/us.anthropic.c-1/invoke-with-response-stream ")
    kind = "application/vnd.amazon.eventstream"
    scene.upstream.answers(streaming(framed(EVENTS), kind), piece_bytes=70)
    got = client.answer()
    assert got.headers["content-type"] == "text/event-stream"
    data = [line[6:] for line in got.body.splitlines() if line.startswith(b"data: ")]
    assert [json.loads(one) for one in data] == list(EVENTS)


REFUSED: tuple[dict[str, Any], ...] = (
    *EVENTS[:-2],
    {"type": "message_delta", "delta": {"stop_reason": "refusal"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
)
FRAMES_KIND = "application/vnd.amazon.eventstream"


@pytest.mark.parametrize("wrapped", [True, False], ids=["client wraps", "client does not"])
@pytest.mark.parametrize("model", ["direct", "hosted"])
def test_safety_signals_are_found_in_every_wrapping(
    scene: Stage, model: str, *, wrapped: bool
) -> None:
    """Where the client, the provider, both or neither frame their stream."""
    client = scene.client()
    body = {"model": model, "stream": True, "max_tokens": 9, "messages": NATIVE["messages"]}
    plain = request("POST", "/v1/messages", json.dumps(body).encode())
    client.sends(invoke(model, stream=True) if wrapped else plain)
    events = b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode())
        for event in REFUSED
    )
    answer = streaming(events, "text/event-stream")
    if model == "hosted":
        answer = streaming(framed(REFUSED), FRAMES_KIND)
    scene.upstream.answers(answer, piece_bytes=70)
    assert [one.action for one in scene.settled().safety] == ["model_refusal"]


def test_an_enveloped_request_is_translated_like_any_other(scene: Stage) -> None:
    client = scene.client()
    client.sends(invoke("other", system="Be brief"))
    line, _, body = sent(scene)
    assert line == "POST /v1/chat/completions HTTP/1.1"
    assert body["model"] == "g-1"
    assert [turn["content"] for turn in body["messages"]] == ["Be brief", "hello"]
    completion = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "g-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "yes"},
                "finish_reason": "stop",
            }
        ],
    }
    scene.upstream.answers(answer(200, json.dumps(completion).encode()))
    told = json.loads(client.answer().body)
    assert told["content"] == [{"type": "text", "text": "yes"}]


def test_an_error_of_the_publisher_has_amazons_shape(scene: Stage) -> None:
    client = scene.client()
    client.sends(invoke("direct"))
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "too long"}}
    scene.upstream.answers(answer(400, json.dumps(error).encode()))
    got = client.answer()
    assert got.status == 400
    assert json.loads(got.body)["message"].startswith("too long")
    assert got.headers["x-amzn-errortype"] == "ValidationException"


def test_an_error_of_amazons_has_the_publishers_shape(scene: Stage) -> None:
    client = scene.client()
    client.sends(messages("hosted"))
    scene.upstream.answers(answer(400, b'{"message":"too long"}'))
    got = client.answer()
    error = json.loads(got.body)["error"]
    assert (got.status, error["message"]) == (400, "too long")


def test_a_body_that_is_no_envelope_is_refused_in_amazons_shape(scene: Stage) -> None:
    client = scene.client()
    client.sends(request("POST", "/model/direct/invoke", b'{"inputText":"x","oh":'))
    got = client.answer()
    assert got.status == 400
    assert json.loads(got.body)["detente"]["code"] == "request_invalid"
    assert scene.upstreams == []


def test_a_key_that_is_not_known_is_refused_in_amazons_shape(scene: Stage) -> None:
    client = scene.client()
    body = json.dumps(NATIVE).encode()
    client.sends(request("POST", "/model/direct/invoke", body, key="dt-nobody"))
    got = client.answer()
    assert got.status == 401
    assert json.loads(got.body)["__type"] == "AccessDeniedException"
