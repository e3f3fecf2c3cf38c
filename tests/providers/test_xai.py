"""Addresses and errors of xAI."""

import pytest

from detente.providers.xai import KIND, judge
from tests.providers.addresses import path_of


def test_paths_and_regions() -> None:
    assert KIND.default_base_url == "https://api.x.ai/v1"
    assert KIND.regional_base_urls == {"us": "https://us.api.x.ai/v1"}
    assert path_of(KIND, "https://api.x.ai/v1", "openai_chat") == "/v1/chat/completions"
    assert path_of(KIND, "https://api.x.ai/v1/", "openai_responses") == "/v1/responses"


@pytest.mark.parametrize(
    ("status", "code", "error", "kind"),
    [
        (
            400,
            "Client specified an invalid argument",
            "Incorrect API key provided: sk***x.",
            "credentials",
        ),
        (
            403,
            "The caller does not have permission",
            "Your newly created team doesn't have any credits",
            "funds",
        ),
        (
            404,
            "Some requested entity was not found",
            "The model grok-9 does not exist or your team",
            "model_unknown",
        ),
        (429, "Some resource has been exhausted", "Too many requests for team", "capacity"),
        (503, "The service is currently unavailable", "Try later", "capacity"),
    ],
)
def test_errors(status: int, code: str, error: str, kind: str) -> None:
    body = f'{{"code":"{code}","error":"{error}"}}'.encode()
    found = judge(status, {}, body)
    assert found is not None
    assert found.kind == kind
    assert "sk***x" not in found.message


def test_a_wrong_request_is_the_clients() -> None:
    body = (
        b'{"code":"Client specified an invalid argument","error":"temperature must be at most 2"}'
    )
    assert judge(400, {}, body) is None
