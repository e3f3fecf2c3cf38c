"""The panel of agreements: each one while it was in force, with its dates written out.

Agreements that take something away from somebody come first and are dark; what is only known
as a range has a dashed frame.

>>> regimes_panel(panel)["title"]["text"]
'Agreements in force'
"""

from datetime import datetime
from typing import Final, Literal

import msgspec

from detente.agreements.timeline import Regime
from detente.pictures.frame import (
    TIME_PX,
    Panel,
    Y,
    bands_of,
    clipped,
    events_of,
    framed,
    key_of,
)
from detente.pictures.grounds import ended, rules, started
from detente.pictures.looks import Theme
from detente.pictures.marks import Datum, Spec, bar, facts, fits, millis, spoken, words
from detente.pictures.ranges import Stretch

ROW_PX: Final = 19
Where = Literal["inside", "after", "before"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement on its row; `strong` where it takes something away from somebody."""

    key: str
    regime: Regime
    strong: bool


def regimes_panel(panel: Panel) -> Spec:
    """Every agreement of the timeline, the ruling ones first."""
    ruling = {r.agreement for r in panel.timeline.regimes if rules(r, panel.grounds)}
    ordered = sorted(panel.timeline.regimes, key=lambda r: r.agreement not in ruling)
    rows = [
        Line(
            key=key_of(regime.title, place, bold=regime.agreement in ruling),
            regime=regime,
            strong=regime.agreement in ruling,
        )
        for place, regime in enumerate(ordered)
    ]
    layers = [*bands_of(panel), *events_of(panel), *_bars(panel, rows), *_dated(panel, rows)]
    return framed(panel, [row.key for row in rows], ROW_PX, "Agreements in force", layers)


def _bars(panel: Panel, rows: list[Line]) -> list[Spec]:
    """Full bars where an agreement surely was in force, frames where that is open."""
    theme = panel.theme
    layers: list[Spec] = []
    for strong, color in ((True, theme.regime), (False, theme.other)):
        sure = [
            _datum(row, panel.stretch, row.regime.from_latest, row.regime.until_earliest)
            for row in rows
            if row.strong == strong
        ]
        certain: list[Datum] = [datum for datum in sure if datum is not None]
        mark: Spec = {"size": 12, "cornerRadius": 2, "color": color}
        layers.append(bar(certain, mark, {**Y, **spoken(certain)}))
    ranges = [
        _datum(row, panel.stretch, first, last)
        for row in rows
        for first, last in (
            (row.regime.from_, row.regime.from_latest),
            (row.regime.until_earliest, row.regime.until),
        )
        if first is not None and last is not None
    ]
    open_: list[Datum] = [datum for datum in ranges if datum is not None]
    return [*layers, bar(open_, _frame(theme), {**Y, **spoken(open_)})]


def _frame(theme: Theme) -> Spec:
    return {
        "fillOpacity": 0,
        "fill": theme.paper,
        "stroke": theme.regime,
        "strokeDash": [3, 2],
        "size": 11,
    }


def _datum(
    row: Line, stretch: Stretch, first: datetime | None, last: datetime | None
) -> Datum | None:
    """A bar between two instants; None where nothing of it lies in the stretch."""
    since, until = clipped(stretch, first, last)
    if since >= until:
        return None
    ends: Datum = {"row": row.key, "from": millis(since), "until": millis(until)}
    return {**ends, **facts(_told(row.regime))}


def _dated(panel: Panel, rows: list[Line]) -> list[Spec]:
    """The dates of each agreement, in its bar or beside it."""
    theme = panel.theme
    texts: dict[tuple[Where, bool], list[Datum]] = {}
    for row in rows:
        where, at = _place(row.regime, panel.stretch)
        datum: Datum = {"row": row.key, "from": millis(at), "text": _dates(row.regime)}
        texts.setdefault((where, row.strong), []).append(datum)
    layers: list[Spec] = []
    for (where, strong), data in texts.items():
        inside = theme.on_regime if strong else theme.ink
        left: Spec = {"align": "right", "dx": -5} if where == "before" else {"align": "left"}
        style: Spec = {"fontSize": 10, "dy": 1, "dx": 5, **left}
        style["color"] = inside if where == "inside" else theme.soft
        layers.append(words(data, style, Y))
    return layers


def _place(regime: Regime, stretch: Stretch) -> tuple[Where, datetime]:
    """Where an agreement's dates are written: in its bar, after it or before it."""
    text = _dates(regime)
    since, until = clipped(stretch, regime.from_latest, regime.until_earliest)
    if since < until and fits(text, since, until, stretch, TIME_PX):
        return "inside", since
    first, last = clipped(stretch, regime.from_, regime.until)
    if fits(text, last, stretch.until, stretch, TIME_PX):
        return "after", last
    return "before", first


def _dates(regime: Regime) -> str:
    first, last = started(regime), ended(regime)
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else "at all times"


def _told(regime: Regime) -> dict[str, str]:
    lines = {
        "agreement": f"{regime.title} ({regime.agreement})",
        "in force": _dates(regime),
        "quote": f"“{regime.quote}”" if regime.quote else "",
        "source": regime.source or "",
    }
    return {heading: text for heading, text in lines.items() if text}
