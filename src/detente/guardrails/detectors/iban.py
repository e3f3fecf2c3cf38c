"""International bank account numbers: a country's length, and the check digits modulo 97.

The characters stand together, or in groups with one space or hyphen; in capitals or not. Lengths:
SWIFT's IBAN registry, release 101 (https://www.swift.com/node/11971), as python-stdnum 2.2 carries
it; a test holds the table to it.

>>> [(one.start, one.end) for one in Iban().find("to DE89 3704 0044 0532 0130 00 by Monday")]
[(3, 30)]
"""

import re
from collections.abc import Iterator
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector

CHARACTERS_MAX: Final = 34
"""ISO 13616-1: the longest there may be."""

LENGTHS: Final = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BI": 27,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DJ": 27,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FK": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HN": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "LY": 25,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MN": 20,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NI": 28,
    "NL": 18,
    "NO": 15,
    "OM": 23,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "RU": 33,
    "SA": 24,
    "SC": 31,
    "SD": 18,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "SO": 23,
    "ST": 25,
    "SV": 28,
    "TL": 23,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
    "YE": 30,
}
"""By country, with country and check digits."""

_CHECK_DIGITS: Final = re.compile(
    r"[0-9](?=[0-9][ -]?[0-9A-Za-z])(?<=[A-Za-z]{2}.)(?<![0-9A-Za-z]...)"
)
_NUMBERS: Final = {
    length: re.compile(rf"[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){{{length - 1}}}(?![0-9A-Za-z])")
    for length in set(LENGTHS.values())
}
"""By how many characters they have."""
_VALUES: Final = str.maketrans({chr(ord("A") + at): str(10 + at) for at in range(26)})
"""ISO 13616-1: letters count as numbers of two digits, from `A` for 10."""


class Iban(FoldedDetector):
    """Finds international bank account numbers."""

    name = "iban"
    categories = ("iban",)
    look_back = CHARACTERS_MAX * 2 + 2

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Numbers in a folded text; every pair of check digits is looked at within bounds."""
        reached = 0
        for digits in _CHECK_DIGITS.finditer(text):
            start = digits.start() - 2
            if start < reached or (length := LENGTHS.get(text[start : start + 2].upper())) is None:
                continue
            found = _NUMBERS[length].match(text, start)
            if found is not None and is_iban(found[0]):
                reached = found.end()
                yield Finding(start=start, end=reached, category="iban")


def is_iban(number: str) -> bool:
    """Whether it has its country's length and the right check digits (ISO 7064, MOD 97-10)."""
    compact = number.replace(" ", "").replace("-", "").upper()
    if LENGTHS.get(compact[:2]) != len(compact):
        return False
    moved = compact[4:] + compact[:4]
    return int(moved.translate(_VALUES)) % 97 == 1
