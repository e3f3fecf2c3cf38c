"""Keys and projects as people read them."""

from datetime import UTC, datetime
from decimal import Decimal

from detente.cli.told_scope import lines_of, time_text
from detente.configuration.callers import BudgetEntry, LimitEntry
from detente.gateway.callers.key_forms import KeyShown, ProjectShown, SecretShown

AT = datetime(2026, 11, 22, 8, 23, 7, tzinfo=UTC)

KEY = KeyShown(
    name="app",
    project="shop",
    state="active",
    source="store",
    secrets=(
        SecretShown(prefix="dt-newer", created_at=AT, expires_at=None),
        SecretShown(prefix="dt-older", created_at=AT, expires_at=AT),
        SecretShown(prefix="", created_at=None, expires_at=None),
    ),
    created_at=AT,
    expires_at=None,
    revoked_at=None,
    labels={"data": "internal", "team": "web"},
    models=("openai/*", "anthropic/*"),
    deployments=None,
    budgets=(BudgetEntry(usd=Decimal(5), period="day"),),
    limits=(LimitEntry(concurrent_requests=2), LimitEntry(tokens_per_day=9, model="a/*")),
)


def test_a_key_is_told_in_the_words_of_its_options() -> None:
    assert list(lines_of(KEY)) == [
        "name = app",
        "project = shop",
        "state = active",
        "source = store",
        "secrets = dt-newer…, dt-older… until 2026-11-22 08:23:07 UTC",
        "created_at = 2026-11-22 08:23:07 UTC",
        "labels = data=internal, team=web",
        "models = openai/*, anthropic/*",
        "budgets = 5/day",
        "limits = concurrent_requests=2, tokens_per_day=9~a/*",
    ]


def test_nothing_allowed_is_said_and_everything_allowed_is_not() -> None:
    project = ProjectShown(
        name="none",
        source="configuration",
        created_at=None,
        labels={},
        models=(),
        deployments=None,
        budgets=(),
        limits=(),
    )
    assert list(lines_of(project)) == ["name = none", "source = configuration", "models = none"]


def test_no_time_is_no_text() -> None:
    assert time_text(None) == ""
