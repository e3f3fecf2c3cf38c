"""The store's side of a window: exact, whatever is lost or said twice; nothing is held twice."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.messages import Cooling, Have, Want
from detente.accounts.share import Share, WindowState, units
from detente.accounts.window import ENTRIES_MAX, ended, exchange, opened, wanted
from detente.accounts.window_lease import WindowLease

LIMIT = 100
WINDOW_US = 1_000_000
START_US = 50_000_000


class Store:
    """A store and its holders, as they talk without losing anything."""

    def __init__(self, *, limit: int = LIMIT, window_us: int = WINDOW_US) -> None:
        self.state = opened(START_US)
        self.limit, self.window_us = limit, window_us
        self.now_us: int = START_US
        self.leases: dict[str, WindowLease] = {}

    def lease(self, name: str) -> WindowLease:
        return self.leases.setdefault(name, WindowLease(self.window_us))

    def say(self, name: str, need: int = 0, want: int = 0, *, back: int = 0) -> Want:
        return self.lease(name).ask(
            "a", limit=self.limit, need=need, want=want, now_us=self.now_us, back=back
        )

    def exchange(self, name: str, want: Want, *gone: str) -> Have:
        self.state, have = exchange(self.state, name, want, now_us=self.now_us, gone=gone)
        return have

    def ask(self, name: str, need: int = 0, want: int = 0, *, back: int = 0) -> Have:
        have = self.exchange(name, self.say(name, need, want, back=back))
        assert self.lease(name).heard(have, self.now_us)
        return have

    def use(self, name: str, amount: int) -> None:
        assert self.lease(name).take(amount, self.now_us)
        self.lease(name).settle(amount, amount, self.now_us)

    @property
    def accounted(self) -> int:
        held = sum(share.held for share in self.state.shares.values())
        return held + units(self.state.pool)


def test_a_lone_holder_gets_everything() -> None:
    store = Store()
    have = store.ask("w", need=1)
    assert (have.verdict, have.held, have.cooling) == ("granted", LIMIT, ((0, LIMIT),))


def test_more_than_the_limit_is_never_there() -> None:
    store = Store()
    assert store.ask("w", need=LIMIT + 1).verdict == "never"
    store.ask("w", need=1)
    assert store.ask("w", need=1).verdict == "never"  # besides what is free


def test_who_comes_second_waits_until_the_first_gives_back() -> None:
    store = Store()
    store.ask("v", need=1)
    store.use("v", 70)
    store.now_us += 10
    have = store.ask("w", need=4, want=40)
    assert (have.verdict, have.held, have.retry_after_us) == ("wait", 0, None)
    assert wanted(store.state, ("v",), store.now_us) == store.state.shares["w"].wants
    assert wanted(store.state, ("w",), store.now_us) == 0
    recall = store.ask("v").recall
    assert recall > 0
    store.ask("v", back=40)
    have = store.ask("w", need=4, want=40)
    assert have.verdict == "granted"
    assert store.lease("w").free(store.now_us) >= 4
    assert store.accounted == LIMIT or store.accounted < LIMIT


def test_units_pass_on_with_the_time_when_they_are_free() -> None:
    store = Store()
    store.ask("v", need=1)
    store.use("v", LIMIT)
    store.now_us += 100
    store.ask("w", need=4, want=4)
    store.ask("v", back=LIMIT)
    store.now_us += 300
    have = store.ask("w", need=4, want=4)
    assert (have.verdict, have.retry_after_us) == ("wait", WINDOW_US - 400)
    assert store.lease("w").next_free_us(4, store.now_us) == WINDOW_US - 400


@pytest.mark.parametrize("rest", [0, 70])
def test_while_others_hold_some_nobody_knows_when_more_is_free(rest: int) -> None:
    store = Store()
    store.ask("v", need=1)
    store.use("v", LIMIT)
    store.now_us += 100
    store.ask("w", need=4, want=4)
    store.ask("v", back=LIMIT - rest)
    assert store.lease("v").held == rest
    have = store.ask("w", need=4, want=4)
    assert (have.verdict, have.retry_after_us) == ("wait", None if rest else WINDOW_US - 100)
    assert store.lease("w").next_free_us(4, store.now_us) == WINDOW_US - 100


def test_a_repeat_is_answered_alike_and_changes_nothing() -> None:
    store = Store()
    store.ask("v", need=10, want=10)
    store.ask("w", need=1, want=1)
    said = store.say("v", back=5)
    first = store.exchange("v", said)
    state = store.state
    assert store.exchange("v", said) == first
    assert store.state == state
    assert store.lease("v").heard(first, store.now_us)


def test_a_lost_answer_is_told_again() -> None:
    store = Store()
    said = store.say("w", need=5, want=5)
    lost = store.exchange("w", said)
    again = store.exchange("w", store.say("w", need=5, want=5))
    assert again == lost
    assert store.lease("w").heard(again, store.now_us)
    assert store.lease("w").held == store.state.shares["w"].held == LIMIT


def test_a_lost_grant_to_who_is_known_is_told_again_as_it_was() -> None:
    store = Store()
    store.ask("v", need=1)
    store.ask("w", need=1, want=1)
    store.ask("v", back=60)
    store.ask("w", need=1, want=1)
    lost = store.exchange("w", store.say("w", need=5, want=5))
    assert lost.held > store.lease("w").held
    accounted = store.accounted
    store.now_us += 10
    assert store.exchange("w", store.say("w", need=5, want=5)) == lost
    assert store.accounted == accounted


def test_a_lost_question_gives_back_with_the_next() -> None:
    store = Store()
    store.ask("v", need=1)
    store.ask("w", need=1, want=1)
    store.say("v", back=60)  # nobody hears it
    have = store.ask("v", back=7)  # says the same again
    assert have.held == LIMIT - 60
    assert store.accounted == LIMIT - 60  # and those are free


def test_an_overtaken_question_changes_nothing() -> None:
    store = Store()
    old = store.say("w", need=1)
    have = store.exchange("w", old)
    store.lease("w").heard(have, store.now_us)
    store.ask("w", back=30)
    state = store.state
    late = store.exchange("w", old)
    assert store.state.shares == state.shares
    assert not store.lease("w").heard(late, store.now_us)


def test_what_nobody_can_explain_cools_for_a_window() -> None:
    store = Store()
    store.ask("w", need=1)
    store.ask("w")
    store.lease("w").part_with(30, store.now_us)  # forgotten on the way
    store.ask("w")
    assert store.state.shares["w"].held == LIMIT - 30
    assert store.state.pool == ((store.now_us + WINDOW_US, 30),)


def test_of_what_a_holder_knows_better_the_store_learns() -> None:
    store = Store()
    before = store.state
    store.ask("w", need=1)
    share = store.state.shares["w"]
    store.state = msgspec.structs.replace(
        before, shares={"w": msgspec.structs.replace(share, held=10, added=((0, 10),))}
    )
    store.ask("w")
    assert store.state.shares["w"].held == LIMIT


def test_what_a_gone_holder_held_cools_for_a_window_from_now() -> None:
    store = Store()
    store.ask("v", need=1)
    store.now_us += 10
    have = store.exchange("w", store.say("w", need=1), "v")
    assert (have.verdict, have.held) == ("wait", LIMIT)
    assert have.retry_after_us == WINDOW_US
    store.ask("v")  # it was only cut off
    assert store.lease("v").held == 0
    assert store.ask("v", need=1).verdict == "wait"


def test_what_a_cut_off_holder_took_for_free_is_needed_too() -> None:
    store = Store()
    store.ask("v", need=1)
    store.use("v", 60)
    store.exchange("w", store.say("w"), "v")
    have = store.ask("v", need=10)  # besides the forty that it thinks are free
    assert (have.verdict, store.state.shares["v"].needs) == ("wait", 50)


def test_of_what_is_open_at_once_the_end_frees_all() -> None:
    store = Store(window_us=0)
    store.ask("v", need=1)
    have = store.exchange("w", store.say("w", need=LIMIT), "v")
    assert (have.verdict, have.held) == ("granted", LIMIT)


def test_an_ended_holder_is_forgotten() -> None:
    store = Store()
    store.ask("v", need=1)
    store.state = ended(store.state, "v", store.now_us)
    assert store.state.shares == {}
    assert store.accounted == LIMIT
    store.now_us += WINDOW_US
    assert store.ask("w", need=LIMIT).verdict == "granted"


def test_a_store_that_forgot_everything_lets_cool_what_it_is_told_of() -> None:
    store = Store()
    store.ask("v", need=1)
    store.now_us += 10
    store.state = opened(store.now_us)
    store.ask("v")
    assert store.ask("v", need=1).verdict == "wait"
    assert store.accounted == LIMIT
    assert store.lease("v").free(store.now_us + WINDOW_US) == LIMIT


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_more_than_a_window() -> None:
    store = Store()
    store.ask("v", need=1)
    store.state = ended(store.state, "v", store.now_us)
    store.now_us -= 10 * WINDOW_US
    have = store.ask("w", need=1)
    assert (have.verdict, have.retry_after_us) == ("wait", WINDOW_US)


def test_a_lower_limit_recalls_and_a_higher_one_grants() -> None:
    store = Store()
    store.ask("w", need=1)
    store.limit = 40
    assert store.ask("w").recall == 60
    store.ask("w", back=60)
    assert store.ask("w").held == 40
    store.limit = 90
    assert store.ask("w", need=50, want=50).held == 90


def test_a_long_pool_is_rounded_up() -> None:
    store = Store(limit=10 * ENTRIES_MAX, window_us=ENTRIES_MAX * 10)
    store.ask("v", need=1)
    for _ in range(4 * ENTRIES_MAX):
        store.use("v", 1)
        store.now_us += 2
    store.ask("v", back=10 * ENTRIES_MAX)
    assert len(store.state.pool) <= ENTRIES_MAX + 1
    assert all(at_us % 10 == 0 for at_us, _ in store.state.pool)


def test_states_are_stored_as_they_are() -> None:
    store = Store()
    store.ask("v", need=1)
    store.use("v", 3)
    store.ask("v", back=LIMIT)
    packed = msgspec.msgpack.encode(store.state)
    assert msgspec.msgpack.decode(packed, type=WindowState) == store.state


def test_quiet_holders_of_nothing_are_forgotten() -> None:
    store = Store()
    store.ask("v", need=1)
    store.ask("v", back=LIMIT)
    assert "v" in store.state.shares
    store.now_us += 60_000_000
    store.ask("w", need=1)
    assert "v" not in store.state.shares


def test_money_is_no_window() -> None:
    with pytest.raises(AssertionError):
        exchange(opened(0), "w", Want(account="a", limit=1), now_us=0)


def test_a_share_of_nothing_confirmed_is_kept_for_who_never_heard_of_it() -> None:
    state = msgspec.structs.replace(
        opened(START_US), shares={"w": Share(held=5, epoch=9, added=((0, 5),))}
    )
    state, have = exchange(
        state, "w", Want(account="a", limit=5, window_us=1, turn=1), now_us=START_US
    )
    assert (have.epoch, have.held, have.cooling) == (9, 5, ((0, 5),))


class Crowd(Store):
    """Three holders on ways that lose and repeat; what was used stands in a log."""

    def __init__(self, window_us: int) -> None:
        super().__init__(window_us=window_us)
        self.log: list[tuple[int, int]] = []
        self.under_way: list[tuple[str, Have]] = []
        self.lost: set[str] = set()

    def act(self, act: str, name: str, amount: int) -> None:
        lease = self.lease(name)
        match act:
            case "use" if lease.take(amount, self.now_us):
                lease.settle(amount, amount, self.now_us)
                self.log.append((self.now_us, amount))
            case "ask":
                have = self.exchange(name, self.say(name, amount, 3 * amount))
                self.under_way.append((name, have))
            case "back":
                have = self.exchange(name, self.say(name, back=amount))
                self.under_way.append((name, have))
            case "unsaid":
                self.say(name, amount, back=amount)
            case "hear" if self.under_way:
                self.lease(self.under_way[0][0]).heard(self.under_way.pop(0)[1], self.now_us)
            case "again" if self.under_way:
                self.lease(self.under_way[0][0]).heard(self.under_way[0][1], self.now_us)
            case "drop" if self.under_way:
                self.under_way.pop()
            case _:
                pass

    def check(self) -> None:
        used = sum(n for at_us, n in self.log if self.now_us < at_us + self.window_us)
        free = sum(lease.free(self.now_us) for lease in self.leases.values())
        assert used + free <= LIMIT
        assert self.accounted <= LIMIT
        for lease in self.leases.values():
            assert lease.free(self.now_us) + lease.cooling == lease.held

    def settle_down(self) -> None:
        self.under_way.clear()
        for _ in range(3):
            for name in list(self.leases):
                self.ask(name, back=LIMIT)
        self.now_us += self.window_us + 1
        assert self.ask("last", need=LIMIT).verdict == "granted"


ACTS = ("use", "use", "ask", "ask", "back", "unsaid", "hear", "hear", "again", "drop")
steps = st.lists(
    st.tuples(
        st.sampled_from(ACTS), st.sampled_from("uvw"), st.integers(0, 60), st.integers(0, 400_000)
    ),
    max_size=60,
)


@given(steps, st.sampled_from([0, WINDOW_US]))
def test_nothing_that_happens_to_messages_admits_more_or_loses_any(
    steps: list[tuple[str, str, int, int]], window_us: int
) -> None:
    crowd = Crowd(window_us)
    for act, name, amount, passed_us in steps:
        crowd.now_us += passed_us
        crowd.act(act, name, amount)
        crowd.check()
    crowd.settle_down()


parts: st.SearchStrategy[tuple[Cooling, ...]] = st.lists(
    st.tuples(st.integers(0, WINDOW_US), st.integers(0, 9)), max_size=5
).map(tuple)


@given(parts)
def test_units_that_come_back_stay_as_many(back: tuple[Cooling, ...]) -> None:
    given_back = units(back)
    state = msgspec.structs.replace(
        opened(START_US), shares={"w": Share(held=given_back + 3, epoch=7)}
    )
    want = Want(account="a", limit=60, window_us=WINDOW_US, epoch=7, held=3, back=back, turn=1)
    state, have = exchange(state, "w", want, now_us=START_US)
    cooling = sum(n for after_us, n in back if after_us > 0)
    assert (have.held, units(state.pool)) == (3, cooling)
