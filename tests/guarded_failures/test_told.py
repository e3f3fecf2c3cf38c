"""The ledger tells what was done: who was asked in which form, and who was kept from it."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gateway.scripts import KEYS, answer, request
from tests.gateway.stage import Stage, staged

CONFIGURATION = (
    """
[providers.NAME]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1001/v1"
host = "own"
dialects = ["openai_chat"]

[providers.eu]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1002/v1"
host = "eu"
dialects = ["openai_chat"]

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "NAME", id = "m-own" }, { provider = "eu", id = "m-eu" }]

[guardrails.policies.all]

[[guardrails.policies.all.data]]
deployments = { hosts = ["own"] }
input = "flag"

[[guardrails.policies.all.data]]
categories = ["email"]
input = "block"
"""
    + KEYS
)
OK = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "yes"},
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}
ASKED = {"model": "m", "input": "to ann@contoso.com", "metadata": {"note": "is lost on the way"}}


@pytest.fixture(params=["before", "own"])
def stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Generator[Stage]:
    """Deployments are asked in the order of their names where nothing else decides."""
    (tmp_path / "state").mkdir()
    text = CONFIGURATION.replace("NAME", request.param)
    with staged(tmp_path, monkeypatch, text) as stage:
        yield stage


def _told(stage: Stage) -> list[tuple[str, int]]:
    return [(one.treatment, one.count) for one in stage.settled().screened]


def _ask(stage: Stage) -> None:
    client = stage.client()
    client.sends(request("POST", "/v1/responses", json.dumps(ASKED).encode()))
    if stage.upstreams:
        stage.upstream.answers(answer(200, json.dumps(OK).encode()))
        assert client.answer().status == 200


def test_who_was_looked_at_for_what_would_be_lost_was_not_asked(stage: Stage) -> None:
    """Every deployment loses something, so all are looked at; what one of them may not see was
    blocked only where its turn came."""
    _ask(stage)
    kept = [] if stage.decisions[0].decision.order[0] == "before/m-own" else [("block", 1)]
    assert _told(stage) == [*kept, ("flag", 1)]


def test_who_was_kept_from_it_when_the_other_failed_is_told(stage: Stage) -> None:
    stage.unreachable = {1001}
    _ask(stage)
    assert stage.upstreams == []
    assert sorted(_told(stage)) == [("block", 1), ("flag", 1)]
    assert stage.settled().outcome == "refused"
