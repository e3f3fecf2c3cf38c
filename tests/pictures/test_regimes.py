"""The panel of agreements."""

from detente.pictures.marks import millis
from detente.pictures.regimes import regimes_panel
from tests.agreements.scenes import day
from tests.pictures.test_frame import panel
from tests.pictures.vega import data_of, layers_of, texts_of


def test_ruling_agreements_come_first() -> None:
    spec = regimes_panel(panel())
    labels = [row["row"].split("\x1f")[0] for row in data_of(spec, "point")]
    assert labels == ["The deal", "Sale & <b>more</b>"]


def test_a_range_is_a_frame_beside_the_bar() -> None:
    spec = regimes_panel(panel())
    frames = [layer for layer in layers_of(spec, "bar") if "strokeDash" in layer["mark"]]
    (range_,) = frames[0]["data"]["values"]
    assert [range_["from"], range_["until"]] == [
        millis(day("2021-01-01")),
        millis(day("2021-07-01")),
    ]
    sure = [row for row in data_of(spec, "bar") if row["from"] == millis(day("2021-07-01"))]
    assert [row["until"] for row in sure] == [millis(day("2026-04-27"))]


def test_dates_are_written_out() -> None:
    assert sorted(texts_of(regimes_panel(panel()))) == [
        "2021-01-01…2021-07-01 to 2026-04-27",
        "at all times",
    ]
