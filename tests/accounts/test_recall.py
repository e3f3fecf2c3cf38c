"""Who is asked for units while others wait: whoever has more than its share, and idle ones."""

from detente.accounts.recall import recalled
from detente.accounts.share import Share, WindowState

NOW_US = 1_000_000_000
LIMIT = 100


def share_of(
    held: int,
    *,
    idle: bool = False,
    needs: int = 0,
    wants: int = 0,
    beyond: int = 0,
    since_us: int = 0,
) -> Share:
    return Share(
        held=held,
        asked_us=0 if idle else NOW_US,
        needs=needs,
        wants=max(needs, wants),
        beyond=beyond,
        since_us=since_us,
        said_us=NOW_US,
    )


def asked(own: Share, *, pool: int = 0, limit: int = LIMIT, **others: Share) -> tuple[int, int]:
    state = WindowState(
        born_us=0,
        epoch=0,
        pool=((NOW_US + 9, pool),) if pool else (),
        shares={"own": own, **others},
    )
    return recalled(state, "own", limit, NOW_US)


def test_nobody_is_asked_while_nobody_waits() -> None:
    assert asked(share_of(100), w=share_of(0)) == (0, 0)


def test_who_has_more_than_its_share_parts_with_the_rest() -> None:
    assert asked(share_of(100), w=share_of(0, needs=70)) == (50, 20)
    assert asked(share_of(100), w=share_of(0, needs=30)) == (30, 0)


def test_who_does_not_use_the_account_has_no_share() -> None:
    assert asked(share_of(100, idle=True), w=share_of(0, needs=70)) == (70, 0)


def test_several_part_with_units_by_what_they_have_too_much() -> None:
    waits = share_of(0, needs=30)
    assert asked(share_of(53), v=share_of(47), w=waits) == (18, 12)


def test_who_has_no_more_than_its_share_is_asked_for_what_lies_free() -> None:
    assert asked(share_of(50), w=share_of(50, needs=7)) == (0, 7)
    assert asked(share_of(0), w=share_of(100, needs=7)) == (0, 0)


def test_a_large_request_is_helped_by_all() -> None:
    assert asked(share_of(50), w=share_of(50, needs=30, beyond=30)) == (30, 0)
    waits = share_of(20, needs=60, beyond=40)
    assert asked(share_of(40), v=share_of(40), w=waits) == (20, 20)


def test_what_nobody_holds_need_not_be_recalled() -> None:
    assert asked(share_of(80), w=share_of(0, needs=20)) == (0, 0)
    assert asked(share_of(80), pool=20, w=share_of(0, needs=20)) == (0, 20)  # that one cools


def test_who_waits_longer_keeps_what_it_has() -> None:
    own = share_of(60, needs=9, since_us=1)
    assert asked(own, w=share_of(40, needs=9, since_us=2)) == (0, 0)
    assert asked(own, w=share_of(40, needs=9, since_us=0)) != (0, 0)


def test_a_lower_limit_is_kept_by_all() -> None:
    assert asked(share_of(60), limit=50, w=share_of(40)) == (30, 0)
    assert asked(share_of(60), limit=0, w=share_of(40)) == (60, 0)
