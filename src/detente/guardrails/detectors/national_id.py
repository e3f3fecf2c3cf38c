"""National and tax identification numbers of some countries; `identities` has their forms.

A check digit decides wherever the country has one. A form that says little by itself (nine digits)
counts only near a word for it. A
group of digits is looked up by how many it has, so that texts
without such numbers cost nothing, however many countries there are.

>>> [(one.start, one.category) for one in NationalId(("US",)).find("SSN 536-22-8726")]
[(4, 'national_id')]
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from detente.guardrails import nearby
from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector
from detente.guardrails.identities import CHARACTERS_MAX, FORMS, Identity, passes

_DIGITS: Final = re.compile("[0-9]+")


class NationalId(FoldedDetector):
    """Finds national and tax identification numbers of `countries` (ISO 3166); of a country whose
    forms nobody here knows, none. Without `countries`, of all; digits that could be many countries'
    then need a word."""

    name = "national_id"
    categories = ("national_id", "tax_id")
    look_back = CHARACTERS_MAX + nearby.REACH + 2

    def __init__(self, countries: tuple[str, ...] | None = None) -> None:
        self._by_first: dict[int, list[Identity]] = {}
        for country in FORMS if countries is None else countries:
            for form in FORMS.get(country, ()):
                alone = form.named and countries is not None
                kept = msgspec.structs.replace(form, words=None) if alone else form
                for first in form.firsts:
                    self._by_first.setdefault(first, []).append(kept)

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Numbers in a folded text; at each group of digits a bounded number of forms is tried."""
        reached = 0
        for digits in _DIGITS.finditer(text):
            first, after = digits.span()
            if first < reached:
                continue
            for form in self._by_first.get(after - first, ()):
                start = first - form.lead
                end = _end(form, text, start) if start >= reached else None
                if end is not None:
                    reached = end
                    yield Finding(start=start, end=end, category=form.category)
                    break


def _end(form: Identity, text: str, start: int) -> int | None:
    """Where a number of this form ends that begins at `start`; None where there is none."""
    found = form.pattern.match(text, start)
    if found is None or not nearby.may_begin(text, start) or not nearby.may_end(text, found.end()):
        return None
    if form.words is not None and not nearby.is_said_before(text, start, form.words):
        return None
    return found.end() if passes(form.check, found[0]) else None
