"""Detectors of a configuration: its own, and the built-in ones as it sets them."""

import pytest

from detente.guardrails import making
from detente.guardrails.detector_error import DetectorError
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.detectors.pattern import Pattern
from detente.guardrails.making import (
    OwnDictionary,
    OwnPattern,
    Regional,
    built_in,
    lacking,
    made,
    together,
    words_of,
)


def test_a_dictionary_is_made_of_the_bytes_of_its_file() -> None:
    words = b"\xef\xbb\xbfAnn Example\r\n\r\n  Bo  \n"
    detector = made(OwnDictionary(name="staff", category="person", words=words))
    found = list(detector.find("Ann Example, BO, Bob and Bo"))
    assert [(one.start, one.end, one.category) for one in found] == [
        (0, 11, "person"),
        (25, 27, "person"),
    ]
    loose = OwnDictionary(
        name="staff", category="person", words=b"Bo", ignore_case=True, whole_words=False
    )
    assert len(list(made(loose).find("BO, Bob and Bo"))) == 3


def test_a_pattern_finds_what_it_matches() -> None:
    setting = OwnPattern(name="number", category="staff_number", pattern="EMP-[0-9]{6}")
    (found,) = made(setting).find("of EMP-123456")
    assert (found.start, found.end, found.category) == (3, 13, "staff_number")


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        (OwnPattern(name="n", category="c", pattern="(?<=a)b"), "refused"),
        (OwnDictionary(name="n", category="c", words=b"\n \n"), "has no words; write one a line"),
        (OwnDictionary(name="n", category="c", words=b"a\n\xff"), "line 2 is not UTF-8"),
        (Regional(name="phone", regions=("US", "UK")), "no numbers of `UK`; leave it out, or"),
        (Regional(name="national_id", regions=("ZZ",)), "no numbers of `ZZ`"),
    ],
)
def test_what_cannot_be_made_says_why(setting: making.Setting, error: str) -> None:
    with pytest.raises(DetectorError, match=error):
        made(setting)


def test_a_built_in_one_is_made_for_some_countries() -> None:
    text = "please call 030 901820"
    german, american = (made(Regional(name="phone", regions=(one,))) for one in ("DE", "US"))
    assert [text[one.start : one.end] for one in german.find(text)] == ["030 901820"]
    assert list(american.find(text)) == []
    assert made(Regional(name="national_id", regions=("US",))).name == "national_id"


def test_own_ones_come_after_the_built_in_ones_or_in_their_place() -> None:
    own = made(OwnPattern(name="own", category="c", pattern="a"))
    first = DETECTORS[0]
    instead = Pattern(first.name, first.categories[0], "a", look_back=1)
    found = together({"own": own, first.name: instead})
    assert found == (instead, *DETECTORS[1:], own)
    assert together({}) == DETECTORS


def test_the_configuration_may_know_every_built_in_detector() -> None:
    known = built_in()
    assert list(known) == [detector.name for detector in DETECTORS]
    assert {name for name, one in known.items() if one.settings} == set(making.REGIONAL)


def test_what_is_not_installed_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacking("dictionary") is None
    assert lacking("no_such_detector") is None
    monkeypatch.setattr(making, "PACKAGES", {"pattern": ("no_re2", "google-re2")})
    assert "install `detente[guardrails]`" in str(lacking("pattern"))


def test_words_are_lines_without_the_spaces_around_them() -> None:
    assert words_of(b"a\r\nb c \n\n") == ("a", "b c")
