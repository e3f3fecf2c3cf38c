"""When a holder counts as using an account, and as waiting."""

from detente.accounts.share import ACTIVE_US, WAITING_US, Share, is_active, is_waiting, units


def test_who_asked_lately_uses_the_account() -> None:
    share = Share(asked_us=1_000)
    assert is_active(share, 1_000 + ACTIVE_US)
    assert not is_active(share, 1_001 + ACTIVE_US)


def test_a_want_that_is_not_said_again_is_forgotten() -> None:
    share = Share(wants=1, said_us=1_000)
    assert is_waiting(share, 1_000 + WAITING_US)
    assert not is_waiting(share, 1_001 + WAITING_US)
    assert not is_waiting(Share(said_us=1_000), 1_000)


def test_units_are_counted() -> None:
    assert units(()) == 0
    assert units([(5, 2), (1, 3)]) == 5
