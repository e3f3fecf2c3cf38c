"""Every platform refuses and fails in its own form, and its headers agree with its body."""

import json

import pytest

from detente import providers
from detente.configuration.schema import ProviderKindName
from detente.simulator.exchange import Refused
from detente.simulator.platforms import platform_of, platforms
from tests.simulator.values import SETTING

KINDS = list(platforms())
MINUTE = Refused(concurrent=False, limit=3, retry_after_ms=1500)
AT_ONCE = Refused(concurrent=True, limit=3, retry_after_ms=1000)


def test_every_kind_of_provider_is_simulated() -> None:
    assert {kind.name for kind in providers.kinds()} <= set(KINDS)


SILENT = ("gemini", "bedrock", "vertex", "oci")
"""Those that name no wait in a header."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in SILENT])
def test_seconds_are_rounded_up(kind: ProviderKindName) -> None:
    reply = platform_of(kind).refusal(MINUTE, SETTING)
    headers = dict(reply.headers)
    assert reply.status == 429
    assert headers["retry-after"] == "2"
    assert headers.get("retry-after-ms", "1500") == "1500"


def test_google_says_in_the_details_when_to_come_again() -> None:
    reply = platform_of("gemini").refusal(MINUTE, SETTING)
    error = json.loads(reply.body)["error"]
    assert (reply.status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"} in error[
        "details"
    ]


def test_vertex_has_a_shared_pool_and_does_not_know_when() -> None:
    reply = platform_of("vertex").refusal(MINUTE, SETTING)
    error = json.loads(reply.body)["error"]
    assert (reply.status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "Resource exhausted" in error["message"]
    assert "retry-after" not in dict(reply.headers)


def test_amazon_throttles_without_saying_for_how_long() -> None:
    reply = platform_of("bedrock").refusal(MINUTE, SETTING)
    headers = dict(reply.headers)
    assert reply.status == 429
    assert headers["x-amzn-errortype"].startswith("ThrottlingException:")
    assert "retry-after" not in headers
    assert json.loads(reply.body).keys() == {"message"}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("openai", 429),
        ("azure", 429),
        ("foundry", 429),
        ("openai_compatible", 429),
        ("anthropic", 529),
        ("anthropic_aws", 529),
        ("gemini", 503),
        ("bedrock", 429),
        ("cohere", 429),
        ("ollama", 503),
    ],
)
def test_too_many_at_once(kind: ProviderKindName, status: int) -> None:
    reply = platform_of(kind).refusal(AT_ONCE, SETTING)
    assert reply.status == status
    assert json.loads(reply.body)


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("openai", "x-request-id"),
        ("azure", "apim-request-id"),
        ("foundry", "apim-request-id"),
        ("anthropic", "request-id"),
        ("anthropic_aws", "request-id"),
        ("openai_compatible", "x-request-id"),
        ("bedrock", "x-amzn-requestid"),
        ("cohere", "x-debug-trace-id"),
    ],
)
def test_a_failure_carries_the_platforms_identifier(kind: ProviderKindName, header: str) -> None:
    reply = platform_of(kind).failure(500, SETTING)
    assert reply.status == 500
    assert dict(reply.headers)[header]
    body = json.loads(reply.body)
    assert body.get("error", body)["message"]


def test_ollama_names_no_request() -> None:
    reply = platform_of("ollama").failure(500, SETTING)
    assert (reply.status, list(dict(reply.headers))) == (500, ["content-type"])
    assert isinstance(json.loads(reply.body)["error"], str)
