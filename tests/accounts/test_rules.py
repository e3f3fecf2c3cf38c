"""Which accounts a caller's requests are counted in, and how they are called."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from detente.accounts.rules import Account, Rule, account_of, rules_of
from detente.canonical.allowance import Budget, Limit, Period
from detente.canonical.principal import Key, Project, Scope

AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def budget(
    usd: str, period: Period = "month", *, hard: bool = True, model: str | None = None
) -> Budget:
    return Budget(usd=Decimal(usd), period=period, hard=hard, model=model)


def key(*budgets: Budget, limits: tuple[Limit, ...] = ()) -> Key:
    scope = Scope(budgets=budgets, limits=limits)
    return Key(name="app1", project="shop", secrets=(), scope=scope)


def test_all_owners_rules_hold_the_organisations_first() -> None:
    rules = rules_of(
        Scope(budgets=(budget("1"),)),
        Project(name="shop", scope=Scope(limits=(requests(600, 60_000),))),
        key(budget("2")),
    )
    assert [rule.name for rule in rules] == [
        "organisation/usd/month",
        "project:shop/requests/60s",
        "key:app1/usd/month",
    ]


def test_nobody_but_the_organisation_may_be_known() -> None:
    assert rules_of(Scope(), None, None) == ()
    (rule,) = rules_of(Scope(budgets=(budget("1"),)), None, None)
    assert rule.owner == "organisation"


def requests(amount: int, window_ms: int, model: str | None = None) -> Limit:
    return Limit(measure="requests", amount=amount, window_ms=window_ms, model=model)


@pytest.mark.parametrize(
    ("rule", "id_", "limit", "window_us"),
    [
        (
            Rule(owner="project:shop", budget=budget("100.000000000001")),
            "project:shop/usd/month@2026-11",
            100 * 10**12 + 1,
            None,
        ),
        (
            Rule(owner="organisation", budget=budget("0.5", "week", model="openai/*")),
            "organisation/usd/week@2026-W47~openai/*",
            5 * 10**11,
            None,
        ),
        (Rule(owner="key:a", budget=budget("1", "ever")), "key:a/usd/ever@ever", 10**12, None),
        (
            Rule(owner="key:app1", limit=requests(600, 60_000)),
            "key:app1/requests/60s",
            600,
            60_000_000,
        ),
        (
            Rule(owner="key:a", limit=requests(1, 1_500, "x/?")),
            "key:a/requests/1500ms~x/?",
            1,
            1_500_000,
        ),
        (
            Rule(owner="key:a", limit=Limit(measure="tokens", amount=9, window_ms=86_400_000)),
            "key:a/tokens/86400s",
            9,
            86_400_000_000,
        ),
        (
            Rule(owner="key:a", limit=Limit(measure="concurrent", amount=4, window_ms=0)),
            "key:a/concurrent",
            4,
            0,
        ),
    ],
)
def test_accounts_say_what_is_counted_of_whom_and_when(
    rule: Rule, id_: str, limit: int, window_us: int | None
) -> None:
    account = account_of(rule, AT)
    assert (account.id, account.limit, account.window_us) == (id_, limit, window_us)


def test_an_account_of_money_ends_with_its_period() -> None:
    def ends(period: Period) -> datetime | None:
        return account_of(Rule(owner="key:a", budget=budget("1", period)), AT).ends_at

    assert ends("month") == datetime(2026, 12, 1, tzinfo=UTC)
    assert ends("ever") is None
    assert account_of(Rule(owner="key:a", limit=requests(1, 1_000)), AT).ends_at is None


def test_a_rule_speaks_of_the_models_of_its_pattern() -> None:
    rule = Rule(owner="organisation", budget=budget("1", model="openai/gpt-?"))
    assert rule.speaks_of("openai/gpt-4")
    assert not rule.speaks_of("openai/gpt-40")
    assert not rule.speaks_of("OpenAI/gpt-4")
    bracket = Rule(owner="organisation", budget=budget("1", model="a/x[1]*"))
    assert bracket.speaks_of("a/x[1]-large")  # as what may be used is matched
    assert not bracket.speaks_of("a/x1")
    assert Rule(owner="organisation", budget=budget("1")).speaks_of("anything")


def test_of_twins_the_stricter_holds() -> None:
    rules = rules_of(
        Scope(),
        None,
        key(
            budget("5", hard=False),
            budget("9"),
            budget("7"),
            budget("1", hard=False),
            budget("3", model="x/*"),
            limits=(requests(6, 60_000), requests(5, 60_000)),
        ),
    )
    assert [(account_of(rule, AT).limit, rule.hard) for rule in rules] == [
        (7 * 10**12, True),
        (3 * 10**12, True),
        (5, True),
    ]


def test_a_soft_budget_refuses_nothing() -> None:
    assert not Rule(owner="key:a", budget=budget("1", hard=False)).hard


def test_a_rule_is_a_budget_or_a_limit() -> None:
    with pytest.raises(AssertionError):
        Rule(owner="key:a")
    with pytest.raises(AssertionError):
        Rule(owner="key:a", budget=budget("1"), limit=requests(1, 1_000))


def test_an_account_is_a_value() -> None:
    rule = Rule(owner="key:a", limit=requests(1, 1_000))
    assert account_of(rule, AT) == Account(
        id="key:a/requests/1s", rule=rule, limit=1, window_us=1_000_000
    )
