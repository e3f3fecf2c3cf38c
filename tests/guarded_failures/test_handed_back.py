"""State of a platform's that clients of another API hand back is looked at where it is text.

Some of it has thoughts in clear (`reasoning_details`), and goes to whoever speaks the dialect that
it came from: a platform that may see stand-ins only, where the own engine said it first.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.allowances.canaries import found_in
from tests.gateway.scripts import answer, request
from tests.gateway.stage import staged
from tests.guarded_failures.test_remembered import ANN, ANSWER, CONFIGURATION, EU_PORT, OWN_PORT

Json = dict[str, Any]
"""What clients send is of many shapes."""
QUESTION: Final = f"who is {ANN}?"
THOUGHT: Final = {"type": "reasoning.text", "text": f"They mean {ANN}", "index": 0}


def _gemini(got: Json) -> list[Json]:
    given = {"functionResponse": {"name": "find", "response": {"told": "a person"}}}
    return [got["candidates"][0]["content"], {"role": "user", "parts": [given]}]


def _converse(got: Json) -> list[Json]:
    given = {"toolUseId": "call_1", "content": [{"text": "a person"}]}
    return [got["output"]["message"], {"role": "user", "content": [{"toolResult": given}]}]


def _messages(got: Json) -> list[Json]:
    given = {"type": "tool_result", "tool_use_id": "call_1", "content": "a person"}
    return [
        {"role": "assistant", "content": got["content"]},
        {"role": "user", "content": [given]},
    ]


def _responses(got: Json) -> list[Json]:
    given = {"type": "function_call_output", "call_id": "call_1", "output": "a person"}
    return [*got["output"], given]


def _chat(got: Json) -> list[Json]:
    given = {"role": "tool", "tool_call_id": "call_1", "content": "a person"}
    return [got["choices"][0]["message"], given]


ASKED: Final[dict[str, tuple[str, Json, Callable[[Json], list[Json]]]]] = {
    "contents": (
        "/v1beta/models/m:generateContent",
        {"contents": [{"role": "user", "parts": [{"text": QUESTION}]}]},
        _gemini,
    ),
    "converse": (
        "/model/m/converse",
        {"messages": [{"role": "user", "content": [{"text": QUESTION}]}]},
        _converse,
    ),
    "messages": (
        "/v1/messages",
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": QUESTION}]},
        _messages,
    ),
    "responses": (
        "/v1/responses",
        {
            "model": "m",
            "input": [{"role": "user", "content": QUESTION}],
            "include": ["reasoning.encrypted_content"],
            "store": False,
        },
        _responses,
    ),
    "chat": (
        "/v1/chat/completions",
        {"model": "m", "messages": [{"role": "user", "content": QUESTION}]},
        _chat,
    ),
}


@pytest.mark.parametrize("client", ASKED)
def test_thoughts_in_a_platforms_state_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str
) -> None:
    target, body, goes_on = ASKED[client]
    turns = next(name for name in ("contents", "messages", "input") if name in body)
    said: Json = json.loads(json.dumps(ANSWER))
    message = said["choices"][0]["message"]
    message.pop("reasoning_content")
    message |= {"reasoning": "Hm.", "reasoning_details": [THOUGHT]}
    (tmp_path / "state").mkdir()
    spoken = 'dialects = ["openai_chat"]\nhost = '
    with staged(tmp_path, monkeypatch, CONFIGURATION.replace("host = ", spoken)) as stage:
        stage.unreachable = {EU_PORT}
        first = stage.client()
        first.sends(request("POST", target, json.dumps(body).encode()))
        stage.upstream.answers(answer(200, json.dumps(said).encode()))
        got = json.loads(first.answer().body)
        for down in (OWN_PORT, EU_PORT):
            stage.unreachable = {down}
            for upstream in stage.upstreams:
                upstream.hangs_up()
            second = stage.client()
            going_on = {**body, turns: [*body[turns], *goes_on(got)]}
            second.sends(request("POST", target, json.dumps(going_on).encode()))
            received = stage.upstream.received
            assert b"They mean " in received
            assert bool(found_in([("it", received)], {"ann": b"contoso"})) is (down == EU_PORT)
            second.hangs_up()
