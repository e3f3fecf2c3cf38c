"""Detectors take time in proportion to a text, whatever it repeats."""

import time
from collections.abc import Iterator

import pytest

from detente.guardrails.detector import Detector, Finding
from tests.fuzz.detecting import EVERY, LAWS, SEEDS, SHAPES, detector
from tests.fuzz.test_bounds import uncollected

SMALL, LARGE = 5_000, 20_000
RATIO_MAX = 9.0
"""Four times the text takes about four times as long, sixteen times where it is quadratic; the rest
is for a busy machine."""
NEGLIGIBLE_S = 0.01
"""What is done sooner with 20 KB is not worth a ratio."""
LOOKS_MAX = 16


def took_s(one: Detector, text: str) -> float:
    began = time.process_time()
    for _ in one.find(text):
        pass
    return time.process_time() - began


def sized(shape: str, characters: int) -> str:
    return (shape * (characters // len(shape) + 1))[:characters]


def ratio(one: Detector, shape: str) -> float:
    """How much longer four times the text takes; the least of a few looks."""
    large = min(took_s(one, sized(shape, LARGE)) for _ in range(2))
    small = max(min(took_s(one, sized(shape, SMALL)) for _ in range(2)), 1e-4)
    return large / small


@pytest.mark.long
@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_time_is_in_proportion(one: Detector) -> None:
    with uncollected():
        took_s(one, "warm")
        for name, shape in SHAPES.items():
            if took_s(one, sized(shape, LARGE)) < NEGLIGIBLE_S:
                continue
            looks = (ratio(one, shape) for _ in range(LOOKS_MAX))
            assert any(look < RATIO_MAX for look in looks), name


@pytest.mark.parametrize("name", LAWS)
def test_shapes_hold_the_law(name: str) -> None:
    for shape in SHAPES.values():
        LAWS[name](sized(shape, 200).encode("utf-8", "surrogatepass"))


class Liar:
    """Tells a finding outside of the text."""

    name = "liar"
    categories = ("lie",)
    look_back = 1

    def find(self, text: str) -> Iterator[Finding]:
        yield Finding(start=0, end=len(text) + 1, category="lie")


def test_what_cannot_be_is_seen() -> None:
    with pytest.raises(AssertionError):
        detector(Liar(), SEEDS[0])
