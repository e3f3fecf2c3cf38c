"""The panel of tracks."""

from detente.pictures.marks import millis
from detente.pictures.ranges import Stretch
from detente.pictures.tracks import rows_of, tracks_panel
from tests.agreements.scenes import day
from tests.pictures.scenes import a_week
from tests.pictures.test_frame import panel
from tests.pictures.vega import data_of, layers_of, texts_of


def test_a_model_is_a_heading_over_its_tracks() -> None:
    rows = rows_of(a_week().tracks)
    assert [row.key.split("\x1f")[0] for row in rows] == [
        "openai/gpt-4",
        "openai · openai",
        "azure · microsoft",
        "aws · amazon",
    ]
    assert [row.track is None for row in rows] == [True, False, False, False]


def test_a_hold_is_an_empty_frame_from_day_to_day() -> None:
    spec = tracks_panel(panel(), a_week().tracks, "all")
    frames = [layer for layer in layers_of(spec, "bar") if "strokeDash" in layer["mark"]]
    assert len(frames) == 1
    assert frames[0]["mark"]["fillOpacity"] == 0
    (held,) = frames[0]["data"]["values"]
    assert [held["from"], held["until"]] == [millis(day("2023-03-14")), millis(day("2023-03-21"))]
    assert held["fact_quote"] == "“a week later”"


def test_releases_and_clauses_are_written_where_there_is_room() -> None:
    spec = tracks_panel(panel(), a_week().tracks, "all")
    assert "released 2023-03-14" in texts_of(spec)
    assert "closed: deal/sole" in texts_of(spec)
    assert not any(text.startswith("held") for text in texts_of(spec))
    near = panel(stretch=Stretch(since=day("2023-03-10"), until=day("2023-03-25")))
    magnified = tracks_panel(near, a_week().tracks, "near")
    assert "held: deal/lag" in texts_of(magnified)


def test_nothing_is_drawn_outside_the_stretch() -> None:
    near = Stretch(since=day("2023-03-16"), until=day("2023-03-18"))
    for row in data_of(tracks_panel(panel(stretch=near), a_week().tracks, "near"), "bar"):
        assert millis(near.since) <= row["from"] < row["until"] <= millis(near.until)
