"""What a pocket says of its account, and what it makes of the answer."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from detente.accounts.messages import Have
from detente.accounts.rules import Account, Rule, account_of
from detente.canonical.allowance import Budget, Limit, Measure
from detente.gateway.allowances.holds import Hold, Terms
from detente.gateway.allowances.pocket import MoneyPocket, WindowPocket, pocket_for

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PICO = 10**12


def money() -> Account:
    return account_of(Rule(owner="organisation", budget=Budget(usd=Decimal(1))), NOW)


def window(measure: Measure, amount: int = 10) -> Account:
    window_ms = 0 if measure == "concurrent" else 1_000
    limit = Limit(measure=measure, amount=amount, window_ms=window_ms)
    return account_of(Rule(owner="key:app", limit=limit), NOW)


@pytest.mark.parametrize(
    ("account", "needed"),
    [(money(), 7), (window("tokens"), 5), (window("requests"), 1), (window("concurrent"), 1)],
)
def test_what_a_request_needs_of_it(account: Account, needed: int) -> None:
    hold = Hold(Terms(0))
    hold.pico_usd, hold.tokens = 7, 5
    assert pocket_for(account, 0).amount_of(hold) == needed


def test_money_asks_for_a_slice_and_says_what_came_back() -> None:
    pocket = MoneyPocket(money(), 0)
    pocket.hint = 10
    want = pocket.want(0)
    assert (want.need, want.limit, want.window_us) == (10, PICO, None)
    assert want.want >= 100 * 10
    assert pocket.told(Have(account=pocket.id, granted=want.want, left=PICO), 0)
    assert pocket.free(0) == want.want
    assert not pocket.empty
    assert pocket.give_back(0)
    assert pocket.can_give
    quiet = pocket.want(0)
    assert (quiet.need, quiet.want, quiet.returned) == (0, 0, want.want)
    assert not pocket.can_give
    assert not pocket.give_back(0)


def test_money_that_is_scarce_is_not_asked_for_early() -> None:
    pocket = MoneyPocket(money(), 0)
    pocket.hint = 10
    want = pocket.want(0)
    assert pocket.low > 0
    pocket.told(Have(account=pocket.id, granted=want.need, left=want.need), 0)
    assert pocket.low == 0


def test_windows_are_asked_for_whole_and_parted_with() -> None:
    pocket = WindowPocket(window("requests"), 0)
    pocket.hint = 1
    want = pocket.want(0)
    assert (want.need, want.limit) == (1, 10)
    assert want.want >= 1
    assert pocket.told(Have(account=pocket.id, held=10, epoch=3, turn=want.turn), 0)
    assert pocket.has_all
    again = pocket.want(0)
    assert pocket.told(Have(account=pocket.id, held=10, epoch=3, turn=again.turn, recall=4), 0)
    assert pocket.can_give
    given = pocket.want(0)
    assert sum(amount for _, amount in given.back) == 4
    assert (given.held, given.need, given.want) == (6, 0, 0)


@pytest.mark.parametrize(
    ("limit", "used", "wanted"),
    [
        (10, 0, 10),
        (1_000, 0, 125),  # an eighth
        (900_000, 0, 400),  # or four slices
        (1_000, 300, 300),  # as much as is in use
        (1_000, 700, 300),  # and no more than there is
    ],
)
def test_no_more_of_a_window_is_wanted_than_may_be_needed(
    limit: int, used: int, wanted: int
) -> None:
    """For when a worker is killed, all that it holds cools for a whole window."""
    pocket = WindowPocket(window("requests", limit), 0)
    pocket.hint = 1
    want = pocket.want(0)
    if used:
        assert pocket.told(Have(account=pocket.id, held=used, epoch=3, turn=want.turn), 0)
        for _ in range(used):
            assert pocket.lease.take(1, 0)
        pocket.hint = 1
        want = pocket.want(0)
    assert want.modest
    assert want.want == wanted


def test_all_requests_at_once_are_wanted_for_they_do_not_cool() -> None:
    pocket = WindowPocket(window("concurrent", 1_000), 0)
    pocket.hint = 1
    want = pocket.want(0)
    assert not want.modest


def test_an_answer_to_an_older_word_says_nothing() -> None:
    pocket = WindowPocket(window("requests"), 0)
    want = pocket.want(0)
    assert not pocket.told(Have(account=pocket.id, held=10, turn=want.turn + 1), 0)
    assert pocket.lease.held == 0


def test_a_refusal_is_remembered_for_a_while_and_for_so_much() -> None:
    pocket = MoneyPocket(money(), 0)
    assert pocket.refuses(PICO + 1, 0)
    pocket.refuse_from(50, 1_000, None)
    assert pocket.refuses(50, 999)
    assert not pocket.refuses(49, 999)
    assert not pocket.refuses(50, 1_000)
    pocket.refuse_from(50, 9_000, None)
    pocket.forget_refusal()
    assert not pocket.refuses(50, 1_001)


@pytest.mark.parametrize(("after_us", "refuses"), [(0, False), (500, True)])
def test_what_still_cools_ends_no_refusal(after_us: int, *, refuses: bool) -> None:
    pocket = WindowPocket(window("requests"), 0)
    pocket.hint = 1
    turn = pocket.want(0).turn
    pocket.refuse_from(1, 1_000_000, None)
    have = Have(account=pocket.id, epoch=1, held=4, cooling=((after_us, 4),), turn=turn)
    assert pocket.told(have, 0)
    assert pocket.refuses(1, 0) is refuses


def test_use_is_noticed_once() -> None:
    pocket = WindowPocket(window("requests"), 0)
    pocket.lease.add(5, (), 0)
    assert not pocket.used()
    pocket.lease.take(1, 0)
    assert pocket.used()
    pocket.lease.settle(1, 1, 0)
    assert not pocket.used()
