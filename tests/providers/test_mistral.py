"""Addresses, quirks and errors of Mistral."""

import pytest

from detente.providers.mistral import KIND, judge
from tests.providers.addresses import path_of


@pytest.mark.parametrize("base_url", ["https://api.mistral.ai", "https://api.mistral.ai/v1/"])
def test_an_address_with_or_without_its_version(base_url: str) -> None:
    assert path_of(KIND, base_url, "openai_chat") == "/v1/chat/completions"
    assert path_of(KIND, base_url, "openai_embeddings") == "/v1/embeddings"


def test_regions() -> None:
    assert KIND.regional_base_urls == {
        "eu": "https://api.eu.mistral.ai",
        "us": "https://api.us.mistral.ai",
    }


def test_names_that_are_its_own() -> None:
    chat = KIND.quirks["openai_chat"]
    assert chat.renamed == {"max_completion_tokens": "max_tokens", "seed": "random_seed"}
    assert chat.roles == {"developer": "system"}
    assert not chat.asks_usage
    assert KIND.quirks["openai_embeddings"].renamed == {"dimensions": "output_dimension"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            400,
            b'{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}',
            "model_unknown",
        ),
        (401, b'{"detail":"Unauthorized"}', "credentials"),
        (403, b'{"object":"error","message":"Not allowed","type":"forbidden"}', "permission"),
        (
            429,
            b'{"object":"error","message":"Rate limit exceeded","code":"1300"}',
            "capacity",
        ),
        (503, b'{"object":"error","message":"Service unavailable.","code":"1100"}', "capacity"),
    ],
)
def test_errors(status: int, body: bytes, kind: str) -> None:
    found = judge(status, {}, body)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, b'{"detail":[{"type":"extra_forbidden","loc":["body","store"]}]}'),
        (403, b'{"object":"error","message":"The guardrail blocked this request."}'),
        (403, b'{"object":"error","message":"Blocked","type":"guardrail_violation"}'),
    ],
)
def test_what_the_client_has_to_read(status: int, body: bytes) -> None:
    assert judge(status, {}, body) is None
