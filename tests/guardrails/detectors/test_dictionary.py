"""Words of the customer's own, in every spelling that is the same, as whole words or not."""

import sys
import time
from random import Random
from string import ascii_lowercase
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.detectors.dictionary import AROUND, Dictionary, small


def found(
    words: tuple[str, ...], text: str, *, case: bool = False, whole_words: bool = True
) -> list[str]:
    made = Dictionary("d", "client", words, case=case, whole_words=whole_words)
    return [text[one.start : one.end] for one in made.find(text)]


@pytest.mark.parametrize(
    ("words", "text", "hits"),
    [
        (("acme",), "ACME and acme, not acmes or macme", ["ACME", "acme"]),
        (("acme",), "project_acme_2, acme-x; acme2", ["acme", "acme"]),
        (("a b", "b c"), "a b c", ["a b c"]),
        (("cat", "cat food"), "cat foods", ["cat"]),
        (("Straße",), "STRASSE, straße, STRAßE", ["straße", "STRAßE"]),
        (("ὀδός",), "ὈΔΌΣ ὀδόσ", ["ὈΔΌΣ", "ὀδόσ"]),
        (("İzmir",), "İZMİR izmir", ["İZMİR", "izmir"]),
        (("東京",), "私は東京に住む", ["東京"]),
        (("กรุงเทพ",), "ไปกรุงเทพแล้ว", ["กรุงเทพ"]),
        (("cafe",), "cafe\u0301 cafe", ["cafe"]),
        (("C++",), "C++, C+++, xC++", ["C++", "C++"]),
        (
            ("acme",),
            "\uff41\uff43\uff4d\uff45 ac\u200bme",
            ["\uff41\uff43\uff4d\uff45", "ac\u200bme"],
        ),
        (("John\u00a0Doe",), "john doe", ["john doe"]),
        ((), "nothing", []),
    ],
)
def test_whole_words(words: tuple[str, ...], text: str, hits: list[str]) -> None:
    assert found(words, text) == hits


def test_composed_and_decomposed_letters_are_the_same() -> None:
    for word in ("Ätna", normalize("NFD", "Ätna")):
        for text in ("in ÄTNA", normalize("NFD", "in ätna")):
            assert found((word,), text) == [text[3:]]


def test_parts_of_words_where_that_is_asked() -> None:
    assert found(("acme",), "macmes", whole_words=False) == ["acme"]


def test_capitals_count_where_that_is_asked() -> None:
    assert found(("Acme",), "acme Acme ACME", case=True) == ["Acme"]


@given(st.text(max_size=30))
def test_small_letters_stand_where_the_capitals_stood(text: str) -> None:
    assert len(small(text)) == len(text)
    assert small(small(text)) == small(text)


@given(
    words=st.lists(st.text("abAB ", min_size=1, max_size=4).filter(str.strip), max_size=6),
    text=st.text("abAB _é", max_size=30),
)
def test_without_boundaries_it_finds_what_a_search_finds(words: list[str], text: str) -> None:
    made = Dictionary("d", "c", words, case=False, whole_words=False)
    covered = {place for one in made.find(text) for place in range(one.start, one.end)}
    expected = {
        place
        for word in words
        for at in range(len(text))
        if text.lower().startswith(word.strip().lower(), at)
        for place in range(at, at + len(word.strip()))
    }
    assert covered == expected
    assert made.look_back == max((len(word.strip()) for word in words), default=0) + AROUND


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert found(("acme",), "\ud800 acme") == ["acme"]


@pytest.mark.parametrize(
    ("word", "said"),
    [(" ", "empty word"), ("x" * 257, "257 characters; 256"), ("a\ud800", "surrogate")],
)
def test_a_word_that_cannot_be_looked_for_is_told(word: str, said: str) -> None:
    with pytest.raises(DetectorError, match=said) as caught:
        found((word,), "")
    assert word.strip() == "" or word not in str(caught.value)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", None)
    with pytest.raises(DetectorError, match=r"detente\[guardrails\]"):
        found(("a",), "a")


def test_ten_thousand_words_cost_microseconds() -> None:
    """50 µs are allowed for 2 KB; a machine that does much else is given more."""
    chance = Random(1)
    words = [
        "".join(chance.choices(ascii_lowercase, k=chance.randint(5, 12))) for _ in range(10_000)
    ]
    text = " ".join(
        "".join(chance.choices(ascii_lowercase, k=chance.randint(2, 9))) for _ in range(400)
    )[:2_048]
    made = Dictionary("d", "c", words, case=False, whole_words=True)
    best_s = 1.0
    for _ in range(20):
        began = time.process_time()
        for _ in range(20):
            list(made.find(text))
        best_s = min(best_s, (time.process_time() - began) / 20)
    assert best_s < 200e-6
