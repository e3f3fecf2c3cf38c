"""Notices: how many days are left, what is over, what has no end."""

from detente.reports.terms import Notice, notices
from tests.agreements.scenes import HEAD, day, loaded, loaded_files

TERM = 'id = "t"\ntype = "term"\nnotice_days = 90\nuntil = 2027-01-01\n'


def test_days_are_counted_to_the_day_of_notice() -> None:
    (notice,) = notices(loaded(TERM), (), at=day("2026-09-03"))
    assert notice == Notice(
        clause="a/t",
        state="open",
        ends_at=day("2027-01-01"),
        notice_days=90,
        notice_by=day("2026-10-03"),
        days_left=30,
        cure_days=None,
        renews=None,
    )
    (late,) = notices(loaded(TERM), (), at=day("2026-10-03"))
    assert (late.state, late.days_left) == ("passed", 0)
    (later,) = notices(loaded(TERM), (), at=day("2026-10-04T12:00:00"))
    assert (later.state, later.days_left) == ("passed", -2)
    (over,) = notices(loaded(TERM), (), at=day("2027-01-01"))
    assert over.state == "over"


def test_a_range_counts_from_its_earliest_day() -> None:
    ranged = TERM.replace("2027-01-01", "{ after = 2027-01-01, before = 2027-02-01 }")
    (notice,) = notices(loaded(ranged), (), at=day("2026-09-03"))
    assert notice.ends_at == day("2027-01-01")


def test_the_most_urgent_is_first() -> None:
    later = 'id = "a"\ntype = "term"\nnotice_days = 10\nuntil = 2027-01-01\n'
    endless = 'id = "b"\ntype = "term"\nnotice_days = 10\n'
    cure = 'id = "c"\ntype = "term"\ncure_days = 10\nuntil = 2027-01-01\n'
    found = notices(loaded(endless, later, TERM, cure), (), at=day("2026-09-03"))
    states = [(notice.clause, notice.state) for notice in found]
    assert states == [("a/t", "open"), ("a/a", "open"), ("a/b", "no_end"), ("a/c", "no_end")]


def test_what_was_superseded_is_over() -> None:
    second = 'id = "b"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = 2026-04-01\n'
    agreements = loaded_files(f"{HEAD}[[clause]]\n{TERM}", second)
    assert notices(agreements, (), at=day("2026-03-31"))[0].state == "open"
    assert notices(agreements, (), at=day("2026-04-01"))[0].state == "over"
