"""Stages on which policies on content govern, and what their players say: services that look at
texts, platforms that filter, answers of several dialects.

>>> with governed(folder, monkeypatch, house(data="input = \"mask\"")) as made:
...     made.client().sends(chat("m", text="to ann@contoso.com"))
"""

import json
import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.props import Answer
from tests.gateway.scripts import CONFIGURATION, answer, request
from tests.gateway.stage import Client, Stage, Upstream, staged

from detente.canonical.safety_words import MODERATION

Staging = Callable[..., AbstractContextManager[Stage]]
MODERATION_PORT, GUARD_PORT = 1003, 1004
LOOKERS = """
[providers.moderator]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1003/v1"
host = "three"

[providers.guards]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1004/v1"
host = "four"

[models."tests/guard"]
deployments = [{ provider = "guards", id = "guard" }]

[guardrails.detectors.moderation]
kind = "openai_moderation"
provider = "moderator"

[guardrails.detectors.guard]
kind = "model"
model = "guards/guard"
stages = ["output"]
"""
"""Two remote detectors: `moderation` looks at requests, `guard` at answers."""
ANN = "ann@contoso.com"
STAND_IN = re.compile("⟨EMAIL_[a-z2-7]{13}⟩")


def house(*, data: str = "", risk: str = "", more: str = 'detectors = ["email"]') -> str:
    """A policy with at most one rule of each kind."""
    text = f"\n[guardrails.policies.house]\n{more}\n"
    text += f"\n[[guardrails.policies.house.data]]\n{data}\n" if data else ""
    return text + (f"\n[[guardrails.policies.house.risks]]\n{risk}\n" if risk else "")


@contextmanager
def governed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *policies: str, base: str = CONFIGURATION
) -> Generator[Stage]:
    """A stage with these policies, on which nothing is left when it ends."""
    (folder / "state").mkdir()
    with staged(folder, monkeypatch, base + "".join(policies)) as stage:
        yield stage
        assert stage.at_rest()
        assert len(stage.worker.held_requests) == 0
        assert stage.said == []


def arrives(stage: Stage, to: Client | Upstream, data: bytes) -> None:
    """Bytes arrive while the loop runs, as real ones do: remote detectors set timers on it."""

    async def inside() -> None:
        to.connection.data_received(data)

    stage.loop.run_until_complete(inside())
    stage.turn()


def at(stage: Stage, port: int) -> Upstream:
    """The connection to a provider that was opened last."""
    return [one for one in stage.upstreams if one.address.port == port][-1]


def asked(stage: Stage) -> list[int]:
    """Who was connected to, in order."""
    return [one.address.port for one in stage.upstreams]


def sent(upstream: Upstream) -> Any:
    """The body that a provider was sent last."""
    return json.loads(upstream.received.rpartition(b"\r\n\r\n")[2])


def stand_in(upstream: Upstream) -> str:
    """The one stand-in in what a provider was sent."""
    (found,) = set(STAND_IN.findall(json.dumps(sent(upstream), ensure_ascii=False)))
    return found


def told(stage: Stage) -> list[tuple[str, str, str]]:
    """The evidence of the one settlement."""
    return [(one.stage, one.category, one.treatment) for one in stage.settled().screened]


def message_of(got: Answer) -> str:
    """What an error says."""
    error: dict[str, str] = json.loads(got.body)["error"]
    return error["message"]


# What others say.


def completion(text: str | None, *, finish: str = "stop", **more: object) -> bytes:
    """A whole answer of a chat."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": finish,
        **more,
    }
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }
    return answer(200, json.dumps(body, ensure_ascii=False).encode())


def moderated(*found: str) -> bytes:
    """What a moderation service says of one text."""
    result = {
        "flagged": bool(found),
        "categories": {name: name in found for name in MODERATION},
        "category_scores": dict.fromkeys(MODERATION, 0.5),
    }
    return answer(200, json.dumps({"id": "modr-1", "model": "m", "results": [result]}).encode())


def content_of(received: bytes) -> str:
    """The text of a chat's stream."""
    found = re.findall(rb'"content":("(?:[^"\\]|\\.)*")', received)
    return "".join(json.loads(one) for one in found)


def post(path: str, body: object, *headers: str) -> bytes:
    """A request."""
    return request("POST", path, json.dumps(body, ensure_ascii=False).encode(), headers=headers)
