"""The few marks that the picture is made of, as Vega-Lite writes them.

Knows neither models nor agreements.

>>> bar([{"row": "a", "from": 0, "until": 9}], theme.ink, size=14)["mark"]["type"]
'bar'
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from detente.pictures.ranges import Stretch

Spec = dict[str, object]
"""A part of a specification."""
Datum = Mapping[str, object]

LETTER_PX: Final = 5.9
"""The width of an average letter of 10 pixels height in a sans-serif font, a little generous."""


def millis(instant: datetime) -> int:
    """Milliseconds since 1970, as JavaScript counts time."""
    return round(instant.timestamp() * 1000)


def fits(text: str, since: datetime, until: datetime, stretch: Stretch, width_px: int) -> bool:
    """Whether a text finds room between two instants of a panel."""
    share = (until - since) / (stretch.until - stretch.since)
    return len(text) * LETTER_PX + 8 <= share * width_px


def along(stretch: Stretch, ticks: Spec | None) -> Spec:
    """The axis of time, from left to right; without ticks it is only a scale."""
    scale: Spec = {"type": "utc", "domain": [millis(stretch.since), millis(stretch.until)]}
    return {
        "field": "from",
        "type": "temporal",
        "scale": {**scale, "nice": False},
        "axis": ticks,
        "title": None,
    }


def ticks(stretch: Stretch) -> Spec:
    """Years, months or days, as the stretch is long."""
    days = (stretch.until - stretch.since).days
    if days > 1000:
        form: Spec = {"format": "%Y", "tickCount": {"interval": "year", "step": 1 + days // 7500}}
    elif days > 300:
        form = {"format": "%b %Y", "tickCount": {"interval": "month", "step": 3}}
    elif days > 75:
        form = {"format": "%-d %b %Y", "tickCount": {"interval": "month", "step": 1}}
    elif days > 2:
        form = {"format": "%-d %b %Y", "tickCount": 8}
    else:
        form = {"format": "%-d %b %H:%M", "tickCount": 8}
    return {**form, "grid": True, "ticks": False, "orient": "top", "labelPadding": 6}


def bar(rows: Sequence[Datum], mark: Spec, encoding: Spec) -> Spec:
    """Bars from `from` to `until` on a row each."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "bar", **mark},
        "encoding": {
            "x": {"field": "from", "type": "temporal"},
            "x2": {"field": "until"},
            **encoding,
        },
    }


def words(rows: Sequence[Datum], mark: Spec, encoding: Spec) -> Spec:
    """A text at `from` on a row each; hidden from those who hear the picture read."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "text", "aria": False, **mark},
        "encoding": {
            "x": {"field": "from", "type": "temporal"},
            "text": {"field": "text", "type": "nominal"},
            **encoding,
        },
    }


def lines(rows: Sequence[Datum], mark: Spec) -> Spec:
    """Lines through all rows at `from`."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "rule", **mark},
        "encoding": {"x": {"field": "from", "type": "temporal"}, **spoken(rows)},
    }


def areas(rows: Sequence[Datum], mark: Spec) -> Spec:
    """Areas behind all rows from `from` to `until`."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "rect", "aria": False, **mark},
        "encoding": {"x": {"field": "from", "type": "temporal"}, "x2": {"field": "until"}},
    }


def spoken(rows: Sequence[Datum]) -> Spec:
    """What is shown on hovering over a mark, and read aloud: its facts, heading by heading."""
    headings = dict.fromkeys(heading for row in rows for heading in row if heading.startswith(FACT))
    if not headings:
        return {}
    return {
        "tooltip": [
            {"field": heading, "type": "nominal", "title": heading.removeprefix(FACT)}
            for heading in headings
        ],
        "description": {"field": "said", "type": "nominal"},
    }


FACT: Final = "fact_"
"""What the names of those fields begin with that a reader is told."""


def facts(told: Mapping[str, str]) -> dict[str, object]:
    """The fields of a row that carry what is told of it."""
    said = ". ".join(f"{heading}: {text}" for heading, text in told.items())
    return {**{f"{FACT}{heading}": text for heading, text in told.items()}, "said": said}
