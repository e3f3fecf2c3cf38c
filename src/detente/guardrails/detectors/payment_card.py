"""Numbers of payment cards: a network's range, its lengths, and the Luhn check digit.

The digits stand together, or in the groups that are printed on cards (4-4-4-4, 4-6-5, 4-6-4) with
one space or hyphen. Ranges: ISO/IEC 7812 as the networks publish them, collected at
https://en.wikipedia.org/wiki/Payment_card_number (read 2026-11). Of numbers of sixteen digits made
up at random, about one in forty passes.

>>> [(one.start, one.end) for one in PaymentCard().find("card 4111 1111 1111 1111")]
[(5, 24)]
"""

import re
from collections.abc import Iterator
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector

GROUP_DIGITS: Final = 4
"""Of the first group."""
_NUMBER: Final = re.compile(
    r"[0-9](?<![0-9A-Za-z].)(?<![0-9][.,-].)[0-9]{3}"
    r"(?:[0-9]{8,15}"
    r"|([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3})?"
    r"|([ -])[0-9]{6}\2[0-9]{4,5})"
    r"(?![0-9A-Za-z]|[.,-][0-9])"
)
_NETWORKS: Final = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|3[47][0-9]{13}"
    r"|(?:30[0-5]|3095|36[0-9]|3[89][0-9])[0-9]{11,16}"
    r"|(?:6011|64[4-9][0-9]|65[0-9]{2}|60[0-9]{2}|35(?:2[89]|[3-8][0-9]))(?:[0-9]{12}|[0-9]{15})"
    r"|(?:62[0-9]{2}|81[0-7][0-9])[0-9]{12,15}"
    r"|(?:2131|1800)[0-9]{11}"
    r"|(?:5018|5020|5038|5893|6304|6390|6759|676[1-3])[0-9]{8,15}"
    r"|220[0-4][0-9]{12,15}"
)
"""Visa; Mastercard; American Express; Diners Club; Discover, RuPay, JCB; UnionPay; JCB of old;
Maestro; Mir."""
_GOODS: Final = re.compile(r"(?:EAN|ISBN|GTIN|UPC)(?:-1[03])?[ :#=\"']{0,4}\Z", re.IGNORECASE)
"""What stands before the numbers of goods, which have thirteen digits like some cards."""
_GOODS_REACH: Final = 12
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


class PaymentCard(FoldedDetector):
    """Finds numbers of payment cards."""

    name = "payment_card"
    categories = ("payment_card",)
    look_back = 23 + _GOODS_REACH + 2

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Numbers in a folded text; every group of digits is looked at within bounds."""
        at = 0
        while (found := _NUMBER.search(text, at)) is not None:
            if is_card(found[0]) and not _is_goods(text, found.start()):
                at = found.end()
                yield Finding(start=found.start(), end=at, category="payment_card")
            else:  # a number may begin with its second group
                at = found.start() + GROUP_DIGITS


def _is_goods(text: str, start: int) -> bool:
    return _GOODS.search(text, max(0, start - _GOODS_REACH), start) is not None


def is_card(number: str) -> bool:
    """Whether digits, with one space or hyphen between groups, are some network's number."""
    digits = number.replace(" ", "").replace("-", "")
    return _NETWORKS.fullmatch(digits) is not None and len(set(digits)) > 1 and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return sum(map(int, digits[::-2] + doubled)) % 10 == 0
