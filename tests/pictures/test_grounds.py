"""What stands behind a span, in words."""

from detente.agreements.timeline import Regime
from detente.pictures.grounds import date, ended, grounds_of, names_of, rules, started, told
from tests.agreements.scenes import day
from tests.pictures.scenes import UNTIL, a_week, agreements


def test_a_span_is_told_with_clause_quote_and_source() -> None:
    found = a_week()
    azure = next(track for track in found.tracks if track.host == "microsoft")
    held = next(span for span in azure.spans if span.state == "held")
    said = told(azure, held, grounds_of(agreements()), UNTIL)
    assert said == {
        "where": "azure/gpt-4 (stateless_api) on microsoft",
        "state": "held back behind another",
        "from": "2023-03-14",
        "until": "2023-03-21",
        "because": held.because.replace("`", ""),
        "clause": "deal/lag (hold)",
        "agreement": "The deal",
        "quote": "“a week later”",
        "source": "page 1",
    }


def test_a_span_that_outlives_the_picture_has_no_end() -> None:
    found = a_week()
    said = told(found.tracks[0], found.tracks[0].spans[-1], grounds_of(agreements()), UNTIL)
    assert "until" not in said
    assert said["from"] == "2023-03-14"


def test_an_agreement_rules_that_takes_something_away() -> None:
    grounds = grounds_of(agreements())
    assert [rules(regime, grounds) for regime in a_week().regimes] == [False, True]


def test_ranges_and_times_of_day_are_told() -> None:
    regime = Regime(
        agreement="a",
        title="A",
        from_=day("2021-01-01"),
        from_latest=day("2021-07-01"),
        until=day("2026-04-27T12:30:00"),
        until_earliest=day("2026-04-27T12:30:00"),
    )
    assert started(regime) == "2021-01-01…2021-07-01"
    assert ended(regime) == "2026-04-27 12:30"
    assert started(Regime(agreement="a", title="A")) == ""
    assert date(day("2021-01-01")) == "2021-01-01"


def test_names_are_short_where_they_are_unique() -> None:
    tracks = a_week().tracks
    assert list(names_of(tracks).values()) == [
        "openai · openai",
        "azure · microsoft",
        "aws · amazon",
    ]
