"""What a simulated Foundry resource serves where, and what it refuses."""

import msgspec
import pytest

from detente.simulator.platforms.foundry import PLATFORM
from tests.simulator.platforms.asking import asked, error_of
from tests.simulator.values import SETTING

OWN = msgspec.structs.replace(SETTING, models=("claude-x", "grok"), api_key="key")
MESSAGES = "/anthropic/v1/messages"
COUNT = "/anthropic/v1/messages/count_tokens"
CHAT = "/openai/v1/chat/completions"
TURNS = [{"role": "user", "content": "echo hi"}]
VERSION = {"anthropic-version": "2026-10-21"}


def body(model: str, path: str) -> dict[str, object]:
    most = {"max_tokens": 9} if path == MESSAGES else {}
    return {"model": model, "messages": TURNS, **most}


@pytest.mark.parametrize("path", [MESSAGES, COUNT])
@pytest.mark.parametrize(
    "key", [{"x-api-key": "key"}, {"api-key": "key"}, {"authorization": "Bearer key"}]
)
def test_claude(path: str, key: dict[str, str]) -> None:
    reply = asked(PLATFORM, OWN, path, body("claude-x", path), {**VERSION, **key})
    assert reply.status == 200
    assert {"request-id", "apim-request-id"} <= dict(reply.headers).keys()


def test_other_models_take_no_key_of_anthropics() -> None:
    right = asked(PLATFORM, OWN, CHAT, body("grok", CHAT), {"api-key": "key"})
    wrong = asked(PLATFORM, OWN, CHAT, body("grok", CHAT), {"x-api-key": "key"})
    assert (right.status, wrong.status) == (200, 401)


@pytest.mark.parametrize("key", [{}, {"x-api-key": "kex"}, {"api-key": "kex"}])
def test_any_other_key(key: dict[str, str]) -> None:
    reply = asked(PLATFORM, OWN, MESSAGES, body("claude-x", MESSAGES), {**VERSION, **key})
    assert (reply.status, error_of(reply)["code"]) == (401, "401")


@pytest.mark.parametrize(
    ("path", "model", "status", "code"),
    [
        (MESSAGES, "claude-y", 404, "DeploymentNotFound"),
        (MESSAGES, "grok", 404, "DeploymentNotFound"),
        (CHAT, "claude-x", 400, "OperationNotSupported"),
        (CHAT, "gpt", 404, "DeploymentNotFound"),
        ("/elsewhere", "grok", 404, "404"),
    ],
)
def test_models_at_the_wrong_door(path: str, model: str, status: int, code: str) -> None:
    headers = {**VERSION, "api-key": "key"}
    reply = asked(PLATFORM, OWN, path, body(model, path), headers)
    assert (reply.status, error_of(reply)["code"]) == (status, code)


@pytest.mark.parametrize("version", [{}, {"anthropic-version": "2020-01-01"}])
def test_a_version_of_anthropics_is_wanted(version: dict[str, str]) -> None:
    headers = {**version, "api-key": "key"}
    reply = asked(PLATFORM, OWN, MESSAGES, body("claude-x", MESSAGES), headers)
    assert (reply.status, error_of(reply)["type"]) == (400, "invalid_request_error")
