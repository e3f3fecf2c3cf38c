"""Patterns of the customer's own."""

import pytest
from tests.guardrails.holding import let_go

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.detectors.pattern import AROUND, LOOK_BACK_MAX, Pattern


def found(pattern: Pattern, text: str) -> list[str]:
    return [text[one.start : one.end] for one in pattern.find(text)]


def test_findings_have_the_category() -> None:
    pattern = Pattern("cases", "case_number", r"\bCASE-\d{6}\b", look_back=12)
    text = "see CASE-123456, XCASE-123456 and CASE-1234567"
    assert [(one.start, one.end, one.category) for one in pattern.find(text)] == [
        (4, 15, "case_number")
    ]
    assert (pattern.name, pattern.categories) == ("cases", ("case_number",))


def test_digits_of_every_script_and_full_width_forms() -> None:
    text = "CASE-\uff11\uff12\u0663\u200b4 and CASE\uff1a1"
    assert found(Pattern("n", "c", r"CASE-\d{4}", look_back=12), text) == [
        "CASE-\uff11\uff12\u0663\u200b4"
    ]
    assert found(Pattern("n", "c", "CASE\uff1a1", look_back=12), text) == ["CASE\uff1a1"]


def test_what_is_found_in_either_spelling_is_told_once() -> None:
    assert found(Pattern("n", "c", r"[A-Z]+.?", look_back=12), "CASE\uff11") == ["CASE\uff11"]


@pytest.mark.parametrize("look_back", [8, LOOK_BACK_MAX, 10 * LOOK_BACK_MAX])
def test_the_look_back_has_room_for_the_neighbours(look_back: int) -> None:
    pattern = Pattern("n", "c", "a+", look_back=look_back)
    assert pattern.look_back == min(look_back, LOOK_BACK_MAX) + AROUND


@pytest.mark.parametrize("size", [1, 7, 40])
def test_what_goes_on_is_held_in_a_stream(size: int) -> None:
    pattern = Pattern("n", "c", "token: .*", look_back=10)
    text = "before token: " + "secret words " * 30 + "\nafter and more to come"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert let_go(pattern, pieces) == "before \nafter and more to come"


def test_a_refused_pattern_is_told() -> None:
    with pytest.raises(DetectorError, match="RE2"):
        Pattern("n", "c", "(?<!a)b", look_back=8)
