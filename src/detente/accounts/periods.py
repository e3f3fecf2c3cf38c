"""Calendar periods in a time zone: the span that a moment lies in, and a name that sorts.

A day has 23 or 25 hours where clocks change; weeks begin on Monday (ISO 8601). Not here: what is
counted in a period (`rules`).

>>> span_of("month", "Europe/Berlin", datetime(2026, 11, 30, 23, 30, tzinfo=UTC)).name
'2026-12'
"""

from datetime import UTC, datetime, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

import msgspec

from detente.canonical.allowance import Period

FIRST: Final = datetime.min.replace(tzinfo=UTC)
"""When what lasts for ever began."""
_HOUR: Final = timedelta(hours=1)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """`from_ ≤ t < until`, both in UTC; `until` is None for what never ends.

    Names of one kind of period sort as their spans do.
    """

    name: str
    from_: datetime
    until: datetime | None


def span_of(period: Period, time_zone: str, at: datetime) -> Span:
    """The period that `at` (aware) lies in; raises `ZoneInfoNotFoundError` for an unknown zone."""
    if period == "ever":
        return Span(name="ever", from_=FIRST, until=None)
    zone = ZoneInfo(time_zone)
    at = at.astimezone(UTC)
    if period == "hour":
        return _hour(at, zone)
    local = at.astimezone(zone)
    midnight = datetime(local.year, local.month, local.day)
    name, first, next_ = _days(period, midnight)
    return Span(name=name, from_=_instant(first, zone), until=_instant(next_, zone))


def _days(period: Period, day: datetime) -> tuple[str, datetime, datetime]:
    """Name, first day and the day after the last, of the period of whole days."""
    match period:
        case "day":
            return f"{day:%Y-%m-%d}", day, day + timedelta(days=1)
        case "week":
            year, week, weekday = day.isocalendar()
            first = day - timedelta(days=weekday - 1)
            return f"{year:04}-W{week:02}", first, first + timedelta(days=7)
        case "month":
            return f"{day:%Y-%m}", *_months(day, day.month - 1, 1)
        case "quarter":
            quarter = (day.month - 1) // 3
            return f"{day:%Y}-Q{quarter + 1}", *_months(day, 3 * quarter, 3)
        case "year":
            return f"{day:%Y}", *_months(day, 0, 12)
        case "hour" | "ever":
            raise AssertionError(period)
        case _:
            assert_never(period)


def _months(day: datetime, first: int, count: int) -> tuple[datetime, datetime]:
    """`count` months from the month `first` (0: January) of the day's year."""
    years, month = divmod(first + count, 12)
    return datetime(day.year, first + 1, 1), datetime(day.year + years, month + 1, 1)


def _instant(midnight: datetime, zone: ZoneInfo) -> datetime:
    """When a local day begins.

    A midnight that is skipped is the moment of the change, and one that comes twice the first:
    what `fold=0` means (PEP 495, read 2026-11-22).
    """
    return midnight.replace(tzinfo=zone).astimezone(UTC)


def _hour(at: datetime, zone: ZoneInfo) -> Span:
    """An hour of the clock on the wall; one that comes twice is two, the second named `…b`."""
    label = _hour_label(at, zone)
    local = at.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    from_, until = at - into, at - into + _HOUR
    if _hour_label(from_, zone) != label:
        from_ = _change(from_, at, zone, label)
    if _hour_label(until - timedelta.resolution, zone) != label:
        until = _change(at, until, zone, _hour_label(until, zone))
    return Span(name=label, from_=from_, until=until)


def _hour_label(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%dT%H}{'b' if local.fold else ''}"


def _change(before: datetime, after: datetime, zone: ZoneInfo, label: str) -> datetime:
    """The first moment between both that has the label, which `after` has."""
    while after - before > timedelta.resolution:
        middle = before + (after - before) / 2
        if _hour_label(middle, zone) == label:
            after = middle
        else:
            before = middle
    return after
