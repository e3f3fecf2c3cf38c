"""Which stretch of time to look at, and which parts of it again through a magnifying glass.

Chooses windows; draws nothing. A week is one pixel of seven years: what is too narrow to be
seen is shown a second time, in a picture of its own.

>>> magnified(found, narrow_s=14 * DAY_S)
(Stretch(since=datetime(2023, 2, 24), until=datetime(2023, 3, 26)),)
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from detente.agreements.timeline import Timeline, Track

MARGIN: Final = 0.04
"""What stands before the first and after the last turn, as a share of what lies between."""
ALONE: Final = timedelta(days=365)
"""What stands around a single date, and around today where nothing turns at all."""
CLUSTER: Final = timedelta(days=45)
"""Narrow spans that are nearer to each other than this share one picture."""
MAGNIFIED_MAX: Final = 3
"""Pictures of parts: more than that would bury the whole."""
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """`since ≤ t < until`."""

    since: datetime
    until: datetime


def around(dates: Iterable[datetime], today: datetime) -> Stretch:
    """A window that shows all `dates` with a margin; around `today` where there are none."""
    given = sorted(dates)
    if not given:
        return Stretch(since=moved(today, -ALONE), until=moved(today, ALONE))
    first, last = given[0], given[-1]
    if first == last:
        return Stretch(since=moved(first, -ALONE), until=moved(last, ALONE))
    margin = max((last - first) * MARGIN, timedelta(days=1))
    since, until = moved(first, -margin), moved(last, margin)
    if margin > timedelta(days=2):
        since, until = _midnight(since), _midnight(until)
    return Stretch(since=since, until=until)


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


def moved(instant: datetime, by: timedelta) -> datetime:
    """`instant + by`, or the end of the calendar."""
    try:
        return instant + by
    except OverflowError:
        return FIRST if by < timedelta() else LAST


def turns(found: Timeline) -> list[datetime]:
    """Every instant at which the state of a track changes, and every mark."""
    inside = {
        span.from_ for track in found.tracks for span in track.spans if span.from_ > found.since
    }
    return sorted(inside | {mark.at for mark in found.marks if mark.at >= found.since})


def magnified(found: Timeline, *, narrow: timedelta) -> tuple[Stretch, ...]:
    """The parts in which something lasts less than `narrow`, the earliest first.

    None where the whole is hardly longer than such a part.
    """
    spans = sorted(
        (span.from_, span.until)
        for track in found.tracks
        for span in track.spans
        if span.until - span.from_ < narrow
        and found.since < span.from_
        and span.until < found.until
    )
    clusters: list[Stretch] = []
    for since, until in spans:
        if clusters and since - clusters[-1].until <= CLUSTER:
            last = clusters[-1]
            clusters[-1] = Stretch(since=last.since, until=max(last.until, until))
        else:
            clusters.append(Stretch(since=since, until=until))
    whole = found.until - found.since
    widened = [_widened(cluster, found) for cluster in clusters]
    fitting = [stretch for stretch in widened if (stretch.until - stretch.since) * 4 < whole]
    return tuple(fitting[:MAGNIFIED_MAX])


def _widened(cluster: Stretch, found: Timeline) -> Stretch:
    """With what stands around it, so that the next turn is seen where it is near."""
    margin = max((cluster.until - cluster.since) * 0.35, timedelta(days=2))
    near = moved(cluster.until, CLUSTER)
    later = [turn for turn in turns(found) if cluster.until < turn <= near]
    until = max(later, default=cluster.until)
    return Stretch(
        since=max(moved(cluster.since, -margin), found.since),
        until=min(moved(until, margin), found.until),
    )


def turning(tracks: Iterable[Track], stretch: Stretch) -> tuple[Track, ...]:
    """The tracks whose state changes within `stretch`."""
    return tuple(
        track
        for track in tracks
        if any(
            before.state != after.state and stretch.since < after.from_ < stretch.until
            for before, after in pairwise(track.spans)
        )
    )
