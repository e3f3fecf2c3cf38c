"""Reasoning that clients cannot hand back goes back to whoever said it, and to nobody else.

It is remembered by a worker and was never looked at. A self-hosted engine that saw raw text thinks
in raw text; where the conversation goes on at a platform that may see stand-ins only, those
thoughts are left out.
"""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gateway.scripts import KEYS, answer, request
from tests.gateway.stage import Stage, staged

OWN_PORT, EU_PORT = 1001, 1002
CONFIGURATION = (
    """
[providers.own]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1001/v1"
host = "own"

[providers.eu]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1002/v1"
host = "eu"

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "own", id = "m-own" }, { provider = "eu", id = "m-eu" }]

[guardrails.policies.all]

[[guardrails.policies.all.data]]
deployments = { hosts = ["own"] }
input = "flag"

[[guardrails.policies.all.data]]
input = "pseudonymise"
"""
    + KEYS
)
ANN = "ann@contoso.com"
THOUGHT = "Weigh the two: "
USER = {"role": "user", "content": f"who is {ANN}?"}
FIND = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    (tmp_path / "state").mkdir()
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        yield stage


def _ask(stage: Stage, *messages: object, down: int, stream: bool = False) -> bytes:
    """One request while a port is down; what was sent to the other one."""
    stage.unreachable = {down}
    for upstream in stage.upstreams:
        upstream.hangs_up()
    client = stage.client()
    content = {"model": "m", "messages": messages, "tools": [FIND], "stream": stream}
    client.sends(request("POST", "/v1/chat/completions", json.dumps(content).encode()))
    if stream:
        stage.upstream.answers(STREAMED)
        stage.upstream.hangs_up()
    else:
        stage.upstream.answers(answer(200, json.dumps(ANSWER).encode()))
    assert client.answer().status == 200
    return stage.upstream.received


CALLS = [
    {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "find", "arguments": '{"who": "somebody"}'},
    }
]
ANSWER = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "reasoning_content": THOUGHT + ANN,
                "tool_calls": CALLS,
            },
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}
DELTAS: list[object] = [
    {"role": "assistant"},
    {"reasoning_content": THOUGHT},
    {"reasoning_content": ANN},
    {"tool_calls": CALLS},
]


def _event(delta: object, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {"id": "c", "model": "m", "created": 1, "choices": [choice]}
    return b"data: %b\n\n" % json.dumps(chunk).encode()


STREAMED = b"".join(
    [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
        *(_event(delta) for delta in DELTAS),
        _event({}, "tool_calls"),
        b"data: [DONE]\n\n",
    ]
)
TURN = ({"role": "assistant", "content": None, "tool_calls": CALLS},)
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "a person"}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_thoughts_of_who_saw_raw_text_go_to_nobody_else(stage: Stage, *, stream: bool) -> None:
    assert ANN.encode() in _ask(stage, USER, down=EU_PORT, stream=stream)
    sent = _ask(stage, USER, *TURN, RESULT, down=OWN_PORT)
    assert b"EMAIL_" in sent
    assert b"contoso" not in sent
    assert THOUGHT.encode() not in sent


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("down", [OWN_PORT, EU_PORT])
def test_they_go_back_to_who_thought_them(stage: Stage, down: int, *, stream: bool) -> None:
    _ask(stage, USER, down=down, stream=stream)
    assert (THOUGHT + ANN).encode() in _ask(stage, USER, *TURN, RESULT, down=down)


def test_nor_where_nothing_else_would_have_to_change(stage: Stage) -> None:
    """The request itself has nothing that is found, so its form is what the client sent."""
    plain = {"role": "user", "content": "who is it?"}
    _ask(stage, plain, down=EU_PORT)
    sent = _ask(stage, plain, *TURN, RESULT, down=OWN_PORT)
    assert THOUGHT.encode() not in sent
    assert b"contoso" not in sent
