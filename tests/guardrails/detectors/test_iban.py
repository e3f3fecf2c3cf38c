"""International bank account numbers and what only looks like one."""

from importlib import resources

import pytest
from stdnum import iban as standard

from detente.guardrails.detectors.iban import LENGTHS, Iban


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in Iban().find(text)]


FULL_WIDTH = "\uff24\uff25\uff18\uff19370400440532013000"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("DE89370400440532013000", ["DE89370400440532013000"]),
        ("to DE89 3704 0044 0532 0130 00 by Monday", ["DE89 3704 0044 0532 0130 00"]),
        ("GB29-NWBK-6016-1331-9268-19.", ["GB29-NWBK-6016-1331-9268-19"]),
        ("fr1420041010050500013m02606", ["fr1420041010050500013m02606"]),
        ("NO9386011117947", ["NO9386011117947"]),
        ("MT84MALT011000012345MTLCAST001S", ["MT84MALT011000012345MTLCAST001S"]),
        ("DE89\u00a03704\u00a00044 0532 0130 00", ["DE89\u00a03704\u00a00044 0532 0130 00"]),
        ("DE89370\u200b400440532013000", ["DE89370\u200b400440532013000"]),
        ("\uff24\uff25\uff18\uff1970400440532013000", []),
        (FULL_WIDTH, [FULL_WIDTH]),
        (
            "NO9386011117947 DE89370400440532013000",
            ["NO9386011117947", "DE89370400440532013000"],
        ),
    ],
)  # fmt: skip
def test_numbers(text: str, numbers: list[str]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "DE88370400440532013000", "DE8937040044053201300", "DE893704004405320130001",
        "XX89370400440532013000", "XDE89370400440532013000", "DE89  370400440532013000",
        "AB12 3456", "GB29", "DE89370400440532013000X",
    ],
)  # fmt: skip
def test_what_only_looks_like_one(text: str) -> None:
    assert found(text) == []


def test_lengths_are_those_of_the_registry() -> None:
    table = resources.files(standard.__package__ or "stdnum").joinpath("iban.dat").read_text()
    countries = {line[:2] for line in table.splitlines() if 'bban="' in line}
    assert countries == set(LENGTHS)
    for line in table.splitlines():
        if 'bban="' in line:
            parts = line.split('bban="')[1].rstrip('"').replace("!", "").split("n")
            numbers = "".join(one if one.isdigit() else " " for one in "n".join(parts)).split()
            assert LENGTHS[line[:2]] == 4 + sum(map(int, numbers)), line
