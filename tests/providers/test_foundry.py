"""A Foundry resource: every publisher's dialect at its own path."""

import pytest

from detente.canonical.model import Dialect
from detente.providers.foundry import CHATTING, CLAUDE, KIND
from tests.providers.addresses import deployment_of, path_of

BASE = "https://example.services.ai.azure.com"


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("anthropic_messages", "/anthropic/v1/messages"),
        ("anthropic_count_tokens", "/anthropic/v1/messages/count_tokens"),
        ("openai_chat", "/openai/v1/chat/completions"),
        ("openai_responses", "/openai/v1/responses"),
        ("openai_embeddings", "/openai/v1/embeddings"),
        ("openai_completions", "/openai/v1/completions"),
    ],
)
@pytest.mark.parametrize(
    "suffix",
    [
        "",
        "/",
        "/anthropic",
        "/anthropic/",
        "/anthropic/v1",
        "/openai/v1/",
        "/openai",
        "/api/projects/mine",
        "/api/projects/mine/openai/v1",
    ],
)
def test_any_address_of_the_resource_means_the_resource(
    suffix: str, dialect: Dialect, path: str
) -> None:
    assert path_of(KIND, BASE + suffix, dialect) == path


def test_every_dialect_has_a_path() -> None:
    assert len({path_of(KIND, BASE, dialect) for dialect in KIND.dialects}) == len(KIND.dialects)


@pytest.mark.parametrize(
    ("model", "spoken"),
    [
        ("anthropic/claude-sonnet-5-5", CLAUDE),
        ("openai/gpt-6", ("openai_chat", "openai_responses", "openai_embeddings")),
        ("openai/gpt-3.5-turbo-instruct", ("openai_completions",)),
        ("xai/grok-4.6", ("openai_chat", "openai_responses", "openai_embeddings")),
        ("deepseek/r1", ("openai_chat", "openai_responses", "openai_embeddings")),
        ("mistral/large", CHATTING),
        ("meta/llama-3.3-70b", CHATTING),
    ],
)
def test_the_publisher_tells_what_a_deployment_speaks(
    model: str, spoken: tuple[Dialect, ...]
) -> None:
    assert KIND.dialects_of is not None
    assert KIND.dialects_of(deployment_of(KIND, "prod", model)) == spoken
    assert set(spoken) <= set(KIND.dialects)


def test_key_and_token() -> None:
    assert KIND.auth_headers("k") == ((b"api-key", b"k"), (b"x-api-key", b"k"))
    assert KIND.token_headers("t") == ((b"authorization", b"Bearer t"),)
    assert (KIND.chain, KIND.token_scope) == ("azure", "https://ai.azure.com/.default")
    assert (KIND.default_base_url, KIND.default_host) == (None, "microsoft")


def test_versions_of_both_apis_are_forwarded_and_no_account() -> None:
    assert {b"anthropic-version", b"anthropic-beta", b"openai-beta"} <= KIND.forwarded_headers
    assert not {b"anthropic-workspace-id", b"x-api-key", b"api-key"} & KIND.forwarded_headers


def test_errors() -> None:
    unknown = KIND.judge(404, {}, b'{"error":{"code":"DeploymentNotFound"}}')
    assert unknown is not None
    assert unknown.kind == "model_unknown"
    overloaded = KIND.judge(529, {}, b'{"type":"error","error":{"type":"overloaded_error"}}')
    assert overloaded is not None
    assert overloaded.signal == "capacity_error"
    assert KIND.judge(400, {}, b'{"error":{"code":"content_filter"}}') is None
