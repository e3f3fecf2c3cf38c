"""What a refused request is told: which account, until when, and what helps."""

from datetime import UTC, datetime
from decimal import Decimal

from detente.accounts.rules import Rule, account_of
from detente.canonical.allowance import Budget, Limit, Measure, Period
from detente.gateway.allowances.denials import (
    code_of,
    price_unknown,
    refused,
    store_unavailable,
    waits_in_vain,
)
from detente.gateway.allowances.pocket import AnyPocket, MoneyPocket, WindowPocket, pocket_for

NOW = datetime(2026, 11, 30, 23, 59, 58, 500_000, tzinfo=UTC)
PICO = 10**12


def budget(period: Period = "month") -> MoneyPocket:
    rule = Rule(owner="project:shop", budget=Budget(usd=Decimal(1), period=period))
    pocket = pocket_for(account_of(rule, NOW), 0)
    assert isinstance(pocket, MoneyPocket)
    return pocket


def limit(measure: Measure, amount: int = 4) -> WindowPocket:
    window_ms = 0 if measure == "concurrent" else 60_000
    rule = Rule(owner="key:app", limit=Limit(measure=measure, amount=amount, window_ms=window_ms))
    pocket = pocket_for(account_of(rule, NOW), 0)
    assert isinstance(pocket, WindowPocket)
    return pocket


def told(pocket: AnyPocket, amount: int, now_us: int = 0) -> tuple[str, str, int | None]:
    failure = refused(pocket, amount, now_us=now_us, now=NOW).failure
    assert (failure.status, failure.blame) == (429, "client")
    assert failure.code == code_of(pocket)
    return failure.code, failure.message, failure.retry_after_ms


def test_a_used_up_budget_names_its_end() -> None:
    pocket = budget()
    pocket.left = 5
    code, message, wait_ms = told(pocket, 6)
    assert (code, wait_ms) == ("budget_exhausted", 1_500)
    assert message == (
        "the budget `project:shop/usd/month@2026-11` has not enough left for this request until "
        "2026-12-01T00:00:00Z; wait, ask for less output, or have the budget raised"
    )


def test_a_budget_for_ever_names_none() -> None:
    pocket = budget("ever")
    pocket.left = 0
    _, message, wait_ms = told(pocket, 1)
    assert wait_ms is None
    assert "until" not in message


def test_what_others_hold_may_come_free_in_a_moment() -> None:
    _, message, wait_ms = told(budget(), 1)
    assert wait_ms == 1_000
    assert "reserved for other requests" in message


def test_more_than_there_ever_is() -> None:
    assert "more than all of the budget" in told(budget(), PICO + 1)[1]
    assert told(budget(), PICO + 1)[2] is None
    _, message, wait_ms = told(limit("tokens"), 5)
    assert wait_ms is None
    assert "may take 5 tokens, and the limit `key:app/tokens/60s` allows 4" in message


def test_a_window_says_exactly_when() -> None:
    pocket = limit("requests")
    pocket.lease.add(4, (), 0)
    pocket.lease.take(4, 0)
    pocket.lease.settle(4, 4, 0)
    _, message, wait_ms = told(pocket, 1, now_us=58_999_500)
    assert wait_ms == 1_001
    assert message == (
        "the limit `key:app/requests/60s` is reached: 4 requests in 60 s; try again in 1.001 s"
    )


def test_what_the_treasury_knows_counts_where_it_is_sooner() -> None:
    pocket = limit("requests")
    assert told(pocket, 1)[2] == 60_000  # nobody knows: the whole window
    pocket.retry_at_us = 2_000_000
    assert told(pocket, 1)[2] == 2_000


def test_requests_at_once_wait_for_an_end() -> None:
    _, message, wait_ms = told(limit("concurrent"), 1)
    assert wait_ms == 1_000
    assert "4 requests at once" in message


def test_the_others() -> None:
    assert store_unavailable(budget()).failure.status == 503
    assert waits_in_vain(budget(), 7).failure.status == 429
    assert waits_in_vain(limit("tokens"), 7).owner == "key:app"
    failure = price_unknown("no price of deployment `a/b` is known").failure
    assert (failure.status, failure.code) == (403, "price_unknown")
    assert "`a/b`" in failure.message
