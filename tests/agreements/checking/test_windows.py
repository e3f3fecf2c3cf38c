"""Windows of clauses, and their arithmetic."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import load
from detente.agreements.checking.domain import Period
from detente.agreements.checking.windows import (
    BEGINNING,
    END,
    Window,
    instant_in,
    joined,
    outside,
    possible_windows,
    windows,
)
from tests.agreements.checking.worlds import agreements, day

DAYS = [day(f"2026-01-{number:02}") for number in range(1, 29)]
EDGES = st.sampled_from([BEGINNING, *DAYS, END])
WINDOWS = st.builds(Window, since=EDGES, until=EDGES)
CLAUSE = '\n[[clause]]\nid = "{id}"\ntype = "grant"\n{keys}\n'


def test_a_window_ends_with_what_ends_its_clause_first() -> None:
    text = CLAUSE.format(id="x", keys="until = 2028-01-01")
    amending = CLAUSE.format(id="y", keys='amends = "a/x"\nfrom = 2027-01-01')
    assert windows(agreements(a=text))["a/x"].until == day("2028-01-01")
    assert windows(agreements(a=text, b=amending))["a/x"].until == day("2027-01-01")
    successor = b'id = "b"\nrecorded_at = 2025-01-01\nfrom = 2026-01-01\nsupersedes = "a"\n'
    head = 'id = "a"\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n'
    loaded = load([("a.toml", (head + text).encode()), ("b.toml", successor)])
    assert windows(loaded)["a/x"] == Window(since=day("2025-01-01"), until=day("2026-01-01"))


def test_a_doubtful_date_shortens_what_is_certain_and_prolongs_what_is_possible() -> None:
    keys = "until = { after = 2026-01-01, before = 2026-02-01 }"
    loaded = agreements(a=CLAUSE.format(id="x", keys=keys))
    assert windows(loaded)["a/x"].until == day("2026-01-01")
    assert possible_windows(loaded)["a/x"].until == day("2026-02-01")


def test_a_window_as_reports_write_it() -> None:
    assert Window().period == Period()
    assert Window(since=DAYS[0], until=DAYS[1]).period == Period(from_=DAYS[0], until=DAYS[1])
    assert instant_in(Window(since=DAYS[0])) == DAYS[0]
    assert instant_in(Window(until=DAYS[5])) == DAYS[4]


@given(st.lists(WINDOWS, max_size=6), WINDOWS, st.sampled_from(DAYS))
def test_joined_and_outside_part_time_between_them(
    found: list[Window], whole: Window, instant: datetime
) -> None:
    inside = any(instant in window for window in found)
    assert any(instant in window for window in joined(found)) == inside
    out = any(instant in window for window in outside(whole, found))
    assert out == (instant in whole and not inside)
    assert all(whole.meet(part) == part and part for part in outside(whole, found))


@given(WINDOWS, WINDOWS, st.sampled_from(DAYS))
def test_meeting_is_being_in_both(a: Window, b: Window, instant: datetime) -> None:
    assert (instant in a.meet(b)) == (instant in a and instant in b)
    assert bool(a) == (a.since < a.until)
