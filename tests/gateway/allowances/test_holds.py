"""Terms put accounts in the order in which they are taken; figures count refusals by owner."""

from datetime import UTC, datetime
from decimal import Decimal

from detente.accounts.rules import Rule, account_of
from detente.canonical.allowance import Budget, Limit
from detente.gateway.allowances.holds import Figures, Hold, Terms, Waiter
from detente.gateway.allowances.pocket import pocket_for

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_accounts_are_taken_in_one_order() -> None:
    rules = (
        Rule(owner="key:app", limit=Limit(measure="tokens", amount=5, window_ms=1_000)),
        Rule(owner="key:app", limit=Limit(measure="requests", amount=5, window_ms=1_000)),
        Rule(owner="organisation", budget=Budget(usd=Decimal(1))),
        Rule(owner="key:app", limit=Limit(measure="concurrent", amount=5, window_ms=0)),
    )
    terms = Terms(7, tuple(pocket_for(account_of(rule, NOW), 0) for rule in rules))
    kinds = [pocket.kind for pocket in terms.pockets]
    assert kinds == ["money", "concurrent", "requests", "tokens"]
    assert [pocket.kind for pocket in terms.ones] == ["concurrent", "requests"]
    assert terms.valid_until_us == 7


def test_a_waiter_has_heard_nothing_at_first() -> None:
    class Nobody:
        def resume(self, value: object) -> None:
            del value

        def throw(self, error: BaseException) -> None:
            del error

    waiter = Waiter(Nobody(), Hold(Terms(0)), 3)
    assert (waiter.number, waiter.heard, waiter.hold.pico_usd) == (3, False, 0)


def test_refusals_are_counted_by_kind_of_owner() -> None:
    figures = Figures()
    for owner in ("key:app", "key:other", "organisation"):
        figures.refuse("rate_limited", owner)
    assert figures.refused == {"rate_limited key": 2, "rate_limited organisation": 1}


def test_what_is_held_for_tries_that_nobody_waited_for_is_settled_with_the_rest() -> None:
    hold = Hold(Terms(0))
    hold.pico_usd, hold.tokens = 7, 5
    hold.pass_on()
    hold.pico_usd = 9  # the next try is dearer
    hold.join()
    assert (hold.pico_usd, hold.tokens, hold.past_tries) == (16, 10, 0)


def test_of_what_one_request_may_need_more_are_money_and_tokens() -> None:
    limit = Limit(measure="requests", amount=10, window_ms=60_000)
    rules = (
        Rule(owner="organisation", budget=Budget(usd=Decimal(1))),
        Rule(owner="organisation", limit=limit),
    )
    terms = Terms(7, tuple(pocket_for(account_of(rule, NOW), 0) for rule in rules))
    assert terms.costs().pockets == terms.money
