"""Headers of a client's that a provider would be sent say nothing that it may not see."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gateway.scripts import KEYS, request
from tests.gateway.stage import Stage, staged

CONFIGURATION = (
    """
[providers.eu]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1001/v1"
host = "eu"
dialects = ["openai_chat", "anthropic_messages"]

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "eu", id = "m-eu" }]

[guardrails.policies.all]

[[guardrails.policies.all.data]]
categories = ["TREATED"]
input = "pseudonymise"
"""
    + KEYS
)
SAYING = ("user-agent", "accept", "openai-beta", "anthropic-beta", "x-anything", "cookie")
ASKED = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(params=["email", "iban"])
def stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Generator[Stage]:
    (tmp_path / "state").mkdir()
    text = CONFIGURATION.replace("TREATED", request.param)
    with staged(tmp_path, monkeypatch, text) as stage:
        yield stage


@pytest.mark.parametrize("target", ["/v1/chat/completions", "/v1/messages"])
def test_originals_in_headers_stay_behind(stage: Stage, target: str) -> None:
    client = stage.client()
    headers = (*(f"{name}: {name}-ann@contoso.com" for name in SAYING), "user-agent2: plain")
    client.sends(request("POST", target, json.dumps(ASKED).encode(), headers=headers))
    sent = stage.upstream.received
    minded = "email" in next(iter(stage.worker.plane.setup.policies)).data[0].categories
    assert (b"user-agent-ann@contoso.com" in sent) is not minded
    assert (b"contoso" in sent) is not minded
    assert b"content-type: application/json\r\n" in sent
    client.hangs_up()
