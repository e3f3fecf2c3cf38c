r"""One spelling of text for detectors: digits, letters and dashes as ASCII has them.

Full-width forms, decimal digits of every script, and the dashes and spaces of typography become
their ASCII likeness, one for one; invisible characters between two others (zero-width spaces and
joiners, soft hyphens, marks of direction) are passed over, up to `INVISIBLE_MAX` in a row: more are
left where they are, so that a text is never held back for what nobody can see. Letters that only
look alike (a Cyrillic a) stay themselves, and so do numbers written as words.

>>> folding = fold("call \uff14\uff11\uff15\u200b\u2011555\u20110132")
>>> folding.text
'call 415-555-0132'
>>> folding.original(5, 17)
(5, 18)
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Final

import msgspec

from detente.guardrails.detector import Finding

INVISIBLE_MAX: Final = 16
"""Invisible characters in a row that are passed over."""

_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
)
"""Default ignorable characters without a shape of their own: Unicode 17, DerivedCoreProperties.txt
(`Default_Ignorable_Code_Point`), without variation selectors and tags."""
_RUN: Final = re.compile(f"[{_INVISIBLE}]+")
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63"
_SPACES: Final = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_FULL_WIDTH_FIRST: Final = 0xFF01
_FULL_WIDTH_LAST: Final = 0xFF5E
_FULL_WIDTH_OFFSET: Final = 0xFEE0
_KEPT: Final = "\uff0c\uff01\uff1f\uff1b"
"""Full-width punctuation of ordinary Chinese and Japanese that no identifier has inside."""


class Folding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A text as detectors read it. `places` says where each of its characters stood, and at last
    where the original ended; None where all stand where they stood."""

    text: str
    places: list[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a range of the folded text stood, with what is invisible inside."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1

    def findings(self, found: Iterator[Finding]) -> Iterator[Finding]:
        """Findings in the folded text as findings in the original."""
        if self.places is None:
            yield from found
            return
        for one in found:
            start, end = self.original(one.start, one.end)
            yield Finding(start=start, end=end, category=one.category, severity=one.severity)


class FoldedDetector(ABC):
    """A detector that reads folded text; whoever asks several of them folds once for all."""

    @abstractmethod
    def find_folded(self, text: str) -> Iterator[Finding]:
        """What is in a folded text, in order, not overlapping."""

    def find(self, text: str) -> Iterator[Finding]:
        """What is in `text`, in order, not overlapping."""
        folding = fold(text)
        return folding.findings(self.find_folded(folding.text))


def fold(text: str) -> Folding:
    """`text` in one spelling; ASCII comes back as it is."""
    if text.isascii():
        return Folding(text=text)
    used = set(text)
    likeness = {one: folded for one in used if (folded := _folded(one)) is not None}
    for one, folded in likeness.items():
        text = text.replace(one, folded)
    if _RUN.search(text) is None:
        return Folding(text=text)
    return _without_invisible(text)


def start_of(text: str, end: int, characters: int) -> int:
    """Where the last so many characters before `end` begin, not counting what is passed over; 0
    where there are fewer."""
    start = max(0, end - characters)
    if not start or text.isascii() or _RUN.search(text, 0, end) is None:
        return start
    places = _without_invisible(text[:end]).places
    assert places is not None
    return places[-1 - characters] if characters < len(places) else 0


def _folded(one: str) -> str | None:
    """The ASCII likeness of one character; None where it stays as it is."""
    if one < "\u00a0":
        return None
    if one in _DASHES:
        return "-"
    if one in _SPACES:
        return " "
    if _FULL_WIDTH_FIRST <= ord(one) <= _FULL_WIDTH_LAST:
        return None if one in _KEPT else chr(ord(one) - _FULL_WIDTH_OFFSET)
    if one.isdecimal():
        return str(unicodedata.decimal(one))
    return None


def _without_invisible(text: str) -> Folding:
    kept: list[str] = []
    places: list[int] = []
    at = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if end - start > INVISIBLE_MAX:
            continue
        kept.append(text[at:start])
        places.extend(range(at, start))
        at = end
    kept.append(text[at:])
    places.extend(range(at, len(text)))
    places.append(len(text))
    return Folding(text="".join(kept), places=places)
