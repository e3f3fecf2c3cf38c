"""What every panel shares: rows, bands, events."""

from detente.pictures.frame import EVENTS, Panel, bands_of, clipped, events_of, framed, key_of
from detente.pictures.grounds import grounds_of
from detente.pictures.looks import LIGHT
from detente.pictures.marks import Spec, millis
from detente.pictures.ranges import Stretch
from tests.agreements.scenes import day
from tests.pictures.scenes import AGI, SINCE, UNTIL, a_week, agreements
from tests.pictures.vega import data_of, layers_of, texts_of

WHOLE = Stretch(since=SINCE, until=UNTIL)


def panel(*, event: bool = False, stretch: Stretch = WHOLE) -> Panel:
    timeline = a_week(AGI) if event else a_week()
    grounds = grounds_of(agreements())
    return Panel(timeline=timeline, grounds=grounds, theme=LIGHT, stretch=stretch)


def test_a_key_shows_its_label_alone() -> None:
    assert key_of("aws", 1, bold=False) != key_of("aws", 2, bold=False)
    assert key_of("aws", 1, bold=False).split("\x1f")[0] == "aws"


def test_bands_change_where_regimes_do() -> None:
    bands: Spec = {"layer": bands_of(panel())}
    edges = [millis(day("2021-01-01")), millis(day("2026-04-27"))]
    assert [row["from"] for row in data_of(bands, "rule")] == edges
    (band,) = data_of(bands, "rect")
    assert [band["from"], band["until"]] == edges


def test_what_lies_outside_is_cut_off() -> None:
    assert clipped(WHOLE, None, day("2030-01-01")) == (SINCE, UNTIL)
    assert clipped(WHOLE, day("2021-01-01"), None) == (day("2021-01-01"), UNTIL)


def test_an_event_has_a_row_of_its_own_where_it_is_in_the_picture() -> None:
    shown = panel(event=True)
    spec = framed(shown, ["a"], 20, "A", events_of(shown))
    assert texts_of(spec) == ["agi (event, 2024-06-01)"]
    assert [row["row"] for row in data_of(spec, "point")] == [EVENTS, "a"]
    early = panel(event=True, stretch=Stretch(since=SINCE, until=day("2022-01-01")))
    assert events_of(early) == []
    assert [row["row"] for row in data_of(framed(early, ["a"], 20, "A", []), "point")] == ["a"]


def test_the_axis_shows_labels_not_keys() -> None:
    (anchor,) = layers_of(framed(panel(), ["a"], 20, "A", []), "point")
    assert "split" in anchor["encoding"]["y"]["axis"]["labelExpr"]
