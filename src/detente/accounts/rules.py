"""Which accounts a request is counted in: the budgets and limits of its owners, one by one.

Owners are `organisation`, `project:NAME` and `key:NAME`. An account's id says what is counted, of
whom and when: `project:shop/usd/month@2026-11`, `key:app/requests/60s`, `key:app/concurrent`, with
`~openai/*` at the end where it is narrowed to models.

Not here: how much is left in an account (`book`, `window`).
"""

from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from detente.accounts.periods import span_of
from detente.canonical.allowance import Budget, Limit
from detente.canonical.principal import Key, Project, Scope

ORGANISATION: Final = "organisation"
PICO_PER_USD: Final = 10**12


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A budget or a limit (exactly one of both) of an owner."""

    owner: str
    budget: Budget | None = None
    limit: Limit | None = None

    def __post_init__(self) -> None:
        assert (self.budget is None) != (self.limit is None)

    @property
    def model(self) -> str | None:
        """The pattern of models that it counts; None for all."""
        return self._entry.model

    @property
    def hard(self) -> bool:
        """Whether it refuses; what does not is only counted and told."""
        return self.budget is None or self.budget.hard

    @property
    def name(self) -> str:
        """What its accounts' ids begin with, the period left out: `project:shop/usd/month`."""
        match self._entry:
            case Budget(period=period):
                return f"{self.owner}/usd/{period}"
            case Limit(measure="concurrent"):
                return f"{self.owner}/concurrent"
            case Limit(measure=measure, window_ms=window_ms):
                seconds, rest = divmod(window_ms, 1_000)
                return f"{self.owner}/{measure}/{f'{window_ms}ms' if rest else f'{seconds}s'}"

    def speaks_of(self, model: str) -> bool:
        """Whether requests for the model (its canonical name) count."""
        return self.model is None or fnmatchcase(model, self.model.replace("[", "[[]"))

    @property
    def _entry(self) -> Budget | Limit:
        entry = self.budget or self.limit
        assert entry is not None
        return entry


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule counts now: `limit` in picodollars, requests or tokens.

    `window_us` is None for money, and 0 for what is open at once. `ends_at` is when another account
    of the rule begins, None where it never does.
    """

    id: str
    rule: Rule
    limit: int
    window_us: int | None = None
    ends_at: datetime | None = None


def rules_of(organisation: Scope, project: Project | None, key: Key | None) -> tuple[Rule, ...]:
    """All rules that hold for a caller, the organisation's first.

    Where two of one owner would count in one account, the stricter holds: hard before soft, then
    the smaller amount. The configuration refuses such twins; keys of the store may have them.
    """
    owned = [(ORGANISATION, organisation)]
    if project is not None:
        owned.append((f"project:{project.name}", project.scope))
    if key is not None:
        owned.append((f"key:{key.name}", key.scope))
    strictest: dict[tuple[str, str | None], Rule] = {}
    for owner, scope in owned:
        for rule in _rules(owner, scope):
            twin = strictest.setdefault((rule.name, rule.model), rule)
            if _strictness(rule) < _strictness(twin):
                strictest[rule.name, rule.model] = rule
    return tuple(strictest.values())


def account_of(rule: Rule, at: datetime) -> Account:
    """The rule's account at a moment (aware)."""
    model = "" if rule.model is None else f"~{rule.model}"
    if rule.budget is None:
        limit = rule.limit
        assert limit is not None
        return Account(
            id=rule.name + model,
            rule=rule,
            limit=limit.amount,
            window_us=0 if limit.measure == "concurrent" else limit.window_ms * 1_000,
        )
    budget = rule.budget
    span = span_of(budget.period, budget.time_zone, at)
    return Account(
        id=f"{rule.name}@{span.name}{model}",
        rule=rule,
        limit=int(budget.usd * PICO_PER_USD),
        ends_at=span.until,
    )


def _rules(owner: str, scope: Scope) -> Iterator[Rule]:
    for budget in scope.budgets:
        yield Rule(owner=owner, budget=budget)
    for limit in scope.limits:
        yield Rule(owner=owner, limit=limit)


def _strictness(rule: Rule) -> tuple[bool, int]:
    if rule.budget is not None:
        return not rule.budget.hard, int(rule.budget.usd * PICO_PER_USD)
    assert rule.limit is not None
    return False, rule.limit.amount
