"""The panel of tracks: models as headings, under each one who carried it, state by state.

>>> tracks_panel(panel, found.tracks, "Who could carry it")["title"]["text"]
'Who could carry it'
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from detente.agreements.timeline import Span, State, Track
from detente.pictures.frame import (
    TIME_PX,
    Panel,
    Y,
    bands_of,
    clipped,
    events_of,
    framed,
    key_of,
    late,
)
from detente.pictures.grounds import date, names_of, told
from detente.pictures.looks import LOOKS, Look, Shape, Theme
from detente.pictures.marks import Datum, Spec, bar, facts, fits, millis, spoken, words
from detente.pictures.ranges import Stretch

ROW_PX: Final = 21
SHAPES: Final[dict[Shape, Spec]] = {
    "full": {"size": 13, "cornerRadius": 2},
    "thin": {"size": 3, "yOffset": 5},
    "frame": {"size": 13, "fillOpacity": 0.0, "strokeDash": [3, 2], "strokeWidth": 1.3},
    "haze": {"size": 13, "fillOpacity": 0.22, "cornerRadius": 2},
    "none": {},
}
"""How a shape is drawn; a frame has a dashed outline and nothing inside."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a panel: a model's heading, or one of its tracks; `key` is unique."""

    key: str
    model: str
    track: Track | None = None


def tracks_panel(panel: Panel, tracks: Sequence[Track], heading: str) -> Spec:
    """Tracks in time, over bands and lines where regimes change and events happen."""
    rows = rows_of(tracks)
    drawn = [(row.key, row.track) for row in rows if row.track is not None]
    spans = [
        (key, track, span)
        for key, track in drawn
        for span in track.spans
        if span.from_ < panel.stretch.until and span.until > panel.stretch.since
    ]
    layers = [
        *bands_of(panel),
        *events_of(panel),
        *(layer for state in LOOKS for layer in _state_layers(panel, spans, state)),
        *_releases(panel, rows),
    ]
    return framed(panel, [row.key for row in rows], ROW_PX, heading, layers)


def rows_of(tracks: Sequence[Track]) -> tuple[Row, ...]:
    """Every model's heading with its tracks below."""
    names = names_of(tracks)
    rows: list[Row] = []
    for track in tracks:
        if not rows or rows[-1].model != track.model:
            rows.append(Row(key=key_of(track.model, len(rows), bold=True), model=track.model))
        key = key_of(names[track.deployment, track.interface], len(rows), bold=False)
        rows.append(Row(key=key, model=track.model, track=track))
    return tuple(rows)


def _state_layers(
    panel: Panel, spans: Sequence[tuple[str, Track, Span]], state: State
) -> list[Spec]:
    """The bars of one state, and what stands in them where there is room."""
    look = LOOKS[state]
    found = [(key, track, span) for key, track, span in spans if span.state == state]
    if not found or look.shape == "none":
        return []
    bars: list[Datum] = []
    texts: list[Datum] = []
    for place, (key, track, span) in enumerate(found):
        since, until = clipped(panel.stretch, span.from_, span.until)
        said = facts(told(track, span, panel.grounds, panel.timeline.until))
        bars.append({"row": key, "from": millis(since), "until": millis(until), **said})
        text = _inside(span, since, until, panel.stretch)
        before = found[place - 1] if place else None
        again = before is not None and before[0] == key and before[2].until == span.from_
        if text and not (again and state in ("open", "absent")):
            texts.append({"row": key, "from": millis(since), "text": text})
    return [
        bar(bars, _drawn(look, state, panel.theme), {**Y, **spoken(bars)}),
        words(texts, _written(look, state, panel.theme), Y),
    ]


def _drawn(look: Look, state: State, theme: Theme) -> Spec:
    color = theme.of(state)
    outline: Spec = {"stroke": color, "fill": color}
    return {**SHAPES[look.shape], **(outline if look.shape == "frame" else {"color": color})}


def _written(look: Look, state: State, theme: Theme) -> Spec:
    """Text stands on a full bar in the colour that can be read there, else in the bar's own."""
    deep = state == "open" if theme.name == "light" else state in ("enrolled", "conflict")
    on_bar = "#ffffff" if deep else "#12171e"
    color = on_bar if look.shape == "full" else theme.of(state)
    if state == "absent":
        color = theme.soft
    up = -2 if look.shape == "thin" else 1
    return {"align": "left", "dx": 5, "dy": up, "fontSize": 10, "color": color}


def _inside(span: Span, since: datetime, until: datetime, stretch: Stretch) -> str:
    """The longest of a few ways to name a span that finds room in it."""
    look = LOOKS[span.state]
    ways: list[str] = []
    if span.clauses and span.state not in ("open", "enrolled"):
        ways.append(f"{look.short}: {', '.join(span.clauses)}")
        ways.append(f"{look.short}: {span.clauses[0]}")
        ways.append(f"{look.short}: {span.clauses[0].partition('/')[2]}")
    ways += [look.words, look.short]
    return next((text for text in ways if fits(text, since, until, stretch, TIME_PX)), "")


def _releases(panel: Panel, rows: Sequence[Row]) -> list[Spec]:
    """Each model's release, on its heading's row."""
    stretch = panel.stretch
    headings = {row.model: row.key for row in rows if row.track is None}
    inside = [
        mark
        for mark in panel.timeline.marks
        if mark.kind == "release"
        and mark.name in headings
        and stretch.since <= mark.at < stretch.until
    ]
    points: list[Datum] = [
        {
            "row": headings[mark.name],
            "from": millis(mark.at),
            "text": f"released {date(mark.at)}",
            **facts({"model": mark.name, "released": date(mark.at)}),
        }
        for mark in inside
    ]
    edge = late(stretch)
    left: list[Datum] = [p for p, mark in zip(points, inside, strict=True) if mark.at > edge]
    right: list[Datum] = [p for p, mark in zip(points, inside, strict=True) if mark.at <= edge]
    point: Spec = {
        "data": {"values": points},
        "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 55, "opacity": 1},
        "encoding": {
            "x": {"field": "from", "type": "temporal"},
            **Y,
            **spoken(points),
            "color": {"value": panel.theme.ink},
        },
    }
    style: Spec = {"fontSize": 10, "color": panel.theme.soft, "dy": 1}
    return [
        point,
        words(right, {**style, "align": "left", "dx": 7}, Y),
        words(left, {**style, "align": "right", "dx": -7}, Y),
    ]
