"""Everything else that a client can ask with text in it: vectors, counts, other envelopes."""

import base64
import json
from pathlib import Path
from typing import Final

import pytest

from tests.allowances.canaries import found_in
from tests.gateway.scripts import KEYS, request
from tests.gateway.stage import staged

CONFIGURATION = (
    """
[providers.openai]
kind = "openai"
base_url = "http://127.0.0.1:1001/v1"

[providers.anthropic]
kind = "anthropic"
base_url = "http://127.0.0.1:1002"

[providers.gemini]
kind = "gemini"
base_url = "http://127.0.0.1:1003"

[providers.bedrock]
kind = "bedrock"
base_url = "http://127.0.0.1:1004"
region = "us-east-1"
api_key = { file = "bedrock.key" }

[providers.cohere]
kind = "cohere"
base_url = "http://127.0.0.1:1005"

[providers.ollama]
kind = "ollama"
base_url = "http://127.0.0.1:1006"
host = "six"

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "PROVIDER", id = "UPSTREAM" }]

[guardrails.policies.all]

[[guardrails.policies.all.data]]
input = "TREATED"
"""
    + KEYS
)
UPSTREAMS: Final = {
    "openai": "text-embedding-3-small",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-embedding-001",
    "bedrock": "cohere.embed-english-v3",
    "cohere": "embed-v4.0",
    "ollama": "all-minilm",
}
CORES: Final = {"the address": b"kanarien", "the card": b"4539771122"}
SAID: Final = "write to ann@kanarien.contoso.com about 4539771122000001"
MESSAGES: Final = {"messages": [{"role": "user", "content": SAID}]}
INVOKED: Final = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, **MESSAGES}
PARTS: Final = {"parts": [{"text": SAID}]}
ASKED: Final[tuple[tuple[str, object], ...]] = (
    ("/v1/embeddings", {"model": "m", "input": [SAID, "another"]}),
    ("/v1/embeddings", {"model": "m", "input": SAID, "user": SAID, "dimensions": 5}),
    (
        "/v2/embed",
        {
            "model": "m",
            "texts": [SAID],
            "input_type": "search_document",
            "embedding_types": ["float"],
        },
    ),
    ("/api/embed", {"model": "m", "input": SAID}),
    ("/api/embeddings", {"model": "m", "prompt": SAID}),
    ("/v1beta/models/m:embedContent", {"content": PARTS, "title": SAID}),
    (
        "/v1beta/models/m:batchEmbedContents",
        {"requests": [{"model": "models/m", "content": PARTS}]},
    ),
    ("/v1beta/models/m:countTokens", {"contents": [PARTS]}),
    (
        "/v1beta/models/m:countTokens",
        {"generateContentRequest": {"model": "models/m", "contents": [PARTS]}},
    ),
    ("/v1/messages/count_tokens", {"model": "m", "system": SAID, **MESSAGES}),
    ("/v1/responses/input_tokens", {"model": "m", "input": SAID, "instructions": SAID}),
    (
        "/model/m/count-tokens",
        {"input": {"converse": {"messages": [{"role": "user", "content": [{"text": SAID}]}]}}},
    ),
    (
        "/model/m/count-tokens",
        {
            "input": {
                "invokeModel": {"body": base64.b64encode(json.dumps(INVOKED).encode()).decode()}
            }
        },
    ),
    ("/model/m/invoke", {"texts": [SAID], "input_type": "search_document"}),
    ("/model/m/invoke", {"inputText": SAID}),
    ("/model/m/invoke", INVOKED),
)


@pytest.mark.parametrize("provider", UPSTREAMS)
@pytest.mark.parametrize("treated", ["pseudonymise", "mask", "block"])
def test_originals_leave_by_no_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, treated: str
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "bedrock.key").write_text("a-key")
    text = CONFIGURATION.replace("PROVIDER", provider).replace("TREATED", treated)
    sent = 0
    with staged(tmp_path, monkeypatch, text.replace("UPSTREAM", UPSTREAMS[provider])) as stage:
        for target, body in ASKED:
            before = len(stage.upstreams)
            client = stage.client()
            client.sends(request("POST", target, json.dumps(body).encode()))
            if len(stage.upstreams) == before:
                # 503: there is nobody here who does that
                assert client.answer().status in (400, 403, 422, 503), (target, client.answer())
                assert b"kanarien" not in client.received
            for upstream in stage.upstreams[before:]:
                sent += 1
                assert found_in([(target, upstream.received)], CORES) == []
            client.hangs_up()
        assert stage.said == []
        screened = {one.treatment for entry in stage.settlements for one in entry.screened}
        assert screened <= {treated}
    assert (sent > 0) is (treated != "block")
