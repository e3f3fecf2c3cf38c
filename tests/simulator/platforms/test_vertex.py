"""What a simulated Vertex AI refuses, and in whose words; what it serves the official clients show
(`tests/sim/test_vertex_client.py`)."""

import json
from typing import Any

import msgspec
import pytest

from detente.simulator.exchange import Received, Reply, Stream
from detente.simulator.platforms.vertex import PLATFORM, VERSIONS
from tests.simulator.values import SETTING as ANYBODY

SETTING = msgspec.structs.replace(
    ANYBODY, models=("gemini-2.5-flash", "claude", "gpt", "meta/llama"), project="p", region="l"
)
PLACE = "/v1/projects/p/locations/l"
CLAUDE = f"{PLACE}/publishers/anthropic/models/claude"
COUNTING = f"{PLACE}/publishers/anthropic/models/count-tokens:rawPredict"
GEMINI = f"{PLACE}/publishers/google/models/gemini-2.5-flash"
TURNS = [{"role": "user", "content": "hi"}]
RAW: dict[str, object] = {
    "anthropic_version": "vertex-2023-10-16",
    "max_tokens": 9,
    "messages": TURNS,
}
CONTENTS: dict[str, object] = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def ask(path: str, body: object, *, method: str = "POST", **headers: str) -> tuple[int, Any]:
    """Status and body of one answer."""
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    request = Received(method=method, target=path, headers=told, body=json.dumps(body).encode())
    answer = PLATFORM.answer(request, SETTING)
    if isinstance(answer, Stream):
        return 200, b"".join(piece.data for piece in answer.pieces)
    assert isinstance(answer, Reply)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("version", VERSIONS)
def test_claude_whole_and_streamed(version: str) -> None:
    body = {**RAW, "anthropic_version": version}
    status, answer = ask(f"{CLAUDE}:rawPredict", body)
    assert (status, answer["type"], answer["model"]) == (200, "message", "claude")
    status, streamed = ask(f"{CLAUDE}:streamRawPredict", {**body, "stream": True})
    assert status == 200
    assert streamed.startswith(b"event: message_start\ndata: {")
    assert b"event: message_stop" in streamed


@pytest.mark.parametrize(
    ("operation", "change", "said"),
    [
        ("rawPredict", {"model": "claude"}, "model: Extra inputs are not permitted"),
        ("rawPredict", {"anthropic_version": None}, "anthropic_version: Field required"),
        (
            "rawPredict",
            {"anthropic_version": "bedrock-2023-05-31"},
            "anthropic_version: bedrock-2023-05-31 is not supported",
        ),
        ("rawPredict", {"stream": True}, "stream: Input should be sent to streamRawPredict"),
        ("streamRawPredict", {}, "stream: Input should be sent to rawPredict"),
        ("streamRawPredict", {"stream": False}, "stream: Input should be sent to rawPredict"),
        ("rawPredict", {"messages": []}, "messages: at least one message is required"),
        (
            "rawPredict",
            {"anthropic_version": "2026-10-21", "temperature": 0.5},
            "temperature: Extra inputs are not permitted",
        ),
    ],
)
def test_what_anthropic_refuses(operation: str, change: dict[str, object], said: str) -> None:
    body = {key: value for key, value in {**RAW, **change}.items() if value is not None}
    status, answer = ask(f"{CLAUDE}:{operation}", body)
    assert (status, answer["type"]) == (400, "error")
    assert answer["error"] == {"type": "invalid_request_error", "message": said}
    assert answer["request_id"].startswith("req_vrtx_")


def test_counting_claudes_tokens() -> None:
    body = {"anthropic_version": "2026-10-21", "model": "claude", "messages": TURNS}
    assert ask(COUNTING, body) == (200, {"input_tokens": 4})


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model": None}, 400),
        ({"max_tokens": 9}, 400),
        ({"anthropic_version": None}, 400),
        ({"model": "claude-0"}, 404),
    ],
)
def test_what_counting_refuses(change: dict[str, object], status: int) -> None:
    body = {"anthropic_version": "2026-10-21", "model": "claude", "messages": TURNS, **change}
    given = {key: value for key, value in body.items() if value is not None}
    assert ask(COUNTING, given)[0] == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PLACE}/publishers/google/models/gemini-0:generateContent", CONTENTS),
        (f"{PLACE}/publishers/anthropic/models/claude-0:rawPredict", RAW),
        (f"{PLACE}/publishers/openai/v1/responses", {"model": "gpt-0", "input": "hi"}),
        (f"{GEMINI}:nothing", CONTENTS),
        (f"{PLACE}/publishers/anthropic/models/count-tokens:streamRawPredict", RAW),
        ("/v2/projects/p/locations/l/publishers/google/models/m:generateContent", CONTENTS),
        ("/v1/projects/p/publishers/google/models/m:generateContent", CONTENTS),
        ("/v1/publishers/anthropic/models/claude:rawPredict", RAW),
    ],
)
def test_what_is_not_there(path: str, body: object) -> None:
    status, answer = ask(path, body)
    assert (status, answer["error"]["code"], answer["error"]["status"]) == (404, 404, "NOT_FOUND")


def test_chat_lists_its_errors() -> None:
    path = f"{PLACE}/endpoints/openapi/chat/completions"
    asked = {"messages": TURNS}
    assert ask(path, {**asked, "model": "meta/llama"})[1]["object"] == "chat.completion"
    for model, status in (("meta/other", 404), ("llama", 400)):
        code, answer = ask(path, {**asked, "model": model})
        assert (code, answer[0]["error"]["code"]) == (status, status)


def test_responses_refuse_in_openais_words() -> None:
    path = f"{PLACE}/publishers/openai/v1/responses"
    assert ask(path, {"model": "gpt", "input": "hi"})[1]["object"] == "response"
    status, answer = ask(path, {"model": "gpt"})
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")


def test_counting_takes_members_beside_contents() -> None:
    status, answer = ask(f"{GEMINI}:countTokens", {**CONTENTS, "systemInstruction": {"parts": []}})
    assert (status, answer["totalTokens"]) == (200, 1)
    nested = {"generateContentRequest": {"model": "models/m", **CONTENTS}}
    assert ask(f"{GEMINI}:countTokens", nested)[0] == 400


@pytest.mark.parametrize(
    ("operation", "body", "status"),
    [
        ("embedContent", {"content": {"parts": [{"text": "hi"}]}}, 200),
        ("embedContent", {"content": {"parts": [{"text": "hi"}]}, "taskType": "CLUSTERING"}, 400),
        ("embedContent", {}, 400),
        ("batchEmbedContents", {"requests": [{"content": {"parts": [{"text": "hi"}]}}]}, 200),
        (
            "batchEmbedContents",
            {"requests": [{"model": "models/m", "content": {"parts": [{"text": "hi"}]}}]},
            400,
        ),
        ("batchEmbedContents", {"requests": []}, 400),
        ("predict", {"instances": [{"content": "hi"}]}, 200),
        ("predict", {"requests": []}, 400),
    ],
)
def test_embeddings_in_vertex_own_forms(operation: str, body: object, status: int) -> None:
    assert ask(f"{GEMINI}:{operation}", body)[0] == status


def test_a_failure_that_was_asked_for() -> None:
    reply = PLATFORM.failure(503, SETTING)
    assert (reply.status, json.loads(reply.body)["error"]["status"]) == (503, "UNAVAILABLE")


def test_models_that_are_listed() -> None:
    status, answer = ask("/v1beta1/publishers/google/models", None, method="GET")
    assert (status, len(answer["publisherModels"])) == (200, 4)
    path = "/v1beta1/publishers/google/models/gemini-2.5-flash"
    assert ask(path, None, method="GET")[1]["name"].endswith("/gemini-2.5-flash")
    assert ask("/v1beta1/publishers/google/models/other", None, method="GET")[0] == 404
    assert ask("/v1beta1/nothing", None, method="GET")[0] == 404
