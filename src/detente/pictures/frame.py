"""What every panel of the picture shares: rows, the axis of time, bands, events.

Knows no tracks and no agreements; those are `tracks` and `regimes`.

>>> framed(panel, keys, 21, "Who could carry it", layers)["width"]
940
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec

from detente.agreements.timeline import Mark, Timeline
from detente.pictures.grounds import Grounds, date, rules
from detente.pictures.looks import Theme
from detente.pictures.marks import Datum, Spec, along, areas, facts, lines, millis, ticks, words
from detente.pictures.ranges import Stretch

TIME_PX: Final = 940
LABELS_PX: Final = 340
SEPARATOR: Final = "\x1f"
"""Between a row's label and what makes its key unique: a character that no name has."""
EVENTS: Final = f"{SEPARATOR}track{SEPARATOR}events"
"""The row above all others, where events are named."""
LATE: Final = 0.86
"""After this share of a panel's time, a text stands to the left of what it names."""
Y: Final[Spec] = {"y": {"field": "row", "type": "nominal"}}


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What every part of the picture is made of."""

    timeline: Timeline
    grounds: Grounds
    theme: Theme
    stretch: Stretch


def key_of(label: str, place: int, *, bold: bool) -> str:
    """The unique key of a row, of which only the label is shown."""
    return f"{label}{SEPARATOR}{'model' if bold else 'track'}{SEPARATOR}{place}"


def framed(
    panel: Panel, keys: Sequence[str], step: int, heading: str, layers: Sequence[Spec]
) -> Spec:
    """Layers over one another, on rows, along time."""
    keys = [*([EVENTS] if _happened(panel) else []), *keys]
    anchor: Spec = {
        "data": {"values": [{"row": key, "from": millis(panel.stretch.since)} for key in keys]},
        "mark": {"type": "point", "opacity": 0, "aria": False, "tooltip": None},
        "encoding": {
            "x": along(panel.stretch, ticks(panel.stretch)),
            "y": _across(panel.theme, keys),
        },
    }
    return {
        "title": {"text": heading, "anchor": "start", "frame": "group", "offset": 8},
        "width": TIME_PX,
        "height": {"step": step},
        "layer": [anchor, *layers],
    }


def _across(theme: Theme, keys: Sequence[str]) -> Spec:
    """The axis of rows: models bold, their tracks beneath."""
    part = f"split(datum.value, '{SEPARATOR}')"
    heading = f"{part}[1] == 'model'"
    return {
        "field": "row",
        "type": "nominal",
        "scale": {"domain": list(keys), "paddingInner": 0, "paddingOuter": 0.15},
        "title": None,
        "axis": {
            "labelExpr": f"{part}[0]",
            "labelFontWeight": {"condition": {"test": heading, "value": "bold"}, "value": "normal"},
            "labelColor": {
                "condition": {"test": heading, "value": theme.ink},
                "value": theme.soft,
            },
            "labelAlign": "left",
            "labelPadding": LABELS_PX - 8,
            "labelLimit": LABELS_PX - 16,
            "minExtent": LABELS_PX,
            "maxExtent": LABELS_PX,
            "ticks": False,
            "domain": False,
            "aria": False,
        },
    }


def bands_of(panel: Panel) -> list[Spec]:
    """A band for every other stretch between two changes of regime, behind everything."""
    stretch = panel.stretch
    ruling = [r for r in panel.timeline.regimes if rules(r, panel.grounds)]
    changes = {r.from_ for r in ruling if r.from_ is not None}
    changes |= {r.until for r in ruling if r.until is not None}
    inside = sorted(change for change in changes if stretch.since < change < stretch.until)
    edges = [stretch.since, *inside, stretch.until]
    bands: list[Datum] = [
        {"from": millis(since), "until": millis(until)}
        for place, (since, until) in enumerate(pairwise(edges))
        if place % 2 == 1
    ]
    rules_: list[Datum] = [{"from": millis(change)} for change in inside]
    return [
        areas(bands, {"color": panel.theme.ink, "opacity": 0.045}),
        lines(rules_, {"color": panel.theme.other, "strokeWidth": 1, "aria": False}),
    ]


def events_of(panel: Panel) -> list[Spec]:
    """A line through all rows for every event and offer, with its name at the top."""
    inside = _happened(panel)
    if not inside:
        return []
    rows: list[Datum] = [
        {
            "row": EVENTS,
            "from": millis(mark.at),
            "text": f"{mark.name} ({mark.kind}, {date(mark.at)})",
            **facts({mark.kind: mark.name, "on": date(mark.at)}),
        }
        for mark in inside
    ]
    style: Spec = {"color": panel.theme.event, "fontSize": 10, "fontWeight": "bold"}
    edge = late(panel.stretch)
    left: list[Datum] = [row for row, mark in zip(rows, inside, strict=True) if mark.at > edge]
    right: list[Datum] = [row for row, mark in zip(rows, inside, strict=True) if mark.at <= edge]
    return [
        lines(rows, {"color": panel.theme.event, "strokeWidth": 1.8, "strokeDash": [6, 3]}),
        words(right, {**style, "align": "left", "dx": 5}, Y),
        words(left, {**style, "align": "right", "dx": -5}, Y),
    ]


def _happened(panel: Panel) -> list[Mark]:
    """The events and offers of a panel."""
    since, until = panel.stretch.since, panel.stretch.until
    marks = panel.timeline.marks
    return [mark for mark in marks if mark.kind != "release" and since <= mark.at < until]


def clipped(
    stretch: Stretch, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    """What of a span lies in the stretch; None is before and after all dates."""
    return max(since or stretch.since, stretch.since), min(until or stretch.until, stretch.until)


def late(stretch: Stretch) -> datetime:
    """After it, a text stands to the left of what it names."""
    return stretch.since + (stretch.until - stretch.since) * LATE
