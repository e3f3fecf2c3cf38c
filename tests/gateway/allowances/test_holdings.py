"""What workers last said of each account, and who of them waits."""

import pytest

from detente.accounts.messages import Have, Want
from detente.gateway.allowances import holdings as module
from detente.gateway.allowances.holdings import Holdings

A = "project:shop/usd/day@2026-11-22"
W = "key:app1/requests/60s"


def money(need: int = 0, returned: int = 0, want: int = 0) -> Want:
    return Want(account=A, limit=100, need=need, want=want or need, returned=returned)


def test_who_waits_is_known_in_order_of_arrival() -> None:
    holdings = Holdings()
    for holder in ("b", "a", "b"):
        assert not holdings.told(holder, money(need=5), Have(account=A, verdict="wait"))
    holdings.told("c", money(), Have(account=A))
    assert holdings.waiting(A) == ("b", "a")
    assert holdings.others(A) == ("c",)
    holdings.told("b", money(need=5), Have(account=A, granted=5))
    assert holdings.waiting(A) == ("a",)


def test_what_comes_back_is_noticed_once() -> None:
    holdings = Holdings()
    assert not holdings.told("a", money(), Have(account=A))
    assert holdings.told("a", money(returned=5), Have(account=A))
    assert not holdings.told("a", money(returned=5), Have(account=A))
    back = Want(account=W, limit=10, window_us=1, back=((0, 3),), turn=2)
    assert holdings.told("a", back, Have(account=W))
    assert not holdings.told("a", back, Have(account=W))


def test_what_is_said_again_asks_for_more_only_where_somebody_waits() -> None:
    holdings = Holdings()
    holdings.told("a", money(need=5, want=50), Have(account=A, granted=50))
    assert holdings.again("a", A) == money()
    holdings.told("a", money(need=5, want=50), Have(account=A, verdict="wait"))
    assert holdings.again("a", A) == money(need=5, want=50)
    assert holdings.again("b", A) is None
    assert holdings.again("a", "other") is None


def test_who_is_gone_is_forgotten_with_what_it_alone_used() -> None:
    holdings = Holdings()
    holdings.told("a", money(need=5), Have(account=A, verdict="wait"))
    holdings.told("b", money(), Have(account=A))
    holdings.told("a", Want(account=W, limit=10, window_us=1), Have(account=W))
    assert holdings.used() == (A, W)
    assert (holdings.is_money(A), holdings.is_money(W)) == (True, False)
    assert set(holdings.gone("a")) == {A, W}
    assert holdings.used() == (A,)
    assert holdings.waiting(A) == ()
    assert holdings.gone("a") == ()


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACCOUNTS_MAX", 2)
    holdings = Holdings()
    for n in range(4):
        want = Want(account=f"key:{n}/usd/day@1", limit=1, need=1, want=1)
        holdings.told("a", want, Have(account=want.account, verdict="wait"))
    assert len(holdings.used()) == 2
