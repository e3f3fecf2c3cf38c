"""The picture as a Vega-Lite specification: legend, agreements, tracks, magnified parts.

Says which panels there are; where their marks stand is Vega-Lite's to work out.
Its words: vega.github.io/vega-lite/docs (read 2026-11-22).

>>> specification(found, grounds, LIGHT, Heading(title="Who could carry which model when"))
{'$schema': 'https://vega.github.io/schema/vega-lite/v6.json', ...}
"""

from typing import Final

import msgspec

from detente.agreements.timeline import State, Timeline
from detente.pictures.frame import TIME_PX, Panel
from detente.pictures.grounds import Grounds, date
from detente.pictures.looks import LOOKS, Look, Theme
from detente.pictures.marks import LETTER_PX, Datum, Spec
from detente.pictures.ranges import Stretch, magnified, turning
from detente.pictures.regimes import regimes_panel
from detente.pictures.tracks import SHAPES, tracks_panel

SAMPLE_PX: Final = 26
LEGEND_PX: Final = 20
NARROW_PX: Final = 7
"""A span that is narrower than this is shown a second time, magnified."""
SANS: Final = "system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"
"""Fonts that a reader already has."""


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above the picture."""

    title: str
    subtitle: str = ""


def specification(found: Timeline, grounds: Grounds, theme: Theme, heading: Heading) -> Spec:
    """The whole picture in a theme's colours."""
    whole = Stretch(since=found.since, until=found.until)
    panel = Panel(stretch=whole, theme=theme, grounds=grounds, timeline=found)
    parts: list[Spec] = [_legend(found, theme)]
    if found.regimes:
        parts.append(regimes_panel(panel))
    parts.append(tracks_panel(panel, found.tracks, "Who could carry it"))
    narrow = (whole.until - whole.since) / TIME_PX * NARROW_PX
    parts += [_part(panel, stretch) for stretch in magnified(found, narrow=narrow)]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": f"{heading.title}. {heading.subtitle}",
        "title": _title(heading, theme),
        "vconcat": parts,
        "spacing": 16,
        "config": _config(theme),
    }


def states_of(found: Timeline) -> tuple[State, ...]:
    """The states that occur, in the order of the legend."""
    occurring = {span.state for track in found.tracks for span in track.spans}
    return tuple(state for state in LOOKS if state in occurring)


def _part(panel: Panel, stretch: Stretch) -> Spec:
    tracks = turning(panel.timeline.tracks, stretch)
    part = msgspec.structs.replace(panel, stretch=stretch)
    days = f"{date(stretch.since)[:10]} to {date(stretch.until)[:10]}"
    return tracks_panel(part, tracks, f"Magnified: {days}, where something changes")


def _title(heading: Heading, theme: Theme) -> Spec:
    return {
        "text": heading.title,
        "subtitle": heading.subtitle,
        "anchor": "start",
        "fontSize": 20,
        "subtitleFontSize": 12,
        "subtitlePadding": 5,
        "offset": 10,
        "color": theme.ink,
        "subtitleColor": theme.soft,
    }


def _legend(found: Timeline, theme: Theme) -> Spec:
    """A sample of each state that occurs, with its words beside it; as many lines as it takes."""
    layers: list[Spec] = []
    across, line = 0.0, 0
    for state in states_of(found):
        look = LOOKS[state]
        width = SAMPLE_PX + 30 + len(look.words) * LETTER_PX * 1.15
        if look.shape == "none":
            continue
        if across + width > TIME_PX:
            across, line = 0.0, line + 1
        layers += _sample(look, theme.of(state), theme, across, line)
        across += width
    height = (line + 1) * LEGEND_PX
    return {"width": TIME_PX, "height": height, "layer": layers, "view": {"stroke": None}}


def _sample(look: Look, color: str, theme: Theme, across: float, line: int) -> list[Spec]:
    datum: Datum = {"from": across, "until": across + SAMPLE_PX, "text": look.words}
    paint: Spec = {"stroke": color, "fill": color} if look.shape == "frame" else {"color": color}
    scale: Spec = {"domain": [0, TIME_PX], "nice": False}
    where: Spec = {
        "x": {"field": "from", "type": "quantitative", "axis": None, "scale": scale},
        "y": {"value": line * LEGEND_PX + LEGEND_PX / 2},
    }
    return [
        {
            "data": {"values": [datum]},
            "mark": {"type": "bar", "aria": False, **SHAPES[look.shape], **paint},
            "encoding": {**where, "x2": {"field": "until"}},
        },
        {
            "data": {"values": [datum]},
            "mark": {"type": "text", "align": "left", "dx": SAMPLE_PX + 6, "dy": 1, "fontSize": 11},
            "encoding": {**where, "text": {"field": "text"}, "color": {"value": theme.ink}},
        },
    ]


def _config(theme: Theme) -> Spec:
    return {
        "background": theme.paper,
        "font": SANS,
        "padding": 16,
        "view": {"stroke": None},
        "axis": {
            "labelColor": theme.soft,
            "labelFontSize": 11,
            "gridColor": theme.grid,
            "domainColor": theme.grid,
        },
        "title": {"color": theme.ink, "fontSize": 13, "fontWeight": "bold"},
        "text": {"color": theme.ink},
        "bar": {"minBandSize": 1},
    }
