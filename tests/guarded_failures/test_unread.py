"""What nobody here can read, and what a platform keeps: the policy says what follows, and the
ledger tells it."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.gateway.props import Answer
from tests.gateway.scripts import KEYS, answer, request
from tests.gateway.stage import Stage, staged

CONFIGURATION = (
    """
[providers.eu]
kind = "openai"
base_url = "http://127.0.0.1:1001/v1"

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "eu", id = "m-eu" }]

[guardrails.policies.strict]
SETTINGS

[[guardrails.policies.strict.data]]
categories = ["email"]
input = "TREATED"
"""
    + KEYS
)
PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
Json = dict[str, Any]
"""What clients send is of many shapes."""


def _parts(*parts: Json) -> Json:
    said = [{"type": "text", "text": "What is this?"}, *parts]
    return {"model": "m", "messages": [{"role": "user", "content": said}]}


UNREAD: Final[dict[str, tuple[str, Json]]] = {
    "image": (
        "/v1/chat/completions",
        _parts({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}),
    ),
    "link": (
        "/v1/chat/completions",
        _parts({"type": "image_url", "image_url": {"url": "https://pictures.example/1.png"}}),
    ),
    "audio": (
        "/v1/chat/completions",
        _parts({"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}}),
    ),
    "stored": (
        "/v1/chat/completions",
        _parts({"type": "file", "file": {"file_id": "file-abc123"}}),
    ),
    "of Anthropic's": (
        "/v1/messages",
        {
            "model": "m",
            "max_tokens": 5,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                        }
                    ],
                }
            ],
        },
    ),
    "of Google's": (
        "/v1beta/models/m:generateContent",
        {
            "contents": [
                {
                    "role": "user",
                    "parts": [{"inlineData": {"mimeType": "image/png", "data": PNG}}],
                }
            ]
        },
    ),
    "of Amazon's": (
        "/model/m/converse",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"text": "?"},
                        {"image": {"format": "png", "source": {"bytes": PNG}}},
                    ],
                }
            ]
        },
    ),
}


@contextmanager
def _stage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, settings: str, treated: str = "pseudonymise"
) -> Generator[Stage]:
    (folder / "state").mkdir()
    text = CONFIGURATION.replace("SETTINGS", settings).replace("TREATED", treated)
    with staged(folder, monkeypatch, text) as stage:
        yield stage


def _ask(stage: Stage, target: str, body: Json) -> Answer:
    client = stage.client()
    client.sends(request("POST", target, json.dumps(body).encode()))
    if stage.upstreams:
        asked = stage.upstream.received
        stage.upstream.answers(answer(200, CHAT if b"/chat/" in asked else RESPONSE))
        stage.upstream.hangs_up()
    return client.answer()


CHAT: Final = json.dumps(
    {
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
).encode()
RESPONSE: Final = json.dumps(
    {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "completed",
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "yes", "annotations": []}],
            }
        ],
        "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
    }
).encode()


def _rows(stage: Stage) -> set[tuple[str, str, str, int]]:
    told = stage.settled().screened
    return {(one.stage, one.category, one.treatment, one.count) for one in told}


@pytest.mark.parametrize("kind", UNREAD)
def test_it_is_blocked_if_nobody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with _stage(tmp_path, monkeypatch, "") as stage:
        told = _ask(stage, *UNREAD[kind])
        assert told.status == 403
        assert b"policy `strict` blocks parts of the request that cannot be looked at" in told.body
        assert stage.upstreams == []
        assert _rows(stage) == {("input", "unread", "block", 0)}
        assert stage.settled().outcome == "denied"


@pytest.mark.parametrize("said", ["flag", "allow"])
@pytest.mark.parametrize("kind", UNREAD)
def test_it_goes_where_a_policy_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, said: str
) -> None:
    with _stage(tmp_path, monkeypatch, f'on_unread = "{said}"') as stage:
        told = _ask(stage, *UNREAD[kind])
        assert told.status == 200, told.body
        assert _rows(stage) == ({("input", "unread", "flag", 0)} if said == "flag" else set())
        assert stage.settled().outcome == "answered"


KEPT: Final[dict[str, Json]] = {
    "previous_response_id": {"previous_response_id": "resp_123"},
    "conversation": {"conversation": "conv_123"},
    "conversation, in full": {"conversation": {"id": "conv_123"}},
}


def _turn(kept: str, said: str) -> tuple[str, Json]:
    return "/v1/responses", {"model": "m", "input": said, **KEPT[kept]}


@pytest.mark.parametrize("said", ["and then?", "and ann@contoso.com?"])
@pytest.mark.parametrize(
    ("on_kept", "kept"),
    [*(("refuse", kept) for kept in KEPT), ("remember", "previous_response_id")],
)
def test_turns_that_nobody_here_knows_are_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, on_kept: str, said: str
) -> None:
    with _stage(tmp_path, monkeypatch, f'on_kept_history = "{on_kept}"') as stage:
        told = _ask(stage, *_turn(kept, said))
        assert told.status == 403, told.body
        assert b"contoso" not in told.body
        assert stage.upstreams == []
        assert ("input", "unread", "block", 0) in _rows(stage)
        assert stage.settled().outcome == "denied"


@pytest.mark.parametrize("treated", ["flag", "mask"])
@pytest.mark.parametrize("kept", KEPT)
def test_where_nothing_is_put_back_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, treated: str
) -> None:
    with _stage(tmp_path, monkeypatch, "", treated) as stage:
        told = _ask(stage, *_turn(kept, "and ann@contoso.com?"))
        assert told.status == 200, told.body
        assert (b"ann@contoso.com" in stage.upstream.received) is (treated == "flag")
        assert _rows(stage) == {("input", "email", treated, 1)}
