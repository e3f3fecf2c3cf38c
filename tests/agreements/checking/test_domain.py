"""The finite domain: every period, caller and course of events, once."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements.checking.domain import (
    CALLERS_MAX,
    EVENTS_MAX,
    LONG_AGO,
    Caller,
    Period,
    all_recorded_at,
    ask,
    bare,
    callers,
    callers_of,
    courses,
    events_of,
    interfaces_of,
    merged,
)
from tests.agreements.checking.worlds import agreements, day, place, world

EXCLUSIVE = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\n'
DAYS = [day(f"2025-01-{n:02}") for n in range(1, 29)]


def test_a_period_is_asked_within() -> None:
    assert Period(from_=DAYS[3], until=DAYS[5]).at == DAYS[3]
    assert Period(until=DAYS[5]).at < DAYS[5]
    assert Period().at == LONG_AGO


def test_callers_are_all_combinations_of_what_clauses_ask_for() -> None:
    text = (
        '[[clause]]\nid = "g"\ntype = "grant"\nenrolment = "early"\n'
        'scope = { labels = { data = ["open", "internal"] }, project = "shop-*" }\n'
    )
    found = list(callers(agreements(a=text).clauses, world().models[0]))
    assert found[0] == Caller()
    assert Caller(project="shop-", labels=(("data", "open"), ("enrolled", "early"))) in found
    assert len(found) == len(set(found)) == 2 * 3 * 2


def test_carve_outs_make_classes_of_callers() -> None:
    text = EXCLUSIVE + 'carve_outs = ["first_party", "us_government"]\n'
    found = set(callers(agreements(a=text).clauses, world().models[0]))
    assert Caller(labels=(("operator", "lab"), ("us_government", "true"))) in found
    assert len(found) == 4


def test_callers_are_bounded() -> None:
    labels = ", ".join(f'l{n} = "x"' for n in range(14))
    text = f'[[clause]]\nid = "g"\ntype = "grant"\nscope = {{ labels = {{ {labels} }} }}\n'
    assert sum(1 for _ in callers(agreements(a=text).clauses, world().models[0])) == CALLERS_MAX


def test_the_plainest_callers_of_two_clauses_are_both() -> None:
    one = '[[clause]]\nid = "g"\ntype = "grant"\nenrolment = "early"\n'
    two = EXCLUSIVE + 'scope = { labels = { data = ["b", "a"] }, project = "shop" }\n'
    three = EXCLUSIVE + 'scope = { labels = { data = ["a", "c", "b"] } }\n'
    assert list(callers_of(agreements(a=one, b=two, c=three).clauses)) == [
        Caller(project="shop", labels=(("data", value), ("enrolled", "early")))
        for value in ("a", "b")
    ]


def test_who_is_enrolled_by_a_label_is_enrolled_in_all_that_is_asked() -> None:
    one = '[[clause]]\nid = "g"\ntype = "grant"\nenrolment = "early"\n'
    two = EXCLUSIVE + 'scope = { labels = { enrolled = ["late", "early late"] } }\n'
    assert list(callers_of(agreements(a=one, b=two).clauses)) == [
        Caller(labels=(("enrolled", "early late"),))
    ]


def test_nobody_is_two_contrary_callers() -> None:
    one = EXCLUSIVE + 'scope = { labels = { data = "open" } }\n'
    two = EXCLUSIVE + 'scope = { labels = { data = "secret" } }\n'
    assert list(callers_of(agreements(a=one, b=two).clauses)) == []
    shop = EXCLUSIVE + 'scope = { project = "shop" }\n'
    bank = EXCLUSIVE + 'scope = { project = "bank" }\n'
    assert list(callers_of(agreements(a=shop, b=bank).clauses)) == []


def test_bare_courses_end_what_helps_and_nothing_that_bites() -> None:
    bites = EXCLUSIVE + 'ends_on = "agi"\n'
    helps = '[[clause]]\nid = "g"\ntype = "grant"\nends_on = ["agi", "recall"]\n'
    found = agreements(a=bites, b=helps).clauses
    assert bare(found[:1], found[1:]) == ((), ("recall",))
    assert bare(found[:1], ()) == ((),)


def test_events_are_what_ends_escapes_or_is_a_threshold() -> None:
    text = (
        '[[clause]]\nid = "t"\ntype = "threshold"\nevent = "agi"\nparty = "north"\n'
        'ends_on = "war"\n'
    )
    assert events_of(agreements(a=text).clauses[0]) == ("war", "agi")


def test_courses_are_all_sets_of_events_none_first() -> None:
    hold = (
        '[[clause]]\nid = "h"\ntype = "hold"\nleader = "north"\nfollower = "south"\n'
        'lag_days = 1\nescape = "declined"\n'
    )
    found = courses(agreements(a=EXCLUSIVE + 'ends_on = "agi"\n', b=hold).clauses)
    assert found == ((), ("agi",), ("declined",), ("agi", "declined"))


def test_many_events_are_tried_alone_and_together() -> None:
    names = [f"e{n}" for n in range(EVENTS_MAX + 1)]
    text = EXCLUSIVE + f"ends_on = {names}\n"
    found = courses(agreements(a=text).clauses)
    assert found == ((), *((name,) for name in names), tuple(names))


def test_a_question_knows_everything_and_its_events_have_happened() -> None:
    here, known = world(), day("2025-06-01")
    period = Period(from_=day("2025-02-01"))
    asked = ask(
        here.models[0], "embedding", period, caller=Caller(), course=("agi",), known_at=known
    )
    assert (asked.at, asked.known_at) == (day("2025-02-01"), known)
    assert asked.events[0].occurred_at == asked.at
    assert asked.interface == "embedding"


def test_everything_is_known_at_the_last_record() -> None:
    assert all_recorded_at(agreements(a=EXCLUSIVE + "recorded_at = 2025-07-01\n")) == day(
        "2025-07-01"
    )
    assert all_recorded_at(agreements()) == LONG_AGO


def test_interfaces_are_those_that_deployments_serve() -> None:
    here = world(place("a", "a", interfaces=("embedding", "stateless_api")))
    assert interfaces_of(here, here.models[0]) == ("stateless_api", "embedding")


@given(st.lists(st.tuples(st.integers(0, 27), st.integers(1, 9) | st.none()), max_size=8))
def test_merging_keeps_every_day_and_adds_none(spans: list[tuple[int, int | None]]) -> None:
    def covered(found: tuple[Period, ...], n: int) -> bool:
        return any(
            (p.from_ is None or p.from_ <= DAYS[n]) and (p.until is None or DAYS[n] < p.until)
            for p in found
        )

    found = tuple(
        Period(
            from_=DAYS[a] if a else None,
            until=None if length is None else DAYS[min(a + length, 27)],
        )
        for a, length in spans
    )
    joined = merged(found)
    assert [covered(joined, n) for n in range(28)] == [covered(found, n) for n in range(28)]
    for earlier, later in itertools.pairwise(joined):
        assert earlier.until is not None
        assert later.from_ is not None
        assert earlier.until < later.from_
