"""Simulated Bedrock: tiers, guardrails, OpenAI's routes, and failures on request."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detente.dialects._framing.aws_events import read_event
from detente.simulator.dialects.guardrail import MESSAGE
from detente.simulator.exchange import Received, Reply, Setting, Stream
from detente.simulator.platforms.bedrock import PLATFORM
from detente.simulator.platforms.bedrock_options import STATUSES

CLAUDE = "us.anthropic.claude-x-v1:0"
GPT, OSS, NOVA = "us.openai.gpt-5.6-sol", "openai.gpt-oss-120b-1:0", "amazon.nova-lite-v1:0"
TITAN = "amazon.titan-text-express-v1"
SETTING = Setting(
    models=(CLAUDE, GPT, OSS, NOVA, TITAN),
    api_key=None,
    base_path="",
    tokens=4,
    limit=1,
    remaining=1,
    request_id="0" * 32,
    at=datetime(2026, 11, 22, tzinfo=UTC),
)
GUARD = {"x-amzn-bedrock-guardrailidentifier": "gr1", "x-amzn-bedrock-guardrailversion": "1"}
TRACED = {**GUARD, "x-amzn-bedrock-trace": "ENABLED"}


def asked(path: str, body: object, **headers: str) -> Reply | Stream:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    request = Received(method="POST", target=path, headers=given, body=msgspec.json.encode(body))
    return PLATFORM.answer(request, SETTING)


def whole(path: str, body: object, **headers: str) -> Any:
    found = asked(path, body, **headers)
    assert isinstance(found, Reply)
    assert found.status == 200, found.body
    return json.loads(found.body)


def streamed(path: str, body: object, **headers: str) -> list[Any]:
    """The frames of a stream: their type, and what they say."""
    found = asked(path, body, **headers)
    assert isinstance(found, Stream)
    frames = [read_event(piece.data) for piece in found.pieces]
    return [
        (
            frame.headers.get(":event-type") or frame.headers[":exception-type"],
            json.loads(frame.payload),
        )
        for frame in frames
    ]


def refused(path: str, body: object, **headers: str) -> tuple[int, str, str]:
    found = asked(path, body, **headers)
    assert isinstance(found, Reply)
    name = dict(found.headers)["x-amzn-errortype"].partition(":")[0]
    value = json.loads(found.body)
    return found.status, name, value.get("message") or value["error"]["message"]


def converse(prompt: str = "echo hi", **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"text": prompt}]}], **more}


def claude(prompt: str = "echo hi") -> dict[str, object]:
    return {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": prompt}],
    }


def chat(prompt: str = "echo hi", model: str = OSS, **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **more}


def titan(prompt: str) -> dict[str, object]:
    return {"inputText": prompt, "textGenerationConfig": {}}


CONVERSE, STREAM = f"/model/{CLAUDE}/converse", f"/model/{CLAUDE}/converse-stream"
INVOKE, INVOKE_STREAM = f"/model/{CLAUDE}/invoke", f"/model/{CLAUDE}/invoke-with-response-stream"
CHAT, RESPONSES = "/openai/v1/chat/completions", "/openai/v1/responses"


def config(identifier: str = "gr1", version: str = "1", **more: Any) -> dict[str, Any]:
    named = {"guardrailIdentifier": identifier, "guardrailVersion": version}
    return {"guardrailConfig": {**named, **more}}


def test_a_tier_and_a_latency_are_told_again() -> None:
    demands: dict[str, Any] = {
        "serviceTier": {"type": "flex"},
        "performanceConfig": {"latency": "optimized"},
    }
    answer = whole(CONVERSE, converse(**demands))
    assert {name: answer[name] for name in demands} == demands
    metadata = streamed(STREAM, converse(**demands))[-1][1]
    assert {name: metadata[name] for name in demands} == demands
    found = asked(
        INVOKE,
        claude(),
        **{"x-amzn-bedrock-service-tier": "priority"},
        **{"x-amzn-bedrock-performanceconfig-latency": "standard"},
    )
    assert ("x-amzn-bedrock-service-tier", "priority") in found.headers
    assert ("x-amzn-bedrock-performanceconfig-latency", "standard") in found.headers
    assert whole(CHAT, chat(service_tier="reserved"))["service_tier"] == "reserved"
    assert "serviceTier" not in whole(CONVERSE, converse())


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (CONVERSE, converse(serviceTier={"type": "fast"}), {}),
        (CONVERSE, converse(performanceConfig={"latency": "fast"}), {}),
        (INVOKE, claude(), {"x-amzn-bedrock-service-tier": "fast"}),
        (INVOKE, claude(), {"x-amzn-bedrock-performanceconfig-latency": "fast"}),
        (INVOKE, claude(), {"x-amzn-bedrock-trace": "enabled"}),
        (CHAT, chat(service_tier="fast"), {}),
        (RESPONSES, {"model": GPT, "input": "hi", "service_tier": "fast"}, {}),
        (CONVERSE, converse(**config("gone1")), {}),
        (CONVERSE, converse(**config("gr1", "404")), {}),
        (CONVERSE, converse(**config("gr1", "0")), {}),
        (CONVERSE, converse(**config("gr-1")), {}),
        (CONVERSE, converse(guardrailConfig={"guardrailIdentifier": "gr1"}), {}),
        (CONVERSE, converse(**config(trace="ENABLED")), {}),
        (INVOKE, claude(), {**GUARD, "x-amzn-bedrock-guardrailversion": "404"}),
        (INVOKE, claude(), {"x-amzn-bedrock-guardrailversion": "1"}),
        (CHAT, chat(), {**GUARD, "x-amzn-bedrock-guardrailidentifier": "gone"}),
        (CHAT, chat(model=CLAUDE), {}),
        (CHAT, chat(model=NOVA), {}),
        (CHAT, chat(model="nobody.model"), {}),
        (RESPONSES, {"model": OSS, "input": "hi"}, {}),
        (RESPONSES, {"model": CLAUDE, "input": "hi"}, {}),
        (RESPONSES, {"model": GPT, "input": "hi", "background": True}, {}),
        (RESPONSES, {"input": "hi"}, {}),
    ],
)
def test_what_is_refused(path: str, body: object, headers: dict[str, str]) -> None:
    status, name, _ = refused(path, body, **headers)
    assert (status, name) == (400, "ValidationException")


def test_models_that_respond() -> None:
    assert whole(RESPONSES, {"model": GPT, "input": "echo hi"})["status"] == "completed"
    assert whole(CHAT, chat(model=GPT))["choices"][0]["message"]["content"] == "hi"


def test_a_forbidden_word_meets_converses_guardrail() -> None:
    bad = "say Abracadabra please"
    answer = whole(CONVERSE, converse(bad, **config(trace="enabled")))
    assert answer["output"]["message"]["content"] == [{"text": MESSAGE}]
    assert answer["stopReason"] == "guardrail_intervened"
    assert answer["usage"]["totalTokens"] == 0
    found = answer["trace"]["guardrail"]["inputAssessment"]["gr1"]["wordPolicy"]["customWords"]
    assert found == [{"match": "abracadabra", "action": "BLOCKED", "detected": True}]
    events = streamed(STREAM, converse(bad, **config(trace="enabled")))
    assert events[-2] == ("messageStop", {"stopReason": "guardrail_intervened"} | _pad(events[-2]))
    assert "guardrail" in events[-1][1]["trace"]
    assert "trace" not in whole(CONVERSE, converse(bad, **config()))
    assert whole(CONVERSE, converse(bad))["stopReason"] == "end_turn"
    passed = whole(CONVERSE, converse(**config(trace="enabled")))
    assert passed["stopReason"] == "end_turn"
    assert "wordPolicy" not in passed["trace"]["guardrail"]["inputAssessment"]["gr1"]


def _pad(event: tuple[str, Any]) -> dict[str, Any]:
    return {"p": event[1]["p"]}


SPOKEN: list[tuple[str, Any, tuple[str | int, ...]]] = [
    (INVOKE, claude, ("content", 0, "text")),
    (CHAT, chat, ("choices", 0, "message", "content")),
    (f"/model/{OSS}/invoke", chat, ("choices", 0, "message", "content")),
    (f"/model/{NOVA}/invoke", converse, ("output", "message", "content", 0, "text")),
    (f"/model/{TITAN}/invoke", titan, ("results", 0, "outputText")),
]
"""Dialects with their guardrail in headers, and where they have their text."""


@pytest.mark.parametrize(("path", "body", "text"), SPOKEN)
def test_a_forbidden_word_meets_guardrails_in_headers(
    path: str, body: Any, text: tuple[str | int, ...]
) -> None:
    def of(found: Any) -> str:
        for step in text:
            found = found[step]
        return found

    blocked = whole(path, body("abracadabra"), **TRACED)
    assert of(blocked) == MESSAGE
    assert blocked["amazon-bedrock-guardrailAction"] == "INTERVENED"
    assert "wordPolicy" in blocked["amazon-bedrock-trace"]["guardrail"]["input"]["gr1"]
    passed = whole(path, body("echo hi"), **GUARD)
    assert of(passed) == "hi"
    assert passed["amazon-bedrock-guardrailAction"] == "NONE"
    assert "amazon-bedrock-trace" not in passed
    assert "amazon-bedrock-guardrailAction" not in whole(path, body("abracadabra"))


def test_a_stream_of_invoke_says_what_the_guardrail_did() -> None:
    events = streamed(INVOKE_STREAM, claude("abracadabra"), **GUARD)
    last = json.loads(base64.b64decode(events[-1][1]["bytes"]))
    assert last["amazon-bedrock-guardrailAction"] == "INTERVENED"


@pytest.mark.parametrize("name", sorted(STATUSES))
def test_every_error_on_request(name: str) -> None:
    for path, body in (
        (CONVERSE, converse(f"please raise {name}")),
        (INVOKE_STREAM, claude(f"raise {name}")),
        (CHAT, chat(f"raise {name}")),
    ):
        status, told, _ = refused(path, body)
        assert (status, told) == (STATUSES[name], name)


def test_no_error_that_bedrock_does_not_have() -> None:
    assert whole(CONVERSE, converse("raise StrangeException"))["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    "name",
    [
        "internalServerException",
        "modelStreamErrorException",
        "modelTimeoutException",
        "serviceUnavailableException",
        "throttlingException",
        "validationException",
    ],
)
def test_a_stream_that_breaks_on_request(name: str) -> None:
    for path, body in (
        (STREAM, converse(f"break {name}")),
        (INVOKE_STREAM, claude(f"break {name}")),
    ):
        events = streamed(path, body)
        assert [kind for kind, _ in events][-1] == name
        assert len(events) == 4
    assert whole(CONVERSE, converse(f"break {name}"))["stopReason"] == "end_turn"
