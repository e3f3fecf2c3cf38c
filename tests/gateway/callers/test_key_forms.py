"""What is asked and shown of keys: the configuration's words, and never a digest."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from tests.gateway.key_props import AT, revoked, secret_of, stored

from detente.canonical.allowance import Limit
from detente.canonical.failure import ClientFault
from detente.canonical.principal import Project
from detente.configuration.callers import BudgetEntry, LimitEntry
from detente.gateway.callers.key_book import KeyMade
from detente.gateway.callers.key_forms import (
    SCOPE_BYTES_MAX,
    KeyAsked,
    ScopeAsked,
    draft_of,
    scope_asked,
    shown_key,
    shown_made,
    shown_project,
)

ASKED = KeyAsked(
    name="app",
    project="shop",
    labels={"b": "2", "a": "1"},
    models=("a/*",),
    budgets=(BudgetEntry(usd=Decimal(5)),),
    limits=(LimitEntry(tokens_per_minute=9, model="a/*"), LimitEntry(concurrent_requests=2)),
    expires=AT,
)


def test_what_was_asked_is_shown_again() -> None:
    draft = draft_of(ASKED)
    assert draft.scope.limits[0] == Limit(measure="tokens", amount=9, window_ms=60_000, model="a/*")
    shown = shown_key(stored("app", scope=draft.scope), AT)
    for member in ("labels", "models", "deployments", "budgets", "limits"):
        assert getattr(shown, member) == getattr(ASKED, member)
    project = shown_project(Project(name="p", scope=draft.scope))
    assert (project.limits, project.labels) == (ASKED.limits, ASKED.labels)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ScopeAsked(budgets=(BudgetEntry(usd=Decimal(-1)),)), "`budgets.0.usd`"),
        (ScopeAsked(budgets=(BudgetEntry(usd=Decimal("nan")),)), "`budgets.0.usd`"),
        (ScopeAsked(budgets=(BudgetEntry(usd=Decimal(1), time_zone="X"),)), "time zone"),
        (ScopeAsked(limits=(LimitEntry(),)), "`limits.0`"),
    ],
)
def test_what_means_nothing_is_refused(asked: ScopeAsked, said: str) -> None:
    with pytest.raises(ClientFault, match=said):
        scope_asked(asked)


def test_what_one_key_may_say_is_bounded_in_bytes() -> None:
    most = tuple(f"provider-{number:03}/model-{'x' * 4}-*" for number in range(256))
    assert scope_asked(ScopeAsked(models=most, deployments=most)).models == most
    widest = ("\U0001f511" * 200,) * 256
    for asked in (ScopeAsked(models=widest), ScopeAsked(labels={"a": "\U0001f511" * 5_000})):
        with pytest.raises(ClientFault, match=rf"at most {SCOPE_BYTES_MAX}; have fewer"):
            scope_asked(asked)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a b", "project": "p"}',
        b'{"name": "a", "project": ""}',
        b'{"name": "a", "project": "p", "hash": "sha256:"}',
        b'{"name": "a", "project": "p", "expires": "2026-01-01T00:00:00"}',
        b'{"name": "a", "project": "p", "models": [""]}',
        b'{"name": "a", "project": "p", "labels": {"": "x"}}',
    ],
)
def test_what_has_another_form_is_not_read(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=KeyAsked)


def test_neither_digest_nor_secret_is_shown() -> None:
    key = stored("app")
    shown = msgspec.json.encode(shown_key(key, AT))
    assert b"digest" not in shown
    assert key.secrets[0].digest.hex().encode() not in shown
    made = shown_made(KeyMade(key=key, secret="dt-app", aws_secret_access_key="aws"), AT)
    assert msgspec.json.decode(msgspec.json.encode(made))["secret"] == "dt-app"
    assert "dt-app" not in repr(made)


def test_a_state_is_what_counts_now() -> None:
    ends = msgspec.structs.replace(stored("app"), expires_at=AT)
    assert shown_key(ends, AT - timedelta(seconds=1)).state == "active"
    assert shown_key(ends, AT).state == "expired"
    assert shown_key(revoked(ends), AT).state == "revoked"


def test_secrets_that_are_over_are_left_out() -> None:
    secrets = (secret_of("dt-new"), secret_of("dt-old", expires_at=AT))
    key = msgspec.structs.replace(stored("app"), secrets=secrets)
    assert len(shown_key(key, AT - timedelta(seconds=1)).secrets) == 2
    assert len(shown_key(key, AT).secrets) == 1
