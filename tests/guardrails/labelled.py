"""How well detectors do on the labelled set: what they find against what was planted.

Example: `scores(documents(100, seed=1))["email"].recall`.
"""

from collections.abc import Iterable, Mapping
from functools import cache

import msgspec
from tests.guardrails.documents import CATEGORIES, REGIONS, Document, Span

from detente.guardrails.detectors import DETECTORS
from detente.guardrails.detectors.national_id import NationalId
from detente.guardrails.detectors.phone import Phone
from detente.guardrails.screening import Screen

SAME = {"tax_id": "national_id"}
"""Germany's number for citizens is its number for taxes."""


class Score(msgspec.Struct):
    """What was found rightly, missed, and found wrongly, with some of the latter two as text."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    examples: list[str] = []

    @property
    def recall(self) -> float:
        """The share of what was planted that was found, in exactly its place."""
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        """The share of what was found that was planted."""
        return self.right / (self.right + self.wrong)


@cache
def screen(region: str) -> Screen:
    """The default detectors, with the rules of one region."""
    own = {"phone": Phone((region,)), "national_id": NationalId((region,))}
    detectors = (own.get(detector.name, detector) for detector in DETECTORS)
    return Screen(tuple(one for one in detectors if set(one.categories) & set(CATEGORIES)))


def found_in(document: Document) -> set[Span]:
    """What the detectors find, by categories of the labelled set. None of them may fail."""
    looked = screen(REGIONS[document.locale]).look(document.text)
    assert looked.failed == ()
    return {Span(one.start, one.end, SAME.get(one.category, one.category)) for one in looked.found}


def scores(documents: Iterable[Document]) -> Mapping[str, Score]:
    """The score of each category."""
    counted = {category: Score() for category in CATEGORIES}
    for document in documents:
        found, planted = found_in(document), set(document.planted)
        for one in found & planted:
            counted[one.category].right += 1
        for one in planted - found:
            counted[one.category].missed += 1
            counted[one.category].examples.append(f"missed {document.text[one.start : one.end]!r}")
        for one in found - planted:
            counted[one.category].wrong += 1
            counted[one.category].examples.append(f"wrong {document.text[one.start : one.end]!r}")
    return counted


def table(counted: Mapping[str, Score]) -> str:
    """The scores as lines of text."""
    return "\n".join(
        f"{category:14} {score.right + score.missed:5} planted  recall {score.recall:.4f}"
        f"  precision {score.precision:.4f}  {' '.join(score.examples[:3])}"
        for category, score in counted.items()
    )
