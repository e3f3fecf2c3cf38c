"""What is done in small steps is what would be done in one."""

import pytest

from detente.canonical.guardrail import Treatment
from detente.guardrails.fitting import AT_ONCE_MAX, drained, fitting
from detente.guardrails.judging import Judged
from detente.guardrails.masking import mask_of
from detente.guardrails.policy import Applied
from detente.guardrails.pseudonyms import Pseudonyms
from detente.guardrails.screening import Found, Looked

KEY = bytes(32)


def _found(start: int, end: int, category: str = "email") -> Found:
    return Found(start=start, end=end, category=category, detector="d")


def _fit(text: str, told: list[Judged]) -> tuple[str, int]:
    """The text as it goes out, and in how many steps it was made."""
    looked = Looked(found=tuple(one.found for one in told))
    work = fitting((text,), (looked,), (told,), (), Pseudonyms(KEY))
    steps = 0
    while True:
        try:
            next(work)
            steps += 1
        except StopIteration as end:
            return end.value.get(0, text), steps


def _words(count: int, treatments: list[Treatment]) -> tuple[str, list[Judged]]:
    """Words that are all found, the first of which is no stand-in's neighbour."""
    words = [f"w{number}" for number in range(count)]
    text, told, at = "", list[Judged](), 0
    for number, word in enumerate(words):
        text += word + " "
        treatment = treatments[number % len(treatments)]
        applied = Applied(treatment=treatment, policy="p")
        told.append(Judged(found=_found(at, at + len(word)), applied=applied))
        at = len(text)
    return text, told


@pytest.mark.parametrize("count", [0, 1, AT_ONCE_MAX - 1, AT_ONCE_MAX, AT_ONCE_MAX + 1, 1_000])
@pytest.mark.parametrize(
    "treatments",
    [["pseudonymise"], ["mask"], ["pseudonymise", "mask"], ["flag", "pseudonymise", "allow"]],
    ids=" ".join,
)
def test_all_that_was_found_is_replaced(count: int, treatments: list[Treatment]) -> None:
    text, told = _words(count, treatments)
    known = Pseudonyms(KEY)
    expected = ""
    for number in range(count):
        word = f"w{number}"
        treatment = treatments[number % len(treatments)]
        if treatment == "pseudonymise":
            word = known.of("email", word)
        elif treatment == "mask":
            word = mask_of("email")
        expected += word + " "
    assert _fit(text, told)[0] == expected


def test_many_stand_ins_are_made_in_several_steps() -> None:
    _, steps = _fit(*_words(1_000, ["pseudonymise"]))
    assert steps >= 1_000 // AT_ONCE_MAX


def test_what_needs_no_change_is_none() -> None:
    text, told = _words(3, ["flag"])
    looked = Looked(found=tuple(one.found for one in told))
    assert drained(fitting((text,), (looked,), (told,), (), Pseudonyms(KEY))) == {}
