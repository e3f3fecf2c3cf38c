"""Which stretch of time is shown, and which part of it again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from detente.pictures.ranges import FIRST, LAST, Stretch, around, magnified, moved, turning, turns
from tests.agreements.scenes import day
from tests.pictures.scenes import AGI, a_week

TODAY = day("2026-11-22")


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=5))
def test_a_window_holds_every_date(dates: list[datetime]) -> None:
    window = around(dates, TODAY)
    assert window.since < window.until
    assert all(window.since <= date <= window.until for date in dates)


def test_without_dates_it_is_around_today() -> None:
    assert around([], TODAY) == Stretch(since=day("2025-11-22"), until=day("2027-11-22"))
    assert around([TODAY], day("2000-01-01")) == around([], TODAY)


def test_the_calendar_has_ends() -> None:
    assert moved(LAST, timedelta(days=1)) == LAST
    assert moved(FIRST, -timedelta(days=1)) == FIRST


def test_turns_are_changes_and_marks() -> None:
    found = a_week(AGI)
    assert day("2023-03-21") in turns(found)
    assert day("2024-06-01") in turns(found)
    assert found.since not in turns(found)


def test_a_narrow_span_is_magnified_with_what_is_near() -> None:
    found = a_week()
    stretches = magnified(found, narrow=timedelta(days=20))
    assert len(stretches) == 1
    assert stretches[0].since < day("2023-03-14") < day("2023-03-21") < stretches[0].until
    assert stretches[0].until - stretches[0].since < timedelta(days=30)
    assert [track.host for track in turning(found.tracks, stretches[0])] == [
        "openai",
        "microsoft",
        "amazon",
    ]


def test_nothing_is_magnified_that_can_be_seen() -> None:
    assert magnified(a_week(), narrow=timedelta(days=6)) == ()
