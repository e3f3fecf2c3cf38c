"""Who gets how many units: alone all, beside others a fair share, and the first to wait first."""

import pytest

from detente.accounts.granting import ADDED_MAX, granted, soonest
from detente.accounts.messages import Cooling, Want
from detente.accounts.share import Share, WindowState

NOW_US = 1_000_000_000
LIMIT = 100


def share_of(held: int, *, asked_us: int = NOW_US, needs: int = 0, since_us: int = 0) -> Share:
    return Share(
        held=held, asked_us=asked_us, needs=needs, wants=needs, since_us=since_us, said_us=NOW_US
    )


def grant(
    need: int, want: int, pool: tuple[Cooling, ...] = (), own: Share | None = None, **others: Share
) -> Share:
    own = own or share_of(0, since_us=NOW_US)
    state = WindowState(
        born_us=0, epoch=0, window_us=60_000_000, pool=pool, shares={"w": own, **others}
    )
    said = Want(account="a", limit=LIMIT, window_us=60_000_000, need=need, want=max(need, want))
    return granted(state, "w", own, said, NOW_US).shares["w"]


SOON: tuple[Cooling, ...] = ((NOW_US + 5, 10), (NOW_US + 9, 20))


def test_alone_it_gets_all_also_what_cools() -> None:
    share = grant(1, 1, SOON)
    assert (share.held, share.added) == (LIMIT, ((NOW_US, 70), *SOON))
    assert grant(1, 1, v=share_of(0, asked_us=0)).held == LIMIT  # who left is nobody


def test_who_asks_for_nothing_gets_nothing() -> None:
    assert grant(0, 0).held == 0


@pytest.mark.parametrize(
    ("held", "want", "got"),
    [
        (20, 10, 10),  # what it wants
        (20, 99, 80),  # and all that nobody else has or waits for
        (60, 99, 40),
        (100, 99, 0),
    ],
)
def test_beside_others_it_gets_what_it_wants_as_far_as_it_is_free(
    held: int, want: int, got: int
) -> None:
    assert grant(0, want, v=share_of(held)).held == got


def test_cooling_units_make_up_a_fair_share_or_a_need() -> None:
    assert grant(0, 99, SOON, v=share_of(70)).added == SOON
    assert grant(0, 15, SOON, v=share_of(70)).added == ((NOW_US + 5, 10), (NOW_US + 9, 5))
    own = share_of(60)
    assert grant(0, 9, SOON, own, v=share_of(10)).held == 60
    assert grant(4, 9, SOON, own, v=share_of(10)).added == ((NOW_US + 5, 4),)


def test_free_units_are_kept_for_who_waited_first() -> None:
    first = share_of(70, needs=20, since_us=NOW_US - 5)
    share = grant(15, 15, v=first)
    assert (share.held, share.needs) == (10, 5)
    last = share_of(70, needs=20, since_us=NOW_US + 5)
    assert grant(15, 15, v=last).held == 15


def test_cooling_units_are_kept_for_who_waited_first() -> None:
    first = share_of(70, needs=10, since_us=NOW_US - 5)
    assert grant(4, 4, SOON, v=first).added == ((NOW_US + 9, 4),)


def test_what_is_told_again_is_not_granted_again() -> None:
    own = Share(held=5, added=((NOW_US, 5),))
    assert grant(5, 5, (), own, v=share_of(20)).held == 5
    share = grant(7, 7, (), own, v=share_of(20))
    assert (share.held, share.added) == (7, ((NOW_US, 5), (NOW_US, 2)))


def test_what_it_still_waits_for() -> None:
    share = grant(30, 40, v=share_of(80))
    assert (share.held, share.needs, share.wants, share.beyond) == (20, 10, 20, 10)
    own = share_of(30)
    assert grant(30, 30, (), own, v=share_of(70)).beyond == 0  # its own will do, once free


def test_units_that_nobody_confirms_are_bounded() -> None:
    added = tuple((NOW_US + number, 1) for number in range(ADDED_MAX))
    own = Share(held=0, added=added, since_us=NOW_US)
    share = grant(ADDED_MAX, ADDED_MAX + 10, (), own, v=share_of(0))
    assert len(share.added) == ADDED_MAX // 2 + 1
    assert sum(n for _, n in share.added) == ADDED_MAX + share.held


def test_the_soonest_units() -> None:
    assert soonest(SOON, skip=0, amount=0) == ((), SOON)
    assert soonest(SOON, skip=5, amount=10) == (
        ((NOW_US + 5, 5), (NOW_US + 9, 5)),
        ((NOW_US + 5, 5), (NOW_US + 9, 15)),
    )
    assert soonest(SOON, skip=0, amount=99) == (SOON, ())
