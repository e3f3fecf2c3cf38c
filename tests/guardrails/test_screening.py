"""What detectors find in a text, told once and in order."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.detector import Detector, Finding
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.folding import FoldedDetector
from detente.guardrails.screening import Found, Screen


class Told:
    """A detector that tells what it was told to tell."""

    def __init__(self, name: str, *findings: Finding, look_back: int = 1) -> None:
        self.name = name
        self.categories: tuple[str, ...] = ("email", "phone")
        self.look_back = look_back
        self.findings = findings

    def find(self, text: str) -> Iterator[Finding]:
        """The same for every text."""
        assert text is not None
        yield from self.findings


class Raising(Told):
    """A detector that raises after what it tells."""

    def find(self, text: str) -> Iterator[Finding]:
        """Some, then an error."""
        yield from super().find(text)
        raise ZeroDivisionError


class Capitals(FoldedDetector):
    """A detector of runs of capitals, in folded text."""

    name = "capitals"
    categories = ("email",)
    look_back = 10

    def find_folded(self, text: str) -> Iterator[Finding]:
        """The first run."""
        start = text.find("AB")
        if start >= 0:
            yield Finding(start=start, end=start + 2, category="email")


def at(start: int, end: int, category: str = "email", severity: int = 3) -> Finding:
    return Finding(start=start, end=end, category=category, severity=severity)


def spans(found: list[Found] | tuple[Found, ...]) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.detector) for one in found]


def test_a_finding_is_severe_unless_it_says_otherwise() -> None:
    assert Finding(start=0, end=1, category="email").severity == 3


def test_findings_come_in_order_with_their_detector() -> None:
    screen = Screen((Told("a", at(5, 7, "phone", 1)), Told("b", at(0, 2))))
    assert screen.find("0123456789") == [
        Found(start=0, end=2, category="email", detector="b", severity=3),
        Found(start=5, end=7, category="phone", detector="a", severity=1),
    ]


@pytest.mark.parametrize(
    ("first", "second", "won", "lost"),
    [
        ([at(0, 4)], [at(2, 8)], [(2, 8, "b")], [(0, 4, "a")]),
        ([at(0, 4)], [at(2, 6)], [(0, 4, "a")], [(2, 6, "b")]),
        ([at(2, 6)], [at(0, 4)], [(2, 6, "a")], [(0, 4, "b")]),
        ([at(0, 4)], [at(0, 4)], [(0, 4, "a")], [(0, 4, "b")]),
        ([at(0, 4)], [at(4, 8)], [(0, 4, "a"), (4, 8, "b")], []),
        ([at(0, 4), at(6, 9)], [at(3, 7)], [(0, 4, "a"), (6, 9, "a")], [(3, 7, "b")]),
        ([at(0, 9)], [at(1, 2), at(3, 5)], [(0, 9, "a")], [(1, 2, "b"), (3, 5, "b")]),
    ],
)
def test_the_longer_wins_and_of_equal_ones_the_earlier_detector(
    first: list[Finding],
    second: list[Finding],
    won: list[tuple[int, int, str]],
    lost: list[tuple[int, int, str]],
) -> None:
    looked = Screen((Told("a", *first), Told("b", *second))).look("0123456789")
    assert spans(looked.found) == won
    assert spans(looked.beaten) == lost
    assert looked.failed == ()


def test_a_detector_that_raises_is_named_and_what_it_found_counts() -> None:
    looked = Screen((Raising("a", at(0, 1)), Told("b", at(2, 3)))).look("0123")
    assert looked.failed == ("a",)
    assert spans(looked.found) == [(0, 1, "a"), (2, 3, "b")]


@pytest.mark.parametrize(
    "lie",
    [at(-1, 2), at(2, 2), at(3, 2), at(0, 5), at(0, 1, "iban"), at(0, 1, severity=0),
     at(0, 1, severity=4)],
)  # fmt: skip
def test_a_detector_that_tells_what_cannot_be_has_failed(lie: Finding) -> None:
    looked = Screen((Told("liar", lie, at(1, 2)),)).look("0123")
    assert looked.failed == ("liar",)
    assert spans(looked.found) == [(1, 2, "liar")]


def test_what_is_told_of_folded_text_stands_where_it_stood() -> None:
    text = "x\u200b\uff21\u200bB"
    expected = [(2, 5, "capitals")]
    assert spans(Screen((Capitals(),)).find(text)) == expected
    assert [(one.start, one.end) for one in Capitals().find(text)] == [(2, 5)]


def test_a_screen_looks_back_as_far_as_the_farthest() -> None:
    assert Screen((Told("a", look_back=3), Told("b", look_back=30))).look_back == 30
    assert Screen(()).look_back == 0


def test_no_detectors_find_nothing() -> None:
    assert Screen(()).find("ann@example.com") == []


def test_default_detectors_have_names_of_their_own() -> None:
    names = [detector.name for detector in DETECTORS]
    assert len(set(names)) == len(names)
    assert all(detector.look_back > 0 and detector.categories for detector in DETECTORS)


RANGES = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda two: at(two[0], sum(two)))


@given(st.lists(st.lists(RANGES, max_size=8), max_size=4))
def test_what_is_told_never_overlaps_and_nothing_vanishes(told: list[list[Finding]]) -> None:
    detectors: tuple[Detector, ...] = tuple(
        Told(str(number), *findings) for number, findings in enumerate(told)
    )
    looked = Screen(detectors).look("x" * 40)
    found = looked.found
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert len(found) + len(looked.beaten) == sum(len(findings) for findings in told)
    for one in looked.beaten:
        assert any(
            one.start < other.end
            and other.start < one.end
            and other.end - other.start >= one.end - one.start
            for other in found
        )
