"""Lives of a store: what nobody told of is nobody's, then cools; what is told stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.share import Share, units
from detente.stores.valkey.life import UNKNOWN, Life, first_state, retold, settled

LEASE_US = 30
WINDOW_US = 60
BORN_US = 1_000
AGAIN = Life(run="5f", born_us=BORN_US, forgot=True, lease_us=LEASE_US)
FIRST = Life(run="5f", born_us=BORN_US, forgot=False, lease_us=LEASE_US)


def test_a_life_is_read_as_it_was_written() -> None:
    assert Life.read(AGAIN.text.encode()) == AGAIN
    assert Life.read(FIRST.text.encode()) == FIRST


@pytest.mark.parametrize("text", [b"", b"5f", b"5f:1:0", b"5f:x:0:1", b"5f:1:0:1:2"])
def test_what_is_no_life_is_none(text: bytes) -> None:
    assert Life.read(text) is None


def test_a_first_life_begins_free() -> None:
    state = first_state(FIRST, 100, WINDOW_US, BORN_US)
    assert (state.pool, state.shares) == ((), {})


def test_in_another_life_all_is_held_for_a_lease_and_cools_for_a_window() -> None:
    state = first_state(AGAIN, 100, WINDOW_US, BORN_US)
    assert state.shares[UNKNOWN].held == 100
    assert settled(state, AGAIN, BORN_US + LEASE_US - 1) == state
    cooling = settled(state, AGAIN, BORN_US + LEASE_US)
    assert cooling.shares == {}
    assert cooling.pool == ((BORN_US + LEASE_US + WINDOW_US, 100),)
    assert first_state(AGAIN, 100, WINDOW_US, BORN_US + LEASE_US + WINDOW_US).pool == ()


def test_an_account_that_is_met_late_cools_no_longer() -> None:
    early = settled(first_state(AGAIN, 100, WINDOW_US, BORN_US), AGAIN, BORN_US + LEASE_US + 5)
    late = first_state(AGAIN, 100, WINDOW_US, BORN_US + LEASE_US + 5)
    assert late.pool == early.pool


def test_what_is_told_again_does_nothing() -> None:
    state = first_state(AGAIN, 100, WINDOW_US, BORN_US)
    share = Share(held=40, epoch=7, turn=3)
    once = retold(state, "a", share, BORN_US)
    assert retold(once, "a", share, BORN_US) == once
    assert (once.shares["a"].epoch, once.shares["a"].turn) == (7, 3)


def test_what_was_granted_last_cools() -> None:
    state = first_state(AGAIN, 100, WINDOW_US, BORN_US)
    told = retold(state, "a", Share(held=4, added=((999_999_999, 3),)), BORN_US)
    assert told.shares["a"].added == ((BORN_US + WINDOW_US, 3),)


@given(told=st.lists(st.integers(0, 60), max_size=4), passed_us=st.integers(0, 200))
def test_nothing_is_free_before_its_time(told: list[int], passed_us: int) -> None:
    state = first_state(AGAIN, 100, WINDOW_US, BORN_US)
    for place, held in enumerate(told):
        state = retold(state, f"h{place}", Share(held=held, epoch=1), BORN_US)
    now_us = BORN_US + passed_us
    state = settled(state, AGAIN, now_us)
    taken = units(part for part in state.pool if part[0] > now_us)
    held = sum(share.held for share in state.shares.values())
    if passed_us < LEASE_US + WINDOW_US:
        assert taken + held >= 100
    else:
        assert held == sum(told)
