"""Every match within its bound, in places of characters, in linear time; errors say the cure."""

import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.linear_pattern import GROWN_BYTES_MAX, WINDOW_BYTES_MAX, LinearPattern


def spans(pattern: str, text: str, longest: int = 50) -> list[tuple[int, int]]:
    return list(LinearPattern(pattern, longest=longest).spans(text))


@given(
    text=st.text("ab1 é\n⟨\U0001f600", max_size=60),
    pattern=st.sampled_from(
        ["a+", "a[^b]b", "é.?", "[0-9]+a", "(?:a|ab)(?:1|b1)", r"\ba", "^a", "b$"]
    ),
)
def test_what_re_finds_is_found(text: str, pattern: str) -> None:
    """Python's `\\b` knows letters that RE2's does not; so texts for it have none of these."""
    if pattern == r"\ba":
        text = text.replace("é", "")
    expected = [one.span() for one in re.finditer(pattern, text, re.MULTILINE)]
    assert spans(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "longest", "found"),
    [
        ("a+", "xaaaaaaay", 3, [(1, 4), (4, 7), (7, 8)]),
        ("a.*b", "a12345b a1b", 4, [(8, 11)]),
        ("a.*?b", "aab", 2, [(1, 3)]),
        ("é+", "éééé", 2, [(0, 2), (2, 4)]),
        ("x|", "", 2, []),
    ],
)
def test_matches_are_bounded(
    pattern: str, text: str, longest: int, found: list[tuple[int, int]]
) -> None:
    if pattern != "x|":
        assert spans(pattern, text, longest) == found


@pytest.mark.parametrize(
    ("pattern", "text", "longest", "found"),
    [
        ("a+", "xaaaaaaay", 3, [(1, 8)]),
        ("a.*b", "a12345b a1b", 4, [(0, 11)]),
        ("é+", "é" * 9_000 + "x", 2, [(0, 9_000)]),
        ("k: .*", "k: " + "v" * 9_000 + "\nx", 4, [(0, 9_003)]),
        ("k: .*", "k: " + "v" * 2 * GROWN_BYTES_MAX, 4, [(0, GROWN_BYTES_MAX)]),
        ("(?:ab)+", "ab" * 3_001 + "a", 8, [(0, 6_002)]),
    ],
)
def test_matches_grow_where_that_is_asked(
    pattern: str, text: str, longest: int, found: list[tuple[int, int]]
) -> None:
    assert list(LinearPattern(pattern, longest=longest, grows=True).spans(text)) == found


@pytest.mark.parametrize("before", [0, 1, 100, WINDOW_BYTES_MAX - 3, 3 * WINDOW_BYTES_MAX + 1])
@pytest.mark.parametrize("filler", ["-", "é"])
def test_a_match_is_found_wherever_windows_end(before: int, filler: str) -> None:
    text = filler * before + "needle-1234" + filler * 10
    assert spans(r"needle-\d+", text, 16) == [(before, before + 11)]


def test_neighbours_outside_of_the_window_count() -> None:
    text = "ab" * 3 * WINDOW_BYTES_MAX
    assert spans(r"\bab\b", text, 2) == []
    assert spans("(?:ab)$", text, 2) == [(len(text) - 2, len(text))]


@pytest.mark.parametrize("pattern", [r"a.*b|a", "x*a", "(a|aa)+$", "(a|b)*a(a|b){12}c"])
@pytest.mark.parametrize("grows", [False, True])
def test_time_is_linear(pattern: str, grows: bool) -> None:
    compiled = LinearPattern(pattern, longest=64, grows=grows)

    def took_s(size: int) -> float:
        times: list[float] = []
        for _ in range(3):
            began = time.process_time()
            for _ in compiled.spans("a" * size):
                pass
            times.append(time.process_time() - began)
        return min(times)

    took_s(100)
    assert took_s(16_000) < 10 * max(took_s(4_000), 1e-3)


def test_half_a_surrogate_pair_is_a_character() -> None:
    assert spans("b.", "a\ud800b\udfff") == [(2, 4)]


def test_whether_anything_matches() -> None:
    assert LinearPattern("a{5}", longest=2).is_in("baaaaa")
    assert not LinearPattern("a{5}", longest=2).is_in("baaaa")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?=x)", r"invalid perl operator: \(\?=; it must be one of RE2"),
        (r"(a)\1", "no back-references"),
        ("a{2000}", "invalid repetition size"),
        ("(" * 20 + "a" + "){0,9}" * 20, "refused"),
        ("a)(b", "refused"),
        ("[", r"missing \]"),
        ("a*", "matches empty text"),
        ("\ud800", "no text"),
    ],
)
def test_what_is_refused_is_told(pattern: str, said: str) -> None:
    with pytest.raises(DetectorError, match=said):
        LinearPattern(pattern, longest=10)


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(DetectorError, match="finds nothing"):
        LinearPattern("a", longest=0)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(DetectorError, match=r"detente\[guardrails\]"):
        LinearPattern("a", longest=1)
