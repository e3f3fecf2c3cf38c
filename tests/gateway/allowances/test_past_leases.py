"""What a worker keeps of accounts that it has forgotten: totals, as long as they may matter."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from detente.accounts.money_lease import MoneyLease
from detente.accounts.rules import Account, Rule, account_of
from detente.canonical.allowance import Budget, Period
from detente.gateway.allowances.past_leases import KEPT_AFTER_END, LOOKED_THROUGH_FROM, PastLeases

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def account(owner: str, period: Period = "day") -> Account:
    rule = Rule(owner=owner, budget=Budget(usd=Decimal(1), period=period))
    return account_of(rule, NOW)


def lease(granted: int) -> MoneyLease:
    made = MoneyLease()
    made.granted_now(granted)
    return made


def test_a_lease_is_found_again_once_and_a_stranger_is_new() -> None:
    past, kept = PastLeases(), lease(5)
    past.keep(account("key:a"), kept, NOW)
    assert past.of(account("key:b")).granted == 0
    kept.take(3)
    assert past.of(account("key:a")) is kept
    assert (kept.reserved, kept.takes, kept.taken) == (3, 0, 0)
    assert past.of(account("key:a")).granted == 0


def test_what_was_never_granted_anything_is_not_kept() -> None:
    past = PastLeases()
    past.keep(account("key:a"), lease(0), NOW)
    assert len(past) == 0


def test_what_is_only_counted_is_there_once_it_is_leased() -> None:
    past = PastLeases()
    past.counting(account("key:a"), NOW).count(5)
    past.counting(account("key:a"), NOW).count(2)
    assert len(past) == 1
    assert past.of(account("key:a")).spent == 7


def test_only_periods_that_are_long_over_are_dropped() -> None:
    past = PastLeases()
    past.keep(account("key:ever", "ever"), lease(1), NOW)
    for number in range(LOOKED_THROUGH_FROM - 2):
        past.keep(account(f"key:k{number}"), lease(1), NOW)
    soon = NOW + KEPT_AFTER_END  # the day of the accounts ended later than a day before that
    past.keep(account("key:month", "month"), lease(1), soon)
    assert len(past) == LOOKED_THROUGH_FROM
    for number in range(LOOKED_THROUGH_FROM):
        late = soon + timedelta(days=1)
        past.keep(account(f"key:other{number}", "year"), lease(1), late)
    assert past.of(account("key:k0")).granted == 0
    assert past.of(account("key:ever", "ever")).granted == 1
    assert past.of(account("key:month", "month")).granted == 1
