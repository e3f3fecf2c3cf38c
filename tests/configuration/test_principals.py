"""From tables to values and back: what an organisation, a project or a key allows."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from detente.canonical.allowance import Budget, Limit
from detente.canonical.principal import KeySecret, Scope
from detente.configuration.callers import BudgetEntry, Key, LimitEntry, Organisation, Project
from detente.configuration.principals import entry_of, key_of, project_of, scope_of

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        (LimitEntry(requests_per_minute=1), ("requests", 60_000)),
        (LimitEntry(requests_per_hour=1), ("requests", 3_600_000)),
        (LimitEntry(requests_per_day=1), ("requests", DAY_MS)),
        (LimitEntry(tokens_per_minute=1), ("tokens", 60_000)),
        (LimitEntry(tokens_per_hour=1), ("tokens", 3_600_000)),
        (LimitEntry(tokens_per_day=1), ("tokens", DAY_MS)),
        (LimitEntry(concurrent_requests=1, model="a/*"), ("concurrent", 0)),
    ],
)
def test_a_limit_is_so_much_in_a_window(row: LimitEntry, limit: tuple[str, int]) -> None:
    (found,) = scope_of(Organisation(limits=(row,))).limits
    assert (found.measure, found.window_ms, found.amount) == (*limit, 1)
    assert found.model == row.model
    assert entry_of(Scope(limits=(found,))).limits == (row,)


def test_a_scope_says_what_its_table_says() -> None:
    entry = Project(
        labels={"b": "2", "a": "1"},
        models=("a/*",),
        deployments=(),
        budgets=(BudgetEntry(usd=Decimal("1.5"), period="day", hard=False, model="a/b"),),
    )
    scope = scope_of(entry)
    assert scope.labels == (("a", "1"), ("b", "2"))
    assert (scope.models, scope.deployments) == (("a/*",), ())
    assert scope.budgets == (Budget(usd=Decimal("1.5"), period="day", hard=False, model="a/b"),)
    assert entry_of(scope) == entry
    assert project_of("p", entry).scope == scope
    assert scope_of(Project()) == Scope()


def test_a_key_is_known_by_its_hash() -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    key = key_of("k", Key(hash="sha256:" + "ab" * 32, project="p", expires=at))
    assert (key.name, key.project, key.expires_at) == ("k", "p", at)
    assert key.secrets == (KeySecret(digest=b"\xab" * 32),)
    assert (key.access_hash, key.source) == ("sha256:" + "ab" * 32, "configuration")


def test_a_limit_that_no_row_makes_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        entry_of(Scope(limits=(Limit(measure="requests", amount=1, window_ms=1),)))
