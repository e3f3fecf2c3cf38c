"""The forms of identification numbers, by country."""

from importlib.util import find_spec

import pytest

from detente.guardrails.identities import CHARACTERS_MAX, FORMS, Identity, passes


def every_form() -> list[Identity]:
    return [form for forms in FORMS.values() for form in forms]


def test_countries_are_in_order_and_have_forms() -> None:
    assert list(FORMS) == sorted(FORMS)
    assert all(FORMS.values())


def test_every_check_is_there() -> None:
    checks = {form.check for form in every_form()} - {""}
    assert [check for check in checks if find_spec(f"stdnum.{check}") is None] == []


def test_what_has_no_check_has_letters_in_their_places() -> None:
    unchecked = [form.pattern.pattern for form in every_form() if not form.check]
    assert unchecked
    assert all("A-CEGHJ" in pattern for pattern in unchecked)


@pytest.mark.parametrize(
    ("check", "number", "passed"),
    [
        ("us.ssn", "536-22-8726", True),
        ("us.ssn", "536 22 8726", True),
        ("us.ssn", "000-22-8726", False),
        ("se.personnummer", "880320-0016", True),
        ("ch.ssn", "756.9217.0769.85", True),
        ("ch.ssn", "756.9217.0769.86", False),
        ("", "anything", True),
    ],
)
def test_checks(check: str, number: str, passed: bool) -> None:
    assert passes(check, number) == passed


def test_forms_are_no_longer_than_is_looked_back() -> None:
    longest = "2 95 10 99 126 111 93"
    assert len(longest) <= CHARACTERS_MAX + 1
