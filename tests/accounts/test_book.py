"""The book of an account of money: nothing is granted twice, and nothing that is not there."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.book import Line, MoneyState, exchange
from detente.accounts.messages import Have, Want
from detente.accounts.money_lease import MoneyLease

LIMIT = 1_000


def want(need: int = 0, want: int = 0, *, held: int = 0, returned: int = 0) -> Want:
    return Want(account="a", limit=LIMIT, need=need, want=want, held=held, returned=returned)


def state(*, before: int = 0, **lines: Line) -> MoneyState:
    return MoneyState(lines=lines, spent_before=before)


def test_a_new_holder_is_granted_what_it_needs_and_a_slice() -> None:
    after, have = exchange(state(), "w", want(need=10, want=100))
    assert have == Have(account="a", verdict="granted", granted=100, left=LIMIT)
    assert after.lines["w"] == Line(granted=100)
    assert (after.spent, after.outstanding) == (0, 100)


def test_a_repeated_want_is_granted_once() -> None:
    after, first = exchange(state(), "w", want(need=10, want=100))
    again, second = exchange(after, "w", want(need=10, want=100))
    assert (again, second) == (after, first)
    _, more = exchange(again, "w", want(need=150, want=150))
    assert more.granted == 150  # the level that it asks for


def test_what_others_hold_is_not_there_and_what_they_spent_is_gone() -> None:
    book = state(x=Line(granted=600, returned=100, spent=200), before=100)
    _, have = exchange(book, "w", want(need=400))
    assert (have.verdict, have.granted, have.left) == ("granted", 400, 700)
    waiting, have = exchange(book, "w", want(need=401))
    assert (have.verdict, have.granted, waiting.lines["w"].wanted) == ("wait", 0, 401)
    _, have = exchange(book, "w", want(need=701))
    assert have.verdict == "never"


def test_who_ended_holds_nothing() -> None:
    book = state(x=Line(granted=600, spent=200, ended=True))
    _, have = exchange(book, "w", want(need=800))
    assert (have.verdict, have.granted) == ("granted", 800)


def test_who_had_ended_and_asks_lives_again() -> None:
    book = state(w=Line(granted=600, spent=200, ended=True))
    after, have = exchange(book, "w", want(need=500, held=600))
    assert (have.verdict, after.lines["w"].ended, after.outstanding) == ("wait", False, 400)


def test_spending_more_than_granted_frees_nothing() -> None:
    book = state(x=Line(granted=100, spent=300))
    assert (book.spent, book.outstanding) == (300, 0)
    _, have = exchange(book, "w", want(need=700))
    assert have.granted == 700


def test_what_is_given_back_may_be_said_again_and_late() -> None:
    book = state(w=Line(granted=500))
    book, _ = exchange(book, "w", want(held=500, returned=300))
    book, _ = exchange(book, "w", want(held=500, returned=200))
    assert book.lines["w"] == Line(granted=500, returned=300)
    book, _ = exchange(book, "w", want(held=500, returned=9_999))
    assert book.lines["w"].returned == 500


def test_a_store_that_lost_its_last_moments_believes_the_holder() -> None:
    after, have = exchange(state(), "w", want(need=10, held=900, returned=50))
    assert (after.lines["w"].granted, have.granted) == (910, 910)
    after, have = exchange(state(), "w", want(need=200, held=900, returned=50))
    assert (have.verdict, have.granted, after.outstanding) == ("wait", 900, 850)


def test_who_is_waited_for_is_asked_to_give_back() -> None:
    book = state(x=Line(granted=900), gone=Line(wanted=7, ended=True))
    book, _ = exchange(book, "w", want(need=200))
    _, have = exchange(book, "x", want(held=900))
    assert have.recall == 200
    _, have = exchange(book, "x", want(need=1, held=900))
    assert have.recall == 0  # it waits itself
    book, _ = exchange(book, "w", want())
    _, have = exchange(book, "x", want(held=900))
    assert have.recall == 0  # nobody waits any longer


def test_while_somebody_waits_nobody_gets_a_slice() -> None:
    book, _ = exchange(state(x=Line(granted=800)), "w", want(need=300))
    _, have = exchange(book, "y", want(need=1, want=100))
    assert have.granted == 1


def test_a_lower_limit_takes_nothing_back_and_grants_nothing() -> None:
    low = msgspec.structs.replace(want(need=1), limit=100)
    _, have = exchange(state(x=Line(granted=500)), "w", low)
    assert (have.verdict, have.left) == ("wait", 100)
    _, have = exchange(state(x=Line(granted=500, spent=500)), "w", low)
    assert (have.verdict, have.left) == ("never", -400)


def test_a_higher_limit_counts_at_once() -> None:
    high = msgspec.structs.replace(want(need=900), limit=2_000)
    _, have = exchange(state(x=Line(granted=500, spent=500)), "w", high)
    assert have.verdict == "granted"


class Workers:
    """Three workers, their book, and what was really spent."""

    def __init__(self) -> None:
        self.leases = {name: MoneyLease() for name in "uvw"}
        self.reserved: dict[str, list[int]] = {name: [] for name in "uvw"}
        self.spent = 0
        self.book = MoneyState(lines={})

    def request(self, name: str, amount: int) -> None:
        if self.leases[name].take(amount):
            self.reserved[name].append(amount)

    def count(self, name: str, amount: int) -> None:
        self.leases[name].count(amount)
        self.spent += amount
        lines = {**self.book.lines, name: Line(spent=amount)}
        self.book = msgspec.structs.replace(self.book, lines=lines)

    def settle(self, name: str, amount: int) -> None:
        if self.reserved[name]:
            held = self.reserved[name].pop()
            self.leases[name].settle(held, min(held, amount))
            self.spent += min(held, amount)

    def ingest(self, name: str) -> None:
        if (line := self.book.lines.get(name)) is not None:
            line = msgspec.structs.replace(line, spent=self.leases[name].spent)
            self.book = msgspec.structs.replace(self.book, lines={**self.book.lines, name: line})

    def ask(self, name: str, amount: int, *, heard: bool = True, times: int = 1) -> None:
        lease = self.leases[name]
        said = lease.ask("a", limit=LIMIT, need=amount, want=2 * amount)
        granted = self.book.lines.get(name, Line()).granted
        for _ in range(times):
            self.book, have = exchange(self.book, name, said)
            assert have.granted <= max(granted, said.held + said.want)
            if heard:
                lease.heard(have)

    def act(self, act: str, name: str, amount: int) -> None:
        match act:
            case "ask":
                self.ask(name, amount)
            case "unheard":
                self.ask(name, amount, heard=False)
            case "twice":
                self.ask(name, amount, times=2)
            case "request":
                self.request(name, amount)
            case "settle":
                self.settle(name, amount)
            case "back":
                self.leases[name].give_back(amount)
            case _:
                self.ingest(name)


acts = st.lists(
    st.tuples(
        st.sampled_from(["ask", "unheard", "twice", "request", "settle", "back", "ingest"]),
        st.sampled_from("uvw"),
        st.integers(0, 300),
    ),
    max_size=80,
)


@given(acts, st.dictionaries(st.sampled_from("uvw"), st.integers(0, LIMIT // 3)))
def test_repeated_lost_and_late_messages_never_make_money(
    acts: list[tuple[str, str, int]], before: dict[str, int]
) -> None:
    """`before` is what each spent while the budget was not hard, of which the book has heard."""
    workers = Workers()
    for name, amount in before.items():
        workers.count(name, amount)
    for act, name, amount in acts:
        workers.act(act, name, amount)
        held = sum(lease.free + lease.reserved for lease in workers.leases.values())
        assert workers.spent + held <= LIMIT
        assert workers.book.spent + workers.book.outstanding <= LIMIT
    for name, lease in workers.leases.items():
        lease.void(lease.reserved)
        workers.ask(name, 0)  # now it knows what it was granted
        lease.give_back(LIMIT)
        workers.ask(name, 0)
        workers.ingest(name)
    assert (workers.book.outstanding, workers.book.spent) == (0, workers.spent)
