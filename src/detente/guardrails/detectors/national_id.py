"""National and tax identification numbers of some countries; `identities` has their forms.

A check digit decides wherever the country has one. A form that says little by itself (nine digits)
counts only near a word for it. A
group of digits is looked up by how many it has, so that texts
without such numbers cost nothing, however many countries there are.

>>> [(one.start, one.category) for one in NationalId(("US",)).find("SSN 536-22-8726")]
[(4, 'national_id')]
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from detente.guardrails import nearby
from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector
from detente.guardrails.identities import CHARACTERS_MAX, FORMS, Identity, passes

FEW_DIGITS: Final = 6
"""A number with fewer digits at its beginning goes on behind them."""

_MORE: Final = r"(?=[A-Za-z]|[ ./+-][0-9A-Z])"


class NationalId(FoldedDetector):
    """Finds national and tax identification numbers of `countries` (ISO 3166); of a country whose
    forms nobody here knows, none. Without `countries`, of all; digits that could be many countries'
    then need a word."""

    name = "national_id"
    categories = ("national_id", "tax_id")
    look_back = CHARACTERS_MAX + nearby.REACH + 2

    def __init__(self, countries: tuple[str, ...] | None = None) -> None:
        forms = [
            msgspec.structs.replace(form, words=None)
            if form.named and countries is not None
            else form
            for country in (FORMS if countries is None else countries)
            for form in FORMS.get(country, ())
        ]
        firsts = {first for form in forms for first in form.firsts}
        self._by_first = {
            first: _by_lead([form for form in forms if first in form.firsts]) for first in firsts
        }
        self._digits = _digits(self._by_first)

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Numbers in a folded text; at each group of digits a bounded number of forms is tried."""
        if not self._by_first:
            return
        reached = 0
        for digits in self._digits.finditer(text):
            first, after = digits.span()
            if first < reached:
                continue
            for lead in self._by_first[after - first]:
                start = first - lead.characters
                found = _first(lead.forms, text, start) if start >= reached else None
                if found is not None:
                    reached = found.end
                    yield found
                    break


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """Forms that begin so many characters before their first digit."""

    characters: int
    forms: tuple[Identity, ...]


def _by_lead(forms: list[Identity]) -> tuple[Lead, ...]:
    leads = sorted({form.lead for form in forms})
    return tuple(
        Lead(characters=lead, forms=tuple(one for one in forms if one.lead == lead))
        for lead in leads
    )


def _digits(by_first: Mapping[int, tuple[Lead, ...]]) -> re.Pattern[str]:
    """The first digits of what has one of the forms; of few digits, only with more behind them."""
    pattern = ""
    for count in range(max(by_first, default=0), 0, -1):
        ways = [f"[0-9]{pattern}"] if pattern else []
        if count in by_first:
            more = _MORE if count < FEW_DIGITS else ""
            forms = "|".join(_begun(lead, count) for lead in by_first[count])
            ways.append(rf"(?![0-9]){more}(?:{forms})")
        pattern = f"(?:{'|'.join(ways)})"
    return re.compile(rf"[0-9](?<![0-9].){pattern}")


def _begun(lead: Lead, first: int) -> str:
    """That one of these forms has begun, now that its first digits have been read, where a number
    may begin as far as can be said so soon (`_first` says the rest)."""
    forms = "|".join(form.pattern.pattern for form in lead.forms)
    behind = f"(?s:.{{{lead.characters + first}}})"
    return rf"(?<=(?<![0-9A-Za-z_@])(?<![0-9A-Za-z]-)(?={forms}){behind})"


def _first(forms: tuple[Identity, ...], text: str, start: int) -> Finding | None:
    """The first form of which there is a number that begins at `start`."""
    if not nearby.may_begin(text, start):
        return None
    before: str | None = None
    for form in forms:
        found = form.pattern.match(text, start)
        if found is None or not nearby.may_end(text, found.end()):
            continue
        if form.words is not None:
            before = nearby.sentence_before(text, start) if before is None else before
            if not before or form.words.search(before) is None:
                continue
        if passes(form.check, found[0]):
            return Finding(start=start, end=found.end(), category=form.category)
    return None
