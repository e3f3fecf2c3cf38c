"""Numbering plans: the same answers as the library that they are from."""

import random

import phonenumbers
import pytest

from detente.guardrails.dialling import (
    DIGITS_MIN,
    dialled_lengths,
    in_region,
    is_international,
    is_region,
)

REGIONS = (
    *("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "CN", "JP", "IN"),
    *("MX", "AR", "CA", "AU", "SE", "CH"),
)
TRIED = 300
LEADING_ZERO = ("IT", "AR")
"""Regions with numbers whose own first digit is a 0, which is no prefix."""


def drawn(region: str) -> list[str]:
    """Numbers near those that exist: examples of every kind with some digits changed."""
    source = random.Random(region)
    kinds = (phonenumbers.example_number_for_type(region, kind) for kind in range(10))
    examples = [phonenumbers.national_significant_number(one) for one in kinds if one]
    numbers: list[str] = []
    for _ in range(TRIED):
        digits = list(source.choice(examples))
        for _ in range(source.randrange(5)):
            digits[source.randrange(len(digits))] = source.choice("0123456789")
        numbers.append("".join(digits))
    return [number for number in numbers if len(number) > DIGITS_MIN]


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_exist_that_the_library_says_exist(region: str) -> None:
    code = phonenumbers.country_code_for_region(region)
    answers: set[bool] = set()
    for number in drawn(region):
        theirs = phonenumbers.is_valid_number(phonenumbers.parse(f"+{code}{number}"))
        assert is_international(f"{code}{number}") == theirs, number
        answers.add(theirs)
    assert answers == {True, False}


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_are_written_as_the_library_writes_them(region: str) -> None:
    for number in drawn(region):
        parsed = phonenumbers.parse(number, region)
        if not phonenumbers.is_valid_number_for_region(parsed, region):
            continue
        written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        digits = "".join(one for one in written if one.isdigit())
        found = in_region(digits, region)
        assert found is not None, written
        assert found.has_prefix == written.lstrip("(").startswith("0") or region in LEADING_ZERO
        groups = "".join(one if one.isdigit() else " " for one in written).split()
        breaks = {sum(map(len, groups[index:])) for index in range(1, len(groups))}
        assert {one for one in breaks if one < len(number)} >= found.breaks or region == "AR"


@pytest.mark.parametrize(
    "digits", ["", "1", "123456", "14155550132" * 2, "0123456789", "99912345678", "2100000000"]
)
def test_what_is_no_number(digits: str) -> None:
    assert not is_international(digits)


def test_numbers_of_no_country() -> None:
    assert is_international("80012345678")


def test_how_many_digits_are_dialled() -> None:
    assert 10 in dialled_lengths(("US",))
    assert 9 not in dialled_lengths(("US",))
    assert dialled_lengths(("US", "FR")) == dialled_lengths(("US",)) | dialled_lengths(("FR",))
    assert dialled_lengths(("XX",)) == frozenset()


def test_regions_that_there_are() -> None:
    assert is_region("GB")
    assert not is_region("XX")
    assert in_region("4155550132", "XX") is None
    assert in_region("555013", "US") is None
