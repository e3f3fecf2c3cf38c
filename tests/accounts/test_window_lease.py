"""A lease of a window: compared with a log of every use that is searched by force."""

from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.messages import Cooling, Have
from detente.accounts.window_lease import EXACT_ENTRIES_MAX, WindowLease

WINDOW_US = 1_000


def lease_of(amount: int, window_us: int = WINDOW_US) -> WindowLease:
    lease = WindowLease(window_us)
    lease.add(amount, (), 0)
    return lease


def whole(lease: WindowLease, now_us: int) -> bool:
    return lease.free(now_us) + lease.reserved + lease.cooling == lease.held


def test_a_unit_is_free_a_window_after_its_use() -> None:
    lease = lease_of(2)
    assert lease.take(1, 10)
    lease.settle(1, 1, 15)
    assert lease.take(1, 20)
    assert not lease.take(1, 1_014)
    assert lease.take(1, 1_015)
    assert (lease.takes, lease.taken, lease.reserved) == (3, 3, 2)


def test_what_is_not_used_is_free_at_once() -> None:
    lease = lease_of(100)
    assert lease.take(80, 0)
    lease.settle(80, 30, 5)
    assert (lease.free(5), lease.free(1_004), lease.free(1_005)) == (70, 70, 100)
    assert lease.take(100, 1_005)
    lease.void(100)
    assert lease.free(1_005) == 100


def test_more_than_was_reserved_is_a_debt_that_cools() -> None:
    lease = lease_of(10)
    assert lease.take(10, 0)
    lease.settle(10, 25, 0)
    assert lease.free(999) == -15
    assert not lease.take(0, 999)
    assert lease.free(1_000) == 10


def test_a_window_of_nothing_counts_what_is_open() -> None:
    lease = lease_of(2, window_us=0)
    assert lease.take(2, 0)
    assert not lease.take(1, 0)
    lease.settle(1, 1, 7)
    assert lease.free(7) == 1
    lease.void(1)
    assert lease.free(7) == 2


def test_free_units_go_first_then_the_soonest() -> None:
    lease = lease_of(10)
    for at_us in (10, 20, 30):
        assert lease.take(3, at_us)
        lease.settle(3, 3, at_us)
    assert lease.part_with(0, 40) == ()
    assert lease.part_with(5, 40) == ((0, 1), (970, 3), (980, 1))
    assert (lease.held, lease.cooling) == (5, 5)
    assert lease.part_with(99, 40) == ((980, 2), (990, 3))
    assert lease.held == 0


def test_what_is_reserved_or_pays_a_debt_is_not_parted_with() -> None:
    lease = lease_of(10)
    assert lease.take(4, 0)
    assert lease.part_with(99, 0) == ((0, 6),)
    lease.settle(4, 7, 0)  # a debt of 3, and 7 cool
    assert lease.part_with(99, 10) == ((990, 4),)
    assert lease.free(1_000) == 0


def test_units_come_in_as_they_are() -> None:
    lease = lease_of(0)
    lease.add(10, ((0, 100), (50, 4), (20, 3)), 1_000)  # the last ten of them
    assert (lease.free(1_000), lease.free(1_020), lease.free(1_050)) == (3, 6, 10)


def test_after_a_reset_open_requests_are_a_debt() -> None:
    lease = lease_of(10)
    assert lease.take(4, 0)
    lease.settle(2, 2, 0)
    lease.reset(7)
    assert (lease.held, lease.epoch, lease.free(0)) == (0, 7, -2)
    lease.add(5, (), 10)
    assert lease.free(10) == 3
    lease.settle(2, 1, 10)
    assert (lease.free(10), lease.free(1_010)) == (4, 5)


def test_when_enough_is_free() -> None:
    lease = lease_of(10)
    for at_us in (0, 100):
        assert lease.take(5, at_us)
        lease.settle(5, 5, at_us)
    assert lease.next_free_us(1, 200) == 800
    assert lease.next_free_us(6, 200) == 900
    assert lease.next_free_us(11, 200) is None
    assert lease.next_free_us(5, 1_000) == 0


def test_what_was_said_is_said_again_until_it_is_answered() -> None:
    lease = lease_of(10)
    lease.epoch = 3
    first = lease.ask("a", limit=100, need=0, want=0, now_us=0, back=4)
    assert (first.held, first.back, first.turn, first.free) == (6, ((0, 4),), 1, 6)
    again = lease.ask("a", limit=100, need=20, want=0, now_us=5, back=6)
    assert (again.held, again.back, again.turn, again.need) == (6, ((0, 4),), 1, 20)
    assert not lease.heard(Have(account="a", epoch=3, held=99, turn=0), 10)
    assert lease.heard(Have(account="a", epoch=3, held=8, turn=1, cooling=((0, 2),)), 10)
    later = lease.ask("a", limit=100, need=0, want=0, now_us=20)
    assert (later.held, later.back, later.turn) == (8, (), 2)


def test_a_late_grant_is_taken_once() -> None:
    lease = lease_of(0)
    lease.ask("a", limit=100, need=1, want=1, now_us=0)
    late = Have(account="a", epoch=0, held=2, turn=1, cooling=((0, 1), (500, 1)))
    assert lease.heard(Have(account="a", epoch=0, held=1, turn=1, cooling=((0, 1),)), 10)
    assert lease.heard(late, 20)
    assert lease.heard(late, 30)
    assert (lease.held, lease.free(30), lease.free(520)) == (2, 1, 2)


def test_another_epoch_means_to_hold_nothing_else() -> None:
    lease = lease_of(10)
    lease.ask("a", limit=100, need=1, want=1, now_us=0)
    assert lease.heard(Have(account="a", epoch=9, held=2, turn=1, cooling=((0, 2),)), 0)
    assert (lease.epoch, lease.held, lease.free(0)) == (9, 2, 2)


def test_a_worker_wants_little_of_what_it_does_not_use() -> None:
    lease = lease_of(100)
    assert lease.ask("a", limit=1_600, need=1, want=1_500, now_us=0).want == 101
    assert lease.take(50, 0)
    lease.settle(50, 50, 0)
    assert lease.ask("a", limit=1_600, need=1, want=1_500, now_us=0).want == 201
    assert lease.ask("a", limit=1_600, need=1, want=150, now_us=0).want == 150
    assert lease.ask("a", limit=1_600, need=7, want=0, now_us=0).want == 7


def test_what_others_need_is_given_unless_it_is_used() -> None:
    lease = lease_of(10)
    assert lease.owed(Have(account="a"), 0) == 0
    assert lease.owed(Have(account="a", recall=3), 0) == 3
    assert lease.owed(Have(account="a", spare=99), 0) == 5
    assert lease.owed(Have(account="a", spare=2, recall=3), 0) == 5
    assert lease.take(10, 0)
    assert lease.owed(Have(account="a", recall=3, spare=3), 0) == 0
    lease.settle(10, 10, 0)
    assert lease.owed(Have(account="a", recall=3, spare=3), 0) == 3


def test_beyond_so_many_moments_nothing_is_early_and_little_late() -> None:
    window_us = EXACT_ENTRIES_MAX * 10
    count = 4 * EXACT_ENTRIES_MAX
    lease = lease_of(count, window_us)
    uses = [number * 3 for number in range(count)]
    for at_us in uses:
        assert lease.take(1, at_us)
        lease.settle(1, 1, at_us)
    for now_us in range(uses[-1], uses[-1] + window_us + 20, 997):
        exact = sum(at_us <= now_us - window_us for at_us in uses)
        earlier = sum(at_us <= now_us - 10 - window_us for at_us in uses)
        assert earlier <= lease.free(now_us) <= exact
    assert lease.free(uses[-1] + window_us + 10) == count


def test_many_units_that_come_in_are_bounded_too() -> None:
    lease = WindowLease(EXACT_ENTRIES_MAX * 10)
    parts = tuple((at_us, 1) for at_us in range(1, 4 * EXACT_ENTRIES_MAX))
    lease.add(len(parts), parts, 0)
    assert len(lease.part_with(len(parts), 0)) <= 2 * EXACT_ENTRIES_MAX


times = st.integers(0, 3 * WINDOW_US)
acts = st.lists(
    st.tuples(
        st.sampled_from(["take", "settle", "void", "move", "use"]),
        st.integers(0, 1),
        st.integers(0, 12),
        st.integers(0, 12),
        st.integers(0, 400),
    ),
    max_size=60,
)


@given(acts, st.sampled_from([0, 1, WINDOW_US]))
def test_two_workers_together_are_an_exact_window(
    acts: list[tuple[str, int, int, int, int]], window_us: int
) -> None:
    """Whatever they take, use, void and pass to each other, in whatever order."""
    leases = [lease_of(10, window_us), lease_of(10, window_us)]
    reserved: list[list[int]] = [[], []]
    log: list[tuple[int, int]] = []
    now_us = 0
    for act, which, amount, used, passed_us in acts:
        now_us += passed_us
        lease = leases[which]
        match act:
            case "take" if lease.take(amount, now_us):
                reserved[which].append(amount)
            case "use" if lease.take(amount, now_us):
                lease.settle(amount, amount, now_us)
                log.append((now_us, amount))
            case "settle" if reserved[which]:
                lease.settle(reserved[which].pop(), used, now_us)
                log.append((now_us, used))
            case "void" if reserved[which]:
                lease.void(reserved[which].pop())
            case "move":
                parts: tuple[Cooling, ...] = lease.part_with(amount, now_us)
                leases[1 - which].add(sum(n for _, n in parts), parts, now_us)
            case _:
                pass
        in_window = sum(n for at_us, n in log if now_us < at_us + window_us)
        free = sum(lease.free(now_us) for lease in leases)
        assert free + sum(map(sum, reserved)) + in_window == 20
        assert all(whole(lease, now_us) for lease in leases)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5), times), max_size=30))
def test_uses_told_out_of_order_are_in_the_log_too(told: list[tuple[int, int, int]]) -> None:
    lease = lease_of(1_000)
    log: list[tuple[int, int]] = []
    for at_us, amount, now_us in told:
        lease.settle(0, amount, at_us)
        log.append((at_us, amount))
        del now_us
    for now_us in range(500, 1_600, 7):
        in_window = sum(n for at_us, n in log if now_us - WINDOW_US < at_us)
        assert lease.free(now_us) == 1_000 - in_window
