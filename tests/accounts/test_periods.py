"""Periods follow the calendar of their time zone, also where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.periods import FIRST, span_of
from detente.canonical.allowance import Period

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # changed at midnight until 2019
    "America/Havana",  # clocks go back from one to midnight
    "Australia/Lord_Howe",  # half an hour
    "Asia/Kathmandu",
    "Pacific/Apia",  # left out 2011-12-30
)
LIMITED: tuple[Period, ...] = ("hour", "day", "week", "month", "quarter", "year")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "zone", "at", "name", "from_", "until"),
    [
        ("hour", "UTC", "2026-11-22T07:59", "2026-11-22T07", "2026-11-22T07", "2026-11-22T08"),
        ("day", "UTC", "2026-11-22T07", "2026-11-22", "2026-11-22", "2026-11-23"),
        ("week", "UTC", "2026-11-22T23", "2026-W47", "2026-11-16", "2026-11-23"),
        ("week", "UTC", "2027-01-01", "2026-W53", "2026-12-28", "2027-01-04"),
        ("month", "UTC", "2026-12-31", "2026-12", "2026-12-01", "2027-01-01"),
        ("month", "UTC", "2028-02-29", "2028-02", "2028-02-01", "2028-03-01"),
        ("quarter", "UTC", "2026-11-22", "2026-Q4", "2026-10-01", "2027-01-01"),
        ("year", "UTC", "2026-11-22", "2026", "2026-01-01", "2027-01-01"),
        (
            *("month", "Europe/Berlin", "2026-11-30T23:30", "2026-12"),
            *("2026-11-30T23", "2026-12-31T23"),
        ),
        # a day of 23 hours and one of 25
        (
            *("day", "Europe/Berlin", "2026-03-29T12", "2026-03-29"),
            *("2026-03-28T23", "2026-03-29T22"),
        ),
        (
            *("day", "Europe/Berlin", "2026-10-25T12", "2026-10-25"),
            *("2026-10-24T22", "2026-10-25T23"),
        ),
        # the hour that comes twice is two hours
        (
            *("hour", "Europe/Berlin", "2026-10-25T00:10", "2026-10-25T02"),
            *("2026-10-25T00", "2026-10-25T01"),
        ),
        (
            *("hour", "Europe/Berlin", "2026-10-25T01:10", "2026-10-25T02b"),
            *("2026-10-25T01", "2026-10-25T02"),
        ),
        # a midnight that there was not: the day began at one
        (
            *("day", "America/Sao_Paulo", "2018-11-04T12", "2018-11-04"),
            *("2018-11-04T03", "2018-11-05T02"),
        ),
        # clocks went back by half an hour from two: 01:30 to 02:00 came twice
        (
            *("hour", "Australia/Lord_Howe", "2026-04-04T15:10", "2026-04-05T01b"),
            *("2026-04-04T15", "2026-04-04T15:30"),
        ),
    ],
)  # fmt: skip
def test_spans_are_those_of_the_calendar(  # noqa: PLR0917 — a table's columns
    period: Period, zone: str, at: str, name: str, from_: str, until: str
) -> None:
    span = span_of(period, zone, utc(at))
    assert (span.name, span.from_, span.until) == (name, utc(from_), utc(until))


def test_what_never_ends_has_one_span() -> None:
    span = span_of("ever", "UTC", utc("2026-11-22"))
    assert (span.name, span.from_, span.until) == ("ever", FIRST, None)


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        span_of("day", "Mars/Base", utc("2026-11-22"))


moments = st.datetimes(
    min_value=datetime(2005, 1, 1), max_value=datetime(2037, 1, 1), timezones=st.just(UTC)
)
near_changes = st.tuples(
    st.sampled_from(
        ["2026-03-29", "2026-10-25", "2018-11-04", "2019-02-17", "2026-04-04T14", "2026-11-01T05"]
    ),
    st.integers(-300, 300),
).map(lambda change: utc(change[0]) + timedelta(minutes=change[1]))


@given(st.sampled_from(LIMITED), st.sampled_from(ZONES), moments | near_changes)
def test_spans_follow_one_another_and_their_names_sort(
    period: Period, zone: str, at: datetime
) -> None:
    span = span_of(period, zone, at)
    assert span.until is not None
    assert span.from_ <= at < span.until
    assert span_of(period, zone, span.from_) == span
    assert span_of(period, zone, span.until - timedelta.resolution) == span
    following = span_of(period, zone, span.until)
    assert following.from_ == span.until
    assert following.name > span.name


@given(st.sampled_from(ZONES), moments | near_changes)
def test_days_hold_what_the_clock_on_the_wall_says(zone: str, at: datetime) -> None:
    local = at.astimezone(ZoneInfo(zone))
    assert span_of("day", zone, at).name == f"{local:%Y-%m-%d}"
    assert span_of("hour", zone, at).name.startswith(f"{local:%Y-%m-%dT%H}")
