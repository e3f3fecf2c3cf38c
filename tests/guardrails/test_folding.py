"""Text in one spelling, and where everything stood before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.detector import Finding
from detente.guardrails.folding import INVISIBLE_MAX, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain 123", "plain 123"),
        ("\uff14\uff11\uff15", "415"),
        ("\u0661\u0662\u0663", "123"),
        ("\u096a\u0967", "41"),
        ("\U0001d7ce\U0001d7cf", "01"),
        ("a\uff20b\uff0ecom", "a@b.com"),
        ("1\u20112\u20133\u22124", "1-2-3-4"),
        ("1\u00a02\u202f3\u30004", "1 2 3 4"),
        ("caf\u00e9 \u20ac", "caf\u00e9 \u20ac"),
        ("one\u2014two", "one\u2014two"),
        ("\u597d\uff0c\u662f\uff01", "\u597d\uff0c\u662f\uff01"),
        ("\u00b2 \u2460", "\u00b2 \u2460"),
        ("a\u200bb\u00adc\ufeff", "abc"),
        ("a" + "\u200b" * INVISIBLE_MAX + "b", "ab"),
        ("a" + "\u200b" * (INVISIBLE_MAX + 1) + "b", "a" + "\u200b" * (INVISIBLE_MAX + 1) + "b"),
    ],
)
def test_a_text_has_one_spelling(text: str, folded: str) -> None:
    assert fold(text).text == folded


def test_what_is_folded_one_for_one_stands_where_it_stood() -> None:
    assert fold("\uff11\uff12").original(0, 2) == (0, 2)


def test_a_range_takes_the_invisible_characters_inside_with_it() -> None:
    folding = fold("a\u200b\u200bb\u200bc")
    assert folding.text == "abc"
    assert folding.original(0, 2) == (0, 4)
    assert folding.original(1, 3) == (3, 6)
    found = list(folding.findings(iter([Finding(start=1, end=2, category="x", severity=1)])))
    assert found == [Finding(start=3, end=4, category="x", severity=1)]


@given(st.text(alphabet="a1\u200b\u00ad\uff11\u0661\u2011\u00a0\u00e9", max_size=60))
def test_every_folded_character_is_the_likeness_of_the_one_that_stood_there(text: str) -> None:
    folding = fold(text)
    for index, one in enumerate(folding.text):
        start, end = folding.original(index, index + 1)
        assert end == start + 1
        assert fold(text[start]).text in {one, ""}
