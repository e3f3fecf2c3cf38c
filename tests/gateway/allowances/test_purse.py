"""A purse and a played treasury: nothing is overspent, nothing that fits refused, and in turn."""

import random

import pytest
from tests.gateway.purse_calls import Caller, budget, calls, hold_of, limit, terms
from tests.gateway.treasury import NOW, PlayedTreasury

from detente.accounts.messages import Answer, Have
from detente.accounts.rules import account_of
from detente.canonical.failure import Fault
from detente.gateway.allowances.pocket import MoneyPocket, WindowPocket
from detente.gateway.allowances.purse import (
    FORGOTTEN_LOOKS,
    IDLE_LOOKS,
    LOOK_EVERY_US,
    PATIENCE_US,
    RECALL_US,
)

PICO = 10**12
MINUTE_US = 60_000_000


@pytest.fixture
def treasury() -> PlayedTreasury:
    return PlayedTreasury()


def test_the_first_request_waits_for_one_round_trip_and_the_next_for_none(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"), limit("requests", 600), limit("concurrent", 5))
    first = calls(purse, hold_of(made, PICO // 10_000))
    assert first.hold is None
    treasury.turn()
    assert first.hold is not None
    before = len(treasury.asked)
    for _ in range(4):
        assert calls(purse, hold_of(made, PICO // 10_000)).hold is not None
    treasury.turn()
    assert len(treasury.asked) == before


def test_one_round_trip_serves_a_hundred_requests(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1000"), limit("requests", 10**6), limit("tokens", 10**9))
    waited = 0
    for _ in range(10_000):
        treasury.now_us += 1_000
        caller = calls(purse, hold_of(made, PICO // 1_000, 100))
        waited += caller.hold is None
        treasury.turn()
        assert caller.hold is not None
        purse.settle(caller.hold, PICO // 3_000, 40, treasury.now_us)
    assert purse.figures.asks <= 100
    assert waited <= 10


def test_a_thousand_at_once_spend_exactly_what_fits(treasury: PlayedTreasury) -> None:
    purses = [treasury.purse(f"w{n}-1") for n in range(4)]
    made = [terms(purse, budget("1")) for purse in purses]
    price = PICO // 100
    callers = [calls(purses[n % 4], hold_of(made[n % 4], price)) for n in range(1_000)]
    treasury.turn(rounds=200)
    taken = [caller for caller in callers if caller.hold is not None]
    assert len(taken) == 100  # of 1 USD at 0.01 USD each
    account = account_of(budget("1"), NOW).id
    for n, caller in enumerate(callers):
        if caller.hold is not None:
            purses[n % 4].settle(caller.hold, price, 0, treasury.now_us)
            treasury.settled(account, f"w{n % 4}-1", price)
    treasury.now_us += PATIENCE_US
    for purse in purses:
        purse.keep_house(treasury.now_us)
    treasury.turn(rounds=200)
    assert {caller.code for caller in callers} == {None, "budget_exhausted"}
    assert sum(caller.hold is not None for caller in callers) == 100
    assert treasury.money[account].spent == PICO


def test_what_fits_once_others_settle_is_served_and_nobody_starves(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    held = calls(purse, hold_of(made, 7 * PICO // 10))
    treasury.turn()
    large = calls(purse, hold_of(made, 9 * PICO // 10))
    small = calls(purse, hold_of(made, PICO // 10))
    treasury.turn()
    assert held.hold is not None
    assert large.hold is None
    assert small.hold is None  # though it would fit: the large one was first
    purse.settle(held.hold, 0, 0, treasury.now_us)
    treasury.turn()
    assert large.hold is not None
    assert small.hold is not None


def test_who_has_waited_in_vain_lets_the_next_one_by(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    held = calls(purse, hold_of(made, PICO // 2))
    treasury.turn()
    large, small = Caller(), Caller()
    waiter = purse.wait(large, hold_of(made, 9 * PICO // 10))
    purse.wait(small, hold_of(made, PICO // 10))
    treasury.turn()
    with pytest.raises(Fault) as raised:
        purse.last_look(waiter)
    assert raised.value.failure.code == "budget_exhausted"
    assert raised.value.failure.retry_after_ms == 1_000
    treasury.turn()
    assert small.hold is not None
    assert held.hold is not None


def test_whoever_times_out_behind_a_large_one_is_served_if_it_fits(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    held = calls(purse, hold_of(made, PICO // 2))
    treasury.turn()
    purse.wait(Caller(), hold_of(made, 9 * PICO // 10))
    treasury.turn()
    behind = purse.wait(Caller(), hold_of(made, PICO // 1_000_000))
    treasury.turn()
    made.money[0].lease.granted_now(made.money[0].lease.granted + PICO // 10)  # it came just now
    purse.last_look(behind)
    assert held.hold is not None
    assert made.money[0].lease.reserved == PICO // 2 + PICO // 1_000_000


def test_a_spent_budget_refuses_without_asking_again_and_again(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    rule = budget("1")
    made = terms(purse, rule)
    account = account_of(rule, NOW).id
    treasury.settled(account, "elsewhere", PICO)
    first = calls(purse, hold_of(made, 5))
    treasury.turn()
    assert first.code == "budget_exhausted"
    asked = len(treasury.asked)
    for _ in range(100):
        assert calls(purse, hold_of(made, 5)).code == "budget_exhausted"
    treasury.turn()
    assert len(treasury.asked) == asked
    treasury.now_us += 2_000_000  # the limit may have been raised: one more asks
    calls(purse, hold_of(made, 5))
    treasury.turn()
    assert len(treasury.asked) == asked + 1


def test_a_refusal_says_when_the_period_ends(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    rule = budget("1")
    treasury.settled(account_of(rule, NOW).id, "elsewhere", PICO)
    caller = calls(purse, hold_of(terms(purse, rule), 5))
    treasury.turn()
    assert caller.fault is not None
    failure = caller.fault.failure
    assert failure.retry_after_ms == 8.5 * 24 * 3600 * 1000  # until 2026-12-01
    assert "`project:shop/usd/month@2026-11`" in failure.message
    assert "2026-12-01T00:00:00Z" in failure.message


def test_more_than_the_whole_budget_is_refused_unasked(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    caller = calls(purse, hold_of(terms(purse, budget("1")), PICO + 1))
    assert caller.code == "budget_exhausted"
    assert not treasury.asked


def test_all_accounts_or_none(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(
        purse, budget("1"), budget("1", "key:app"), limit("requests", 9), limit("tokens", 50)
    )
    caller = calls(purse, hold_of(made, 10, 50))
    treasury.turn()
    assert caller.hold is not None
    refused = calls(purse, hold_of(made, 10, 1))
    assert refused.code == "rate_limited"  # no tokens: and nothing else is taken
    assert [pocket.lease.reserved for pocket in made.money] == [10, 10]
    assert made.requests[0].lease.free(treasury.now_us) == 8


def test_a_sliding_window_says_exactly_when_to_come_again(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("requests", 2))
    for _ in range(2):
        caller = calls(purse, hold_of(made))
        treasury.turn()
        assert caller.hold is not None
        treasury.now_us += 10_000_000
    refused = calls(purse, hold_of(made))
    assert refused.fault is not None
    assert refused.fault.failure.retry_after_ms == 40_000
    treasury.now_us += 40_000_000 - 1
    treasury.keep(purse)
    treasury.turn()
    assert calls(purse, hold_of(made)).code == "rate_limited"
    treasury.now_us += 1
    assert calls(purse, hold_of(made)).hold is not None


def test_units_come_over_from_a_worker_that_does_not_use_them(treasury: PlayedTreasury) -> None:
    one, other = treasury.purse("w0-1"), treasury.purse("w1-1")
    rule = limit("requests", 100)
    first = calls(one, hold_of(terms(one, rule)))
    treasury.turn()
    assert first.hold is not None
    second = calls(other, hold_of(terms(other, rule)))
    for _ in range(5):
        treasury.turn()
        treasury.say_again()
    assert second.hold is not None
    assert not second.fault


def test_units_that_nobody_gives_back_are_not_waited_for_again_and_again(
    treasury: PlayedTreasury,
) -> None:
    one, other = treasury.purse("w0-1"), treasury.purse("w1-1")
    rule = limit("requests", 2)
    for _ in range(2):
        caller = calls(one, hold_of(terms(one, rule)))
        treasury.turn()
        assert caller.hold is not None
    del one  # and is never heard of again
    made = terms(other, rule)
    first = calls(other, hold_of(made))
    for waits in range(RECALL_US // PATIENCE_US + 3):
        treasury.turn()
        assert first.fault is None or waits > RECALL_US // PATIENCE_US
        treasury.now_us += PATIENCE_US
        other.keep_house(treasury.now_us)
    assert first.code == "rate_limited"
    assert calls(other, hold_of(made)).code == "rate_limited"
    treasury.now_us += MINUTE_US
    treasury.keep(other)
    late = calls(other, hold_of(made))
    treasury.turn()
    assert late.fault is None


def test_requests_at_once_are_free_when_one_ends(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("concurrent", 2))
    callers = [calls(purse, hold_of(made)) for _ in range(2)]
    treasury.turn()
    refused = calls(purse, hold_of(made))
    assert refused.fault is not None
    assert refused.fault.failure.retry_after_ms == 1_000
    assert "2 requests at once" in refused.fault.failure.message
    assert callers[0].hold is not None
    purse.settle(callers[0].hold, 0, 0, treasury.now_us)
    assert calls(purse, hold_of(made)).hold is not None


def test_tokens_cool_as_many_as_were_used(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("tokens", 100))
    caller = calls(purse, hold_of(made, tokens=80))
    treasury.turn()
    assert caller.hold is not None
    assert calls(purse, hold_of(made, tokens=21)).code == "rate_limited"
    purse.settle(caller.hold, 0, 30, treasury.now_us)
    assert calls(purse, hold_of(made, tokens=70)).hold is not None
    treasury.now_us += MINUTE_US
    assert made.tokens[0].lease.free(treasury.now_us) == 30


def test_more_tokens_than_the_limit_are_refused_without_a_time(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    caller = calls(purse, hold_of(terms(purse, limit("tokens", 100)), tokens=101))
    assert caller.fault is not None
    assert caller.fault.failure.retry_after_ms is None
    assert not treasury.asked


def test_so_many_may_wait_and_no_more(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    purse.follow(fail_closed=True, waiting_max=2)
    made = terms(purse, budget("1"))
    callers = [calls(purse, hold_of(made, 5)) for _ in range(3)]
    assert [caller.code for caller in callers] == [None, None, "budget_exhausted"]
    treasury.turn()
    assert calls(purse, hold_of(made, 5)).hold is not None


def test_a_crowd_shuts_out_nobody_who_waits_elsewhere(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    purse.follow(fail_closed=True, waiting_max=2)
    crowded = terms(purse, budget("1"))
    crowd = [calls(purse, hold_of(crowded, 5)) for _ in range(3)]
    assert [one.code for one in crowd] == [None, None, "budget_exhausted"]
    stranger = calls(purse, hold_of(terms(purse, budget("1", owner="project:other")), 5))
    treasury.turn()
    assert stranger.hold is not None


def test_a_late_word_about_another_request_refuses_nobody(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    account = account_of(budget("1"), NOW).id
    treasury.settled(account, "w9-1", PICO // 2)
    large = calls(purse, hold_of(terms(purse, budget("1")), PICO * 9 // 10))
    treasury.turn()
    assert large.code == "budget_exhausted"
    treasury.now_us += 2_000_000
    small = calls(purse, hold_of(terms(purse, budget("1")), PICO // 10))
    treasury.run_soon()  # it is asked for, and not answered yet
    late = Have(account=account, verdict="never", left=PICO // 2)
    purse.heard(Answer(number=0, good_until_us=treasury.now_us + MINUTE_US, haves=(late,)))
    treasury.turn()
    assert (small.code, small.hold is not None) == (None, True)


def test_who_has_left_the_line_keeps_others_short_no_more(treasury: PlayedTreasury) -> None:
    first, second = treasury.purse("w0-1"), treasury.purse("w1-1")
    held = calls(first, hold_of(terms(first, budget("1")), PICO * 8 // 10))
    treasury.turn()
    assert held.hold is not None
    hold = hold_of(terms(second, budget("1")), PICO * 5 // 10)
    waiter = second.wait(Caller(), hold)
    treasury.turn()
    account = account_of(budget("1"), NOW).id
    assert treasury.money[account].lines["w1-1"].wanted > 0
    second.forget(waiter)
    treasury.turn()
    assert treasury.money[account].lines["w1-1"].wanted == 0


def test_what_a_soft_budget_counted_is_not_there_once_it_is_hard(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    account = account_of(budget("1"), NOW)
    purse.count(account, PICO * 6 // 10)
    treasury.settled(account.id, "w0-1", PICO * 6 // 10)
    callers = [calls(purse, hold_of(terms(purse, budget("1")), PICO // 10)) for _ in range(6)]
    treasury.turn()
    assert sum(caller.hold is not None for caller in callers) == 4
    purse.count(account, PICO // 100)  # of a request that began before
    (pocket,) = purse.pockets
    assert isinstance(pocket, MoneyPocket)
    assert pocket.lease.spent == PICO * 61 // 100


def test_who_hangs_up_leaves_the_line(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    gone, caller = Caller(), Caller()
    waiter = purse.wait(gone, hold_of(made, 5))
    purse.wait(caller, hold_of(made, 6))
    purse.forget(waiter)
    purse.forget(waiter)
    treasury.turn()
    assert gone.hold is None
    assert caller.hold is not None
    assert made.money[0].lease.reserved == 6


# Giving back.


def test_an_idle_lease_is_given_back_and_the_pocket_forgotten(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    rules = (budget("1"), limit("requests", 10), limit("tokens", 10), limit("concurrent", 3))
    caller = calls(purse, hold_of(terms(purse, *rules), 5, 5))
    treasury.turn()
    assert caller.hold is not None
    purse.settle(caller.hold, 2, 5, treasury.now_us)
    for _ in range(IDLE_LOOKS + 2):
        treasury.now_us += LOOK_EVERY_US
        purse.keep_house(treasury.now_us)
        treasury.turn()
    account = account_of(rules[0], NOW).id
    (line,) = treasury.money[account].lines.values()
    assert line.granted - line.returned == 2
    for state in treasury.windows.values():
        assert sum(share.held for share in state.shares.values()) == 0
    for _ in range(FORGOTTEN_LOOKS):
        treasury.now_us += LOOK_EVERY_US
        purse.keep_house(treasury.now_us)
        treasury.turn()
    fresh = terms(purse, budget("1"))
    assert fresh.money[0] is not caller.hold.terms.money[0]


def test_spent_money_is_not_there_again_after_its_pocket_was_forgotten(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    rule, price, spent = budget("1"), PICO // 10, 0
    for _ in range(3):
        made = terms(purse, rule)
        caller = calls(purse, hold_of(made, price))
        treasury.turn()
        while caller.hold is not None:
            purse.settle(caller.hold, price, 0, treasury.now_us)
            treasury.settled(account_of(rule, NOW).id, "w0-1", price)
            spent += price
            caller = calls(purse, hold_of(made, price))
            treasury.turn()
        for _ in range(FORGOTTEN_LOOKS + IDLE_LOOKS):
            treasury.now_us += LOOK_EVERY_US
            treasury.keep(purse)
            purse.keep_house(treasury.now_us)
            treasury.turn()
        assert not purse.pockets
    assert spent == PICO


def test_terms_that_outlive_their_pocket_are_served(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"), limit("requests", 10))
    for _ in range(FORGOTTEN_LOOKS + IDLE_LOOKS):
        treasury.now_us += LOOK_EVERY_US
        purse.keep_house(treasury.now_us)
    assert not purse.pockets
    treasury.keep(purse)
    caller = calls(purse, hold_of(made, 5))
    treasury.turn()
    assert caller.hold is not None


def test_a_budget_that_was_lowered_is_not_spent_out_of_what_was_leased(
    treasury: PlayedTreasury,
) -> None:
    purse, price = treasury.purse(), PICO // 100
    account = account_of(budget("1"), NOW).id
    made, spent = terms(purse, budget("1")), 0
    for number in range(60):
        if number == 10:
            made = terms(purse, budget("0.2"))
        caller = calls(purse, hold_of(made, price))
        treasury.turn()
        if caller.hold is not None:
            purse.settle(caller.hold, price, 0, treasury.now_us)
            treasury.settled(account, "w0-1", price)
            spent += price
    assert spent == PICO // 5


def test_the_end_gives_back_everything(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    rule = budget("1")
    caller = calls(purse, hold_of(terms(purse, rule, limit("requests", 10)), 5))
    treasury.turn()
    assert caller.hold is not None
    purse.settle(caller.hold, 3, 0, treasury.now_us)
    purse.close()
    treasury.turn()
    (line,) = treasury.money[account_of(rule, NOW).id].lines.values()
    assert line.granted - line.returned == 3


def test_a_recall_is_obeyed(treasury: PlayedTreasury) -> None:
    one, other = treasury.purse("w0-1"), treasury.purse("w1-1")
    rule = budget("1")
    first = calls(one, hold_of(terms(one, rule), PICO // 2))
    treasury.turn()
    assert first.hold is not None
    one.settle(first.hold, 0, 0, treasury.now_us)
    second = calls(other, hold_of(terms(other, rule), 9 * PICO // 10))
    for _ in range(5):
        treasury.turn()
        treasury.say_again()
        treasury.turn()
    assert second.hold is not None


def test_parts_that_do_for_nobody_come_together(treasury: PlayedTreasury) -> None:
    one, other = treasury.purse("w0-1"), treasury.purse("w1-1")
    rule = budget("1")
    made = [terms(purse, rule) for purse in (one, other)]
    for purse, of_it in zip((one, other), made, strict=True):
        caller = calls(purse, hold_of(of_it, 4 * PICO // 10))
        treasury.turn()
        assert caller.hold is not None
        purse.settle(caller.hold, 0, 0, treasury.now_us)  # each is left with 0.4 USD
    waiting = [
        calls(p, hold_of(t, 7 * PICO // 10)) for p, t in zip((one, other), made, strict=True)
    ]
    for _ in range(3):
        treasury.turn()
        treasury.say_again()
    assert [caller.hold is not None for caller in waiting].count(True) == 1


# Laws.


@pytest.mark.parametrize("seed", range(6))
def test_books_balance_whatever_happens(seed: int) -> None:
    """Random requests, estimates and actual costs on four workers: never more than the budget, and
    at the end nothing is reserved."""
    chance = random.Random(seed)
    treasury = PlayedTreasury()
    rule, seats = budget("1"), limit("concurrent", 7)
    account = account_of(rule, NOW).id
    purses = [treasury.purse(f"w{n}-1") for n in range(4)]
    made = [terms(purse, rule, seats) for purse in purses]
    open_: list[tuple[int, Caller]] = []
    spent = at_once = 0
    for _ in range(2_000):
        treasury.now_us += chance.randrange(20_000)
        n = chance.randrange(4)
        if chance.random() < 0.5:
            open_.append((n, calls(purses[n], hold_of(made[n], chance.randrange(1, PICO // 50)))))
        done = [pair for pair in open_ if pair[1].hold is not None]
        at_once = max(at_once, len(done))
        if done and chance.random() < 0.7:
            n, caller = done[chance.randrange(len(done))]
            open_.remove((n, caller))
            assert caller.hold is not None
            cost = chance.randrange(caller.hold.pico_usd + 1)
            purses[n].settle(caller.hold, cost, 0, treasury.now_us)
            treasury.settled(account, f"w{n}-1", cost)
            spent += cost
        open_ = [pair for pair in open_ if pair[1].fault is None]
        purses[n].keep_house(treasury.now_us)
        treasury.turn()
        if chance.random() < 0.2:
            treasury.say_again()
    assert at_once <= 7
    assert 0.5 * PICO < spent <= PICO
    for n, caller in open_:
        if caller.hold is not None:
            purses[n].settle(caller.hold, 0, 0, treasury.now_us)
    for pockets in made:
        assert pockets.money[0].lease.reserved in (0, *range(1))
        assert isinstance(pockets.money[0], MoneyPocket)
        assert isinstance(pockets.concurrent[0], WindowPocket)


def test_who_waits_has_what_has_cooled_without_another_word(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    used = calls(purse, hold_of(terms(purse, limit("requests", 1))))
    treasury.turn()
    assert used.hold is not None
    for _ in range(3):
        treasury.now_us += (MINUTE_US - 600_000) // 3
        treasury.keep(purse)
    waiting = calls(purse, hold_of(terms(purse, limit("requests", 2))))
    treasury.run_soon()  # it asks, and hears nothing
    assert treasury.asks
    purse.keep_house(treasury.now_us)
    treasury.run_soon()
    assert waiting.hold is None
    treasury.now_us += 600_000
    purse.keep_house(treasury.now_us)
    treasury.run_soon()
    assert waiting.hold is not None


def test_a_new_treasury_hears_what_lies_idle(treasury: PlayedTreasury) -> None:
    """Else it could not ask for it when another worker needs it."""
    purse = treasury.purse()
    made = terms(purse, budget("1"), limit("requests", 100))
    served = calls(purse, hold_of(made, PICO // 10_000))
    treasury.turn()
    assert served.hold is not None
    purse.pocket(terms(purse, limit("tokens", 100)).pockets[0].account)  # nothing is held there
    before = len(treasury.asked)
    purse.connected()
    treasury.turn()
    (ask,) = treasury.asked[before:]
    said = {want.account: (want.need, want.held > 0) for want in ask.wants}
    assert said == {pocket.id: (0, True) for pocket in made.pockets}
