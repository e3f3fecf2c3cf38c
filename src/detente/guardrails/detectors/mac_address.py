"""MAC addresses: six pairs with colons or hyphens, or three groups of four with dots (IEEE 802).

Not a longer row of pairs (a fingerprint of a key), not the same pair six times, and not six pairs
with hyphens that are a date and a time.

>>> [(one.start, one.end) for one in MacAddress().find("mac:00:1b:44:11:3a:b7")]
[(4, 21)]
"""

import re
from collections.abc import Iterator
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector

_PAIR: Final = "[0-9A-Fa-f]{2}"
_MARK: Final = re.compile(rf"[:.-](?={_PAIR}[:-]|[0-9A-Fa-f]{{4}}\.)")
_PAIRS: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<!(?<![0-9A-Za-z]){_PAIR}[:-])"
    rf"{_PAIR}([:-])(?:{_PAIR}\1){{4}}{_PAIR}(?![0-9A-Za-z]|[:-]{_PAIR}(?![0-9A-Za-z]))"
)
_FOURS: Final = re.compile(
    r"(?<![0-9A-Za-z.])(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![0-9A-Za-z]|\.[0-9A-Za-z])"
)
_HEX_LETTER: Final = re.compile("[A-Fa-f]")

_MOMENT: Final = re.compile("[0-9]{2}-[01][0-9]-[0-3][0-9]-[0-2][0-9]-[0-5][0-9]-[0-5][0-9]")


class MacAddress(FoldedDetector):
    """Finds MAC addresses."""

    name = "mac_address"
    categories = ("mac_address",)
    look_back = 17 + 8

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Addresses in a folded text; every separator is looked at within bounds."""
        reached = 0
        for mark in _MARK.finditer(text):
            pattern, before = (_FOURS, 4) if mark[0] == "." else (_PAIRS, 2)
            start = mark.start() - before
            if start < reached:
                continue
            found = pattern.match(text, start)
            if found is None or not _is_telling(found[0]):
                continue
            reached = found.end()
            yield Finding(start=start, end=reached, category="mac_address")


def _is_telling(address: str) -> bool:
    """Whether it is one machine's, and not a moment, a row of numbers, or everybody's."""
    if len(set(address.lower())) <= 2:
        return False
    if "." in address:
        return _HEX_LETTER.search(address) is not None
    return _MOMENT.fullmatch(address) is None
