"""From tables to values: what an organisation, a project or a key of the configuration may do.

>>> scope_of(Organisation(models=("openai/*",))).models
('openai/*',)
"""

from typing import Final

import msgspec

from detente.canonical.allowance import Budget, Limit, Measure
from detente.canonical.principal import Key as KeyValue
from detente.canonical.principal import KeySecret, Scope
from detente.canonical.principal import Project as ProjectValue
from detente.canonical.question import labels_of
from detente.configuration.callers import BudgetEntry, Key, LimitEntry, Organisation, Project

SECOND_MS: Final = 1_000
_MEASURES: Final[tuple[tuple[str, Measure, int], ...]] = (
    ("requests_per_minute", "requests", 60 * SECOND_MS),
    ("requests_per_hour", "requests", 3_600 * SECOND_MS),
    ("requests_per_day", "requests", 86_400 * SECOND_MS),
    ("tokens_per_minute", "tokens", 60 * SECOND_MS),
    ("tokens_per_hour", "tokens", 3_600 * SECOND_MS),
    ("tokens_per_day", "tokens", 86_400 * SECOND_MS),
    ("concurrent_requests", "concurrent", 0),
)


def scope_of(entry: Organisation | Project | Key) -> Scope:
    """What a table allows."""
    return Scope(
        labels=labels_of(dict(entry.labels)),
        models=entry.models,
        deployments=entry.deployments,
        budgets=tuple(_budget(row) for row in entry.budgets),
        limits=tuple(limit for row in entry.limits for limit in _limits(row)),
    )


def project_of(name: str, entry: Project) -> ProjectValue:
    """The project of `[projects.NAME]`."""
    return ProjectValue(name=name, scope=scope_of(entry))


def key_of(name: str, entry: Key) -> KeyValue:
    """The key of `[keys.NAME]`; its secret's digest is the hash that stands there, without a
    pepper."""
    return KeyValue(
        name=name,
        project=entry.project,
        secrets=(KeySecret(digest=bytes.fromhex(entry.hash.removeprefix("sha256:"))),),
        scope=scope_of(entry),
        expires_at=entry.expires,
        access_hash=entry.hash,
    )


def entry_of(scope: Scope) -> Project:
    """The table that allows what `scope` does, as somebody would write it."""
    return Project(
        labels=dict(scope.labels),
        models=scope.models,
        deployments=scope.deployments,
        budgets=tuple(_budget_entry(budget) for budget in scope.budgets),
        limits=tuple(_limit_entry(limit) for limit in scope.limits),
    )


def _budget_entry(budget: Budget) -> BudgetEntry:
    return BudgetEntry(
        usd=budget.usd,
        period=budget.period,
        time_zone=budget.time_zone,
        hard=budget.hard,
        alert_at=budget.alert_at,
        model=budget.model,
    )


def _limit_entry(limit: Limit) -> LimitEntry:
    for name, measure, window_ms in _MEASURES:
        if (measure, window_ms) == (limit.measure, limit.window_ms):
            return msgspec.convert({name: limit.amount, "model": limit.model}, LimitEntry)
    raise AssertionError(limit)  # every limit was made from a row


def _budget(row: BudgetEntry) -> Budget:
    return Budget(
        usd=row.usd,
        period=row.period,
        time_zone=row.time_zone,
        hard=row.hard,
        alert_at=row.alert_at,
        model=row.model,
    )


def _limits(row: LimitEntry) -> tuple[Limit, ...]:
    limits: list[Limit] = []
    for name, measure, window_ms in _MEASURES:
        amount: int | None = getattr(row, name)
        if amount is not None:
            limits.append(
                Limit(measure=measure, amount=amount, window_ms=window_ms, model=row.model)
            )
    return tuple(limits)
