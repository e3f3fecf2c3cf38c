"""What simulated Azure refuses, and how its provisioned deployments overflow."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from detente.simulator.exchange import Refused, Reply
from detente.simulator.platforms.azure import AUDIENCE, FOUNDRY_AUDIENCE, PLATFORM
from tests.sim.entra import HOUR, token
from tests.simulator.platforms.asking import asked, error_of, received
from tests.simulator.values import SETTING

CHAT = "/openai/v1/chat/completions"
DATED = "/openai/deployments/m/chat/completions?api-version=1"
BODY = {"model": "m", "messages": [{"role": "user", "content": "echo hi"}]}
KEYED = msgspec.structs.replace(SETTING, api_key="key")
ISSUED = msgspec.structs.replace(SETTING, issued_tokens=True, at=datetime.now(UTC))
FULL = msgspec.structs.replace(SETTING, models=("ptu", "std"), provisioned=("ptu",), remaining=4)


def bearer(value: str) -> dict[str, str]:
    return {"authorization": f"Bearer {value}"}


@pytest.mark.parametrize("path", [CHAT, DATED])
@pytest.mark.parametrize("headers", [{"api-key": "key"}, bearer("key")])
def test_the_key_in_either_place(path: str, headers: dict[str, str]) -> None:
    assert asked(PLATFORM, KEYED, path, BODY, headers).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"api-key": "kex"}, bearer("kex"), {"api-key": "kex", **bearer("key")}]
)
def test_any_other_key(headers: dict[str, str]) -> None:
    reply = asked(PLATFORM, KEYED, CHAT, BODY, headers)
    assert (reply.status, error_of(reply)["code"]) == (401, "401")


@pytest.mark.parametrize(
    "given", [token(AUDIENCE, lives=-HOUR), "no.t.oken", "key"], ids=["ended", "foreign", "key"]
)
def test_tokens_that_do_not_hold(given: str) -> None:
    reply = asked(PLATFORM, ISSUED, CHAT, BODY, bearer(given))
    assert (reply.status, error_of(reply)["statusCode"]) == (401, 401)
    assert "audience is incorrect" in error_of(reply)["message"]


@pytest.mark.parametrize("audience", [AUDIENCE, FOUNDRY_AUDIENCE])
def test_tokens_that_hold(audience: str) -> None:
    assert asked(PLATFORM, ISSUED, CHAT, BODY, bearer(token(audience))).status == 200
    other = bearer(token("https://graph.microsoft.com"))
    assert asked(PLATFORM, ISSUED, CHAT, BODY, other).status == 401


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (CHAT, {**BODY, "model": "n"}, 404, "DeploymentNotFound"),
        (DATED.replace("/m/", "/n/"), BODY, 404, "DeploymentNotFound"),
        (DATED.partition("?")[0], BODY, 404, "404"),
        ("/openai/v1/images", BODY, 404, "404"),
        ("/elsewhere", BODY, 404, "404"),
        (CHAT, b"{", 400, "invalid_json"),
        (CHAT, {"model": "m"}, 400, "missing_required_parameter"),
    ],
)
def test_what_is_not_there(path: str, body: object, status: int, code: str) -> None:
    reply = asked(PLATFORM, SETTING, path, body)
    assert (reply.status, error_of(reply)["code"]) == (status, code)
    assert dict(reply.headers)["apim-request-id"]


def test_limits_are_told_and_what_is_used_of_a_provisioned_deployment() -> None:
    plain = dict(asked(PLATFORM, SETTING, CHAT, BODY).headers)
    assert plain["x-ratelimit-remaining-requests"] == str(SETTING.remaining)
    assert "azure-openai-deployment-utilization" not in plain
    used = asked(PLATFORM, FULL, CHAT, {**BODY, "model": "ptu"})
    headers = dict(used.headers)
    assert headers["azure-openai-deployment-utilization"] == "60.0%"
    assert "x-ratelimit-remaining-requests" not in headers
    assert used.metered
    assert not asked(PLATFORM, FULL, CHAT, {**BODY, "model": "std"}).metered


def test_a_reset_is_in_milliseconds() -> None:
    refused = Refused(concurrent=False, limit=3, retry_after_ms=1500)
    headers = dict(PLATFORM.refusal(refused, SETTING).headers)
    assert headers["x-ratelimit-reset-requests"] == "1500"
    full = dict(PLATFORM.refusal(refused, FULL).headers)
    assert full["azure-openai-deployment-utilization"] == "100.0%"


def spilled(model: str, target: str | None, *, own: str | None = None) -> Reply | None:
    """What comes of a request that a deployment has no room for."""
    headers = {} if target is None else {"x-ms-spillover-deployment": target}
    request = received(CHAT, {**BODY, "model": model}, headers)
    assert PLATFORM.spill is not None
    answer = PLATFORM.spill(request, msgspec.structs.replace(FULL, spillover=own))
    assert answer is None or isinstance(answer, Reply)
    return answer


def test_what_has_no_room_goes_where_it_was_sent() -> None:
    reply = spilled("ptu", "std")
    assert reply is not None
    assert json.loads(reply.body)["model"] == "std"
    headers = dict(reply.headers)
    assert headers["x-ms-spillover-from-deployment"] == "ptu"
    assert headers["x-ms-deployment-name"] == "std"
    assert headers["x-ms-spillover-error"] == "429"


def test_the_deployments_own_property_wins() -> None:
    reply = spilled("ptu", "nowhere", own="std")
    assert reply is not None
    assert dict(reply.headers)["x-ms-deployment-name"] == "std"


def test_where_nothing_goes_on() -> None:
    assert spilled("ptu", None) is None
    assert spilled("std", "ptu") is None
    failed = spilled("ptu", "nowhere")
    assert failed is not None
    assert failed.status == 404
    assert dict(failed.headers)["x-ms-spillover-error"] == "429"
