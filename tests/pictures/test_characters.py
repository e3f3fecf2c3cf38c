"""The chart in characters: right in 80 columns, and without colours."""

import pytest

from detente.pictures.characters import chart
from detente.pictures.grounds import grounds_of
from detente.pictures.looks import LOOKS
from tests.agreements.scenes import day, loaded
from tests.pictures.scenes import AGI, WORLD, a_week, agreements, drawn

WIDTH = 80


def lines(width: int = WIDTH) -> list[str]:
    return chart(a_week(AGI), grounds_of(agreements()), width=width).plain.splitlines()


def row(found: list[str], label: str) -> str:
    return next(line for line in found if line.startswith(f"  {label}"))


def test_states_stand_where_their_days_are() -> None:
    found = lines()
    azure, aws = row(found, "azure · microsoft"), row(found, "aws · amazon")
    assert azure.count(LOOKS["held"].character) == 1
    assert azure.index(LOOKS["held"].character) == aws.index(LOOKS["closed"].character)
    assert azure.rstrip().endswith(LOOKS["open"].character * 10)
    assert aws.rstrip()[-1] == LOOKS["open"].character
    share = aws.index(LOOKS["closed"].character) - len("  openai · openai  ")
    assert share / 60 == pytest.approx(3.2 / 7, abs=0.08)


def test_no_row_is_wider_than_the_terminal() -> None:
    for width in (50, 80, 200):
        chart_of = lines(width)
        end = chart_of.index("Agreements in force")
        assert max(len(line) for line in chart_of[:end]) <= width


def test_years_are_named_above_their_first_day() -> None:
    axis = lines()[0]
    assert [f"{year}" in axis for year in range(2020, 2027)] == [True] * 7


def test_an_agreement_is_dotted_where_its_start_is_open() -> None:
    regime = next(line for line in lines() if line.startswith("deal"))
    bar = regime.removeprefix("deal").strip()
    assert bar.strip("┄━") == ""
    assert bar.index("━") > 0
    assert "┄" not in bar[bar.index("━") :]


def test_the_words_below_say_what_cut_time() -> None:
    text = "\n".join(lines())
    assert "▼ 2024-06-01  agi (event)" in text
    assert "▿ 2023-03-14  openai/gpt-4 (released)" in text
    assert "2021-01-01…2021-07-01 to 2026-04-27  The deal (deal)" in text
    assert "2023-03-14 to 2023-03-21  held at azure/gpt-4: deal/lag" in text
    assert "2023-03-14 to 2026-04-27  closed at aws/gpt-4: deal/sole" in text


def test_the_legend_names_only_what_occurs() -> None:
    found = chart(drawn(WORLD, loaded()), {}, width=WIDTH).plain
    assert LOOKS["open"].words in found
    assert LOOKS["closed"].words not in found


@pytest.mark.parametrize(
    ("since", "until", "named"),
    [("2023-03-01", "2023-04-01", "2023-03-06"), ("2023-01-01", "2024-06-01", "Mar 23")],
)
def test_short_windows_have_days_and_months(since: str, until: str, named: str) -> None:
    found = a_week()
    short = type(found)(
        since=day(since),
        until=day(until),
        tracks=found.tracks,
        regimes=found.regimes,
        marks=found.marks,
    )
    assert named in chart(short, grounds_of(agreements()), width=100).plain.splitlines()[0]
