"""A lease of money: what is free is what was granted and is not spent, given back or reserved."""

from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.messages import Have, Want
from detente.accounts.money_lease import MoneyLease


def lease_of(amount: int) -> MoneyLease:
    lease = MoneyLease()
    lease.granted_now(amount)
    return lease


def test_a_request_takes_and_settles() -> None:
    lease = lease_of(100)
    assert lease.take(60)
    assert not lease.take(41)
    assert (lease.free, lease.reserved, lease.takes, lease.taken) == (40, 60, 1, 60)
    lease.settle(60, 25)
    assert (lease.free, lease.reserved, lease.spent) == (75, 0, 25)


def test_what_is_void_is_free_again_also_in_part() -> None:
    lease = lease_of(100)
    assert lease.take(60)
    lease.void(20)
    assert lease.free == 60
    lease.void(40)
    assert (lease.free, lease.reserved) == (100, 0)


def test_more_than_was_reserved_may_be_spent() -> None:
    lease = lease_of(10)
    assert lease.take(10)
    lease.settle(10, 15)
    assert lease.free == -5
    assert not lease.take(0)
    assert lease.give_back(5) == 0


def test_what_was_spent_without_a_lease_frees_nothing() -> None:
    lease = lease_of(10)
    lease.count(7)
    assert (lease.free, lease.granted, lease.spent) == (10, 17, 7)
    assert lease.ask("a", limit=100, need=0, want=0).held == 17


def test_only_what_is_free_is_given_back() -> None:
    lease = lease_of(100)
    assert lease.take(60)
    assert lease.give_back(70) == 40
    assert lease.give_back(70) == 0
    assert (lease.free, lease.returned) == (0, 40)


def test_an_older_total_says_nothing() -> None:
    lease = lease_of(100)
    lease.granted_now(60)
    assert lease.granted == 100


def test_what_is_said_and_heard() -> None:
    lease = lease_of(100)
    lease.give_back(30)
    assert lease.ask("a", limit=1_000, need=20, want=5) == Want(
        account="a", limit=1_000, need=20, want=20, returned=30, held=100
    )
    for _ in range(2):
        lease.heard(Have(account="a", granted=150))
    assert (lease.granted, lease.free) == (150, 120)


@given(st.lists(st.tuples(st.sampled_from("gtsvb"), st.integers(0, 100))))
def test_what_was_granted_is_spent_returned_reserved_or_free(
    acts: list[tuple[str, int]],
) -> None:
    lease = MoneyLease()
    reserved: list[int] = []
    for act, amount in acts:
        match act:
            case "g":
                lease.granted_now(lease.granted + amount)
            case "t" if lease.take(amount):
                reserved.append(amount)
            case "s" if reserved:
                held = reserved.pop()
                lease.settle(held, min(held, amount))
            case "v" if reserved:
                lease.void(reserved.pop())
            case "b":
                lease.give_back(amount)
            case _:
                pass
        assert lease.reserved == sum(reserved)
        assert lease.free >= 0
        assert lease.granted == lease.returned + lease.spent + lease.reserved + lease.free
