"""The report of `detente screen`: forms in place of words, and what is bad news."""

import json

import pytest

from detente.canonical.guardrail import Treatment
from detente.cli.screen_report import (
    Part,
    Place,
    Screening,
    Sighting,
    Told,
    as_json_text,
    form_of,
    print_report,
)
from detente.guardrails.policy import Applied
from detente.guardrails.screening import Found

TEXT = "a\nsee [bold]" + "secret-1" * 20


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def screening(treatment: Treatment = "flag", *, failed: tuple[str, ...] = ()) -> Screening:
    found = Found(start=6, end=len(TEXT), category="secret", detector="d")
    sighting = Sighting(part=Part(text=TEXT), found=found)
    applied = Applied(treatment=treatment, policy="p", look_alike=treatment == "pseudonymise")
    return Screening(
        model="p/m",
        stage="input",
        policies=("p",),
        detectors=("d",),
        found=(sighting,),
        failed=failed,
        places=(
            Place(deployment="x/m", told=(Told(sighting=sighting, applied=applied),)),
            Place(deployment="y/m", told=()),
        ),
    )


def test_a_form_has_no_letter_and_no_digit_of_the_words() -> None:
    assert form_of("Ann: 0151-23, Zoë ٣") == "xxx: 0000-00, xxx 0"


@pytest.mark.parametrize(
    ("found", "blocked"),
    [
        (screening(), False),
        (screening("mask"), False),
        (screening("block"), True),
        (screening(failed=("d",)), True),
    ],
)
def test_what_would_be_blocked_is_bad_news(found: Screening, *, blocked: bool) -> None:
    assert found.is_blocked is blocked
    assert json.loads(as_json_text(found, in_clear=False))["blocked"] is blocked


def test_words_that_look_like_marks_are_shown_as_they_are_and_cut_short(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_report(screening("pseudonymise", failed=("e",)), in_clear=True)
    told = capsys.readouterr().out
    assert "[bold]secret-1" in told
    assert "secret-1…" not in told
    assert "secret…" in told
    assert "detector `e` failed, for which the policies say `block`" in told
    assert "to x/m: secret: pseudonymise as look-alike (p)" in told
    assert "to y/m: everything passes" in told


def test_what_a_terminal_would_act_upon_is_not_printed() -> None:
    found = Found(start=0, end=4, category="secret", detector="d")
    sighting = Sighting(part=Part(text="a\x1b\nb", path="input"), found=found)
    shown = Screening(model="p/m", stage="input", found=(sighting,))
    told = json.loads(as_json_text(shown, in_clear=True))
    assert told["found"][0]["excerpt"] == "a  b"
    assert told["found"][0]["path"] == "input"
    assert (told["found"][0]["line"], told["found"][0]["column"]) == (1, 1)


def test_nothing_found_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(Screening(model="p/m", stage="input", policies=("p",)), in_clear=False)
    assert "nothing is found" in capsys.readouterr().out
