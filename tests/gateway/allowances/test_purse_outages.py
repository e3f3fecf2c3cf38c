"""A purse whose store or control process is away: what it may use, and what it asks again."""

import pytest
from tests.gateway.purse_calls import Caller, budget, calls, hold_of, limit, terms
from tests.gateway.treasury import LEASE_US, PlayedTreasury

from detente.accounts.messages import Answer, Have, Kept
from detente.accounts.window import exchange
from detente.accounts.window_lease import WindowLease
from detente.canonical.failure import Fault
from detente.gateway.allowances.holds import Terms
from detente.gateway.allowances.purse import FORGOTTEN_LOOKS, LOOK_EVERY_US, Purse

PICO = 10**12
MINUTE_US = 60_000_000


@pytest.fixture
def treasury() -> PlayedTreasury:
    return PlayedTreasury()


def test_fail_closed_refuses_at_once_and_recovers(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    first = calls(purse, hold_of(made, 5))
    treasury.turn()
    assert first.hold is not None
    treasury.keep(purse, outage=True)
    assert calls(purse, hold_of(made, 5)).code == "store_unavailable"
    treasury.keep(purse)
    assert calls(purse, hold_of(made, 5)).hold is not None


def test_continue_on_lease_goes_on_until_it_is_used_up(treasury: PlayedTreasury) -> None:
    purse = treasury.purse(fail_closed=False)
    made = terms(purse, budget("1"))
    first = calls(purse, hold_of(made, PICO // 100))
    treasury.turn()
    assert first.hold is not None
    assert made.money[0].lease.free >= PICO // 8
    until_us = treasury.now_us + LEASE_US
    treasury.keep(purse, outage=True)
    treasury.deaf = True
    assert calls(purse, hold_of(made, PICO // 8)).hold is not None
    more = calls(purse, hold_of(made, PICO))
    treasury.turn()
    assert more.code == "store_unavailable"
    treasury.now_us = until_us
    assert calls(purse, hold_of(made, 1)).code == "store_unavailable"


def test_leases_end_by_the_clock_and_requests_wait_for_the_control_process(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    calls(purse, hold_of(made, 5))
    treasury.turn()
    treasury.now_us += LEASE_US
    late = calls(purse, hold_of(made, 5))
    treasury.run_soon()
    assert late.hold is None
    assert late.fault is None
    treasury.keep(purse)
    treasury.turn()
    assert late.hold is not None


def test_after_leases_ended_no_window_is_used_before_the_treasury_says_what_is_held(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("requests", 10))
    (pocket,) = made.pockets
    assert_served(treasury, purse, made)
    treasury.now_us += LEASE_US
    # Meanwhile another machine has asked, and all that was held cools.
    other = WindowLease(MINUTE_US).ask(pocket.id, limit=10, need=1, want=10, now_us=0)
    taken, _ = exchange(
        treasury.windows[pocket.id], "m2", other, now_us=treasury.now_us, gone=("w0-1",)
    )
    treasury.windows[pocket.id] = taken
    assert pocket.free(treasury.now_us) > 0
    treasury.keep(purse)  # as a control process does that has just begun, and knows of no leases
    assert calls(purse, hold_of(made)).hold is None
    treasury.turn()
    assert pocket.free(treasury.now_us) <= 0
    assert calls(purse, hold_of(made)).hold is None


ENDED = (Kept(good_until_us=0), Answer(number=0, good_until_us=0, haves=()))


@pytest.mark.parametrize("then", ENDED)
def test_leases_that_are_said_to_end_are_unsure_though_their_time_was_not_over(
    treasury: PlayedTreasury, then: Answer | Kept
) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("requests", 10), budget("1", "key:app"))
    assert_served(treasury, purse, made)
    purse.heard(then)  # the store's clock has jumped
    treasury.keep(purse)
    again = calls(purse, hold_of(made))
    assert again.hold is None
    treasury.turn()
    assert again.hold is not None


def test_a_control_process_that_has_not_heard_the_store_yet_ends_no_lease(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse(fail_closed=False)
    made = terms(purse, limit("requests", 10))
    assert_served(treasury, purse, made)
    until_us = purse.usable_until_us
    purse.heard(Kept(good_until_us=None, outage=True))
    assert calls(purse, hold_of(made)).hold is not None
    treasury.now_us = until_us
    purse.heard(Kept(good_until_us=None, outage=True))
    assert calls(purse, hold_of(made)).code == "store_unavailable"
    treasury.keep(purse)
    assert calls(purse, hold_of(made)).hold is None, "others may hold it by now"


def test_a_window_that_is_gone_while_leases_have_ended_is_not_waited_for(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("requests", 10))
    assert_served(treasury, purse, made)
    (pocket,) = made.pockets
    purse.heard(Kept(good_until_us=0))
    treasury.keep(purse)
    treasury.run_soon()
    (ask,) = treasury.asks
    purse.heard(Kept(good_until_us=0))
    gone = Have(account=pocket.id, epoch=7, turn=ask.wants[0].turn)
    purse.heard(Answer(number=ask.number, good_until_us=0, haves=(gone,)))
    for _ in range(FORGOTTEN_LOOKS + 1):
        treasury.now_us += LOOK_EVERY_US
        purse.keep_house(treasury.now_us)
    assert pocket not in purse.pockets
    treasury.keep(purse)
    assert_served(treasury, purse, terms(purse, budget("1")))


def test_what_was_answered_before_leases_began_anew_is_asked_again(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    made = terms(purse, limit("requests", 10))
    assert_served(treasury, purse, made)
    treasury.now_us += LEASE_US
    purse.heard(Kept(good_until_us=0))
    purse.heard(Answer(number=0, good_until_us=0, haves=()))
    treasury.keep(purse)
    again = calls(purse, hold_of(made))
    treasury.turn()
    assert again.hold is not None


def test_after_leases_ended_money_is_asked_for_anew(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    made = terms(purse, budget("1"))
    calls(purse, hold_of(made, 5))
    treasury.turn()
    assert made.money[0].lease.free > 0
    treasury.now_us += LEASE_US
    treasury.keep(purse)
    assert made.money[0].lease.free == 0
    again = calls(purse, hold_of(made, 5))
    treasury.turn()
    assert again.hold is not None


def assert_served(treasury: PlayedTreasury, purse: Purse, made: Terms) -> None:
    first = calls(purse, hold_of(made))
    treasury.turn()
    assert first.hold is not None


def test_a_waiter_that_nobody_answered_is_told_that_the_store_is_away(
    treasury: PlayedTreasury,
) -> None:
    purse = treasury.purse()
    treasury.deaf = True
    waiter = purse.wait(Caller(), hold_of(terms(purse, budget("1")), 5))
    treasury.turn()
    with pytest.raises(Fault) as raised:
        purse.last_look(waiter)
    assert raised.value.failure.code == "store_unavailable"


def test_what_was_asked_into_the_void_is_asked_again(treasury: PlayedTreasury) -> None:
    purse = treasury.purse()
    treasury.deaf = True
    caller = calls(purse, hold_of(terms(purse, budget("1"), limit("tokens", 9)), 5, 3))
    treasury.turn()
    assert caller.hold is None
    treasury.deaf = False
    purse.connected()
    treasury.turn()
    assert caller.hold is not None
