"""When a clause holds for certain: dates, ranges, successors, amendments, events."""

from detente.agreements.window import Window, windows_of
from detente.canonical.question import Event
from tests.agreements.scenes import HEAD, day, loaded, loaded_files

CLAUSE = 'id = "c"\ntype = "covenant"\nparty = "x"\ntext = "y"\n'


def test_without_dates_there_is_no_bound() -> None:
    window = windows_of(loaded(CLAUSE), ())["a/c"]
    assert window == Window(start=None, until=None)
    assert window.holds(day("1999-01-01"))
    assert not window.is_empty


def test_a_range_counts_from_its_latest_start_to_its_earliest_end() -> None:
    dated = CLAUSE + (
        "from = { after = 2026-01-01, before = 2026-01-05 }\n"
        "until = { after = 2026-02-01, before = 2026-02-05 }\n"
    )
    window = windows_of(loaded(dated), ())["a/c"]
    assert window == Window(start=day("2026-01-05"), until=day("2026-02-01"))
    assert window.holds(day("2026-01-05"))
    assert not window.holds(day("2026-02-01"))


def test_what_comes_first_ends_it() -> None:
    amended = 'id = "d"\ntype = "covenant"\nparty = "x"\ntext = "z"\namends = "a/c"\n'
    first = f"{HEAD}[[clause]]\n{CLAUSE}ends_on = ['end']\n"
    amended = f"[[clause]]\n{amended}from = 2026-05-01\n"
    second = 'id = "b"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = 2026-06-01\n'
    ended = Event(name="end", occurred_at=day("2026-04-01"), recorded_at=day("2026-04-01"))
    assert windows_of(loaded_files(first, second), ())["a/c"].until == day("2026-06-01")
    assert windows_of(loaded_files(first + amended, second), ())["a/c"].until == day("2026-05-01")
    assert windows_of(loaded_files(first, second), (ended,))["a/c"].until == day("2026-04-01")


def test_a_clause_that_ends_before_it_begins_holds_nothing() -> None:
    late = f"{HEAD}[[clause]]\n{CLAUSE}from = 2026-07-01\n"
    second = 'id = "b"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = 2026-06-01\n'
    assert windows_of(loaded_files(late, second), ())["a/c"].is_empty
