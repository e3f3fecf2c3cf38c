"""Anthropic's own platform."""

import msgspec
import pytest

from detente.canonical.model import Dialect
from detente.providers import Site
from detente.providers.anthropic import KIND
from tests.providers.addresses import deployment_of, path_of

SITE = Site(base_url="https://api.anthropic.com")


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("anthropic_messages", "/v1/messages"),
        ("anthropic_count_tokens", "/v1/messages/count_tokens"),
    ],
)
def test_target(dialect: Dialect, path: str) -> None:
    for base_url in ("https://api.anthropic.com", "https://api.anthropic.com/"):
        assert path_of(KIND, base_url, dialect) == path


def test_the_key() -> None:
    assert KIND.auth_headers("k") == ((b"x-api-key", b"k"),)


def test_versions_and_betas_are_forwarded() -> None:
    assert {b"anthropic-version", b"anthropic-beta"} <= KIND.forwarded_headers


def test_overloaded_is_no_capacity() -> None:
    failure = KIND.judge(529, {b"retry-after": b"3"}, b'{"error":{"type":"overloaded_error"}}')
    assert failure is not None
    assert (failure.signal, failure.retryable, failure.retry_after_ms) == (
        "capacity_error",
        True,
        3000,
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b'{"error":{"details":{"error_code":"enforced_spend_limit_reached"}}}'),
        (402, b'{"error":{"type":"billing_error"}}'),
    ],
)
def test_an_empty_account_is_no_lack_of_capacity(status: int, body: bytes) -> None:
    failure = KIND.judge(status, {}, body)
    assert failure is not None
    assert (failure.signal, failure.retryable) == (None, True)
    assert "`api_key`" in failure.message


@pytest.mark.parametrize("geo", KIND.regions)
def test_a_region_is_where_a_message_may_be_answered(geo: str) -> None:
    deployment = msgspec.structs.replace(deployment_of(KIND), region=geo)
    assert KIND.body_members(SITE, deployment, "anthropic_messages") == {"inference_geo": geo}
    assert KIND.body_members(SITE, deployment, "anthropic_count_tokens") == {}


def test_without_a_region_the_workspaces_own_holds() -> None:
    assert KIND.body_members(SITE, deployment_of(KIND), "anthropic_messages") == {}


def test_a_workspace_is_named_where_one_is_configured() -> None:
    site = msgspec.structs.replace(SITE, workspace="wrkspc_1")
    lines = ((b"anthropic-workspace-id", b"wrkspc_1"),)
    assert KIND.headers(site, deployment_of(KIND), "anthropic_messages") == lines
    assert KIND.headers(SITE, deployment_of(KIND), "anthropic_messages") == ()


@pytest.mark.parametrize(
    ("model", "placed"),
    [
        ("claude-sonnet-4-5", False),
        ("claude-haiku-4-5-20251001", False),
        ("claude-opus-4-20250514", False),
        ("claude-3-7-sonnet-20250219", False),
        ("claude-opus-4-6", True),
        ("claude-opus-4-10", True),
        ("claude-opus-4-6-20260205", True),
        ("claude-sonnet-5-5", True),
        ("claude-opus-5", True),
        ("claude-opus-5-20270101", True),
    ],
)
def test_older_models_cannot_be_placed(model: str, placed: bool) -> None:
    assert KIND.unplaced is not None
    assert KIND.unplaced(model) is not placed
