"""The marks that the picture is made of."""

from datetime import timedelta

import pytest

from detente.pictures.marks import along, facts, fits, millis, spoken, ticks
from detente.pictures.ranges import Stretch
from tests.agreements.scenes import day


def stretch(days: float) -> Stretch:
    since = day("2023-03-14")
    return Stretch(since=since, until=since + timedelta(days=days))


def test_time_is_counted_as_javascript_counts() -> None:
    assert millis(day("1970-01-02")) == 86_400_000


def test_a_text_fits_where_it_has_room() -> None:
    year = stretch(365)
    assert fits("held", year.since, year.since + timedelta(days=40), year, 940)
    assert not fits("held", year.since, year.since + timedelta(days=4), year, 940)


@pytest.mark.parametrize(
    ("days", "form"),
    [(4000, "%Y"), (500, "%b %Y"), (90, "%-d %b %Y"), (20, "%-d %b %Y"), (1, "%-d %b %H:%M")],
)
def test_ticks_suit_the_stretch(days: int, form: str) -> None:
    assert ticks(stretch(days))["format"] == form


def test_the_axis_is_in_utc() -> None:
    scale = along(stretch(1), None)["scale"]
    assert scale == {
        "type": "utc",
        "domain": [millis(day("2023-03-14")), millis(day("2023-03-15"))],
        "nice": False,
    }


def test_facts_are_shown_and_read_aloud() -> None:
    rows = [facts({"state": "held", "quote": "a week later"}), facts({"state": "open"})]
    assert rows[0]["said"] == "state: held. quote: a week later"
    said = spoken(rows)
    assert said["tooltip"] == [
        {"field": "fact_state", "type": "nominal", "title": "state"},
        {"field": "fact_quote", "type": "nominal", "title": "quote"},
    ]
    assert spoken([{"row": "a"}]) == {}
