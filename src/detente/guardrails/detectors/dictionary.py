"""Words of the customer's own, however many: names of clients and projects, forbidden terms.

Made from configuration, on one Aho-Corasick automaton, so that ten thousand words cost what ten do
(docs/decisions/patterns.md). Words and texts are spelt alike (`guardrails.folding`); composed and
decomposed letters are the same (NFC and NFD of each word are looked for). Not the same: two spaces
and one, letters from other scripts that look alike.

>>> clients = Dictionary("clients", "client", ("Ätna Corp",), case=False, whole_words=True)
>>> [(found.start, found.end) for found in clients.find("for ÄTNA CORP, not ätna corpse")]
[(4, 13)]
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final
from unicodedata import combining, normalize

from detente.guardrails.detector import Finding
from detente.guardrails.detector_error import DetectorError, missing
from detente.guardrails.folding import FoldedDetector, fold
from detente.guardrails.merging import merged

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

WORD_CHARACTERS_MAX: Final = 256
"""A stream waits for as many; what is longer is no word but a document."""
AROUND: Final = 2
"""The neighbours that tell a whole word."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana, Chinese and Korean, where a neighbour is no part of a word."""


class Dictionary(FoldedDetector):
    """`case`: capitals count. `whole_words`: not as part of a longer word; `_` ends one."""

    def __init__(
        self, name: str, category: str, words: Iterable[str], *, case: bool, whole_words: bool
    ) -> None:
        """Raise `DetectorError` where a word cannot be looked for or the package is not there."""
        self.name: Final = name
        self.categories: Final = (category,)
        self._case = case
        self._whole_words = whole_words
        forms = {form for word in words for form in _forms(word, case=case)}
        self.look_back: Final = max(map(len, forms), default=0) + AROUND
        self._automaton = _automaton(sorted(forms))

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Every word, from left to right; where several overlap, what they cover together."""
        looked = text if self._case else small(text)
        for start, end in merged(self._spans(looked)):
            yield Finding(start=start, end=end, category=self.categories[0])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        try:
            hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # half a surrogate pair
            text = _SURROGATES.sub("\ufffd", text)
            hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        for _, start, end in hits:
            if not self._whole_words or _stands_alone(text, start, end):
                yield start, end


def small(text: str) -> str:
    """In small letters, character for character, so that places stay what they are.

    Of all characters only `İ` has two when it is small, and only the Greek sigma depends on what
    follows (Unicode 15.0, SpecialCasing.txt).
    """
    if text.isascii():
        return text.lower()
    return text.replace("İ", "i").lower().replace("ς", "σ")  # noqa: RUF001 - Greek


def _forms(word: str, *, case: bool) -> set[str]:
    word = word.strip()
    if not word:
        raise DetectorError("a dictionary has an empty word; remove it")
    if len(word) > WORD_CHARACTERS_MAX:
        raise DetectorError(
            f"a dictionary has a word of {len(word)} characters; {WORD_CHARACTERS_MAX} are the most"
        )
    if _SURROGATES.search(word):
        raise DetectorError("a dictionary has a word with half a surrogate pair; remove it")
    spelt = fold(word).text
    known = spelt if case else small(spelt)
    return {known, *(normalize(form, known) for form in ("NFC", "NFD"))}


def _automaton(forms: list[str]) -> "AhoCorasick":
    try:
        from ahocorasick_rs import (  # noqa: PLC0415 - of the extra `guardrails`
            AhoCorasick,
            MatchKind,
        )
    except ImportError:
        raise missing("ahocorasick-rs") from None
    return AhoCorasick(forms, matchkind=MatchKind.Standard, store_patterns=False)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (_joins(before, text[start]) or _joins(text[end - 1], after))


def _joins(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word."""
    if combining(right):
        return True
    if not (left.isalnum() or combining(left)) or not right.isalnum():
        return False
    return not (_UNSPACED.match(left) or _UNSPACED.match(right))
