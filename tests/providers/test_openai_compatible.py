"""Whoever serves OpenAI's dialects elsewhere."""

import pytest

from detente.canonical.model import Deployment, Dialect
from detente.providers.openai_compatible import KIND
from tests.providers.addresses import path_of


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("openai_chat", "/v1/chat/completions"),
        ("openai_responses", "/v1/responses"),
        ("openai_embeddings", "/v1/embeddings"),
        ("anthropic_messages", "/v1/messages"),
        ("anthropic_count_tokens", "/v1/messages/count_tokens"),
        ("openai_input_tokens", "/v1/responses/input_tokens"),
        ("openai_completions", "/v1/completions"),
    ],
)
def test_target(dialect: Dialect, path: str) -> None:
    base_url = "http://127.0.0.1:8000/v1"
    assert path_of(KIND, base_url, dialect) == path


def test_counting_is_anthropics_unless_said_otherwise() -> None:
    assert KIND.dialects_of is not None
    deployment = Deployment(
        id="x/m", model="x/m", provider="x", kind="openai_compatible", upstream_id="m", host="x"
    )
    offered = KIND.dialects_of(deployment)
    assert "anthropic_count_tokens" in offered
    assert set(KIND.dialects) - set(offered) == {"openai_input_tokens"}


def test_address_and_host_must_be_configured() -> None:
    assert (KIND.default_base_url, KIND.default_host) == (None, None)


def test_the_key_is_a_bearer() -> None:
    assert KIND.auth_headers("k") == ((b"authorization", b"Bearer k"),)


def test_529_is_no_capacity_here_too() -> None:
    failure = KIND.judge(529, {}, b"")
    assert failure is not None
    assert failure.signal == "capacity_error"
