"""What words near a number say of it: that it is a telephone's, an order's, a citizen's.

A number by itself often could be anything; people write what it is just before it. Words are
beginnings (`invoic` is `invoice` and `invoicing`), in ten languages where they are many.

>>> words = beginnings("tel", "mobil")
>>> is_said_before("my mobile: 0151", 11, words)
True
"""

import re
from typing import Final

REACH: Final = 40
"""Characters before a number in which words count: a label, or half a sentence."""
REACH_BEHIND: Final = 14
"""Characters behind a number in which a word counts: `(mobile)`."""

_SENTENCE_END: Final = re.compile(
    r"[.!?](?<!tel.)(?<!mob.)(?<!cel.)(?<!fax.)(?<!kom.)(?<!\bph.)(?<!\bnr.)(?<!\bno.)\s"
    r"|[\u3002\uff01\uff1f]|\n\s*\n"
)
"""Not the dot of an abbreviation that stands before numbers."""
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W_]*")


def beginnings(*words: str) -> re.Pattern[str]:
    """A pattern of words, in small letters, that begin so; words of a script without spaces stand
    anywhere."""
    spaced = "|".join(sorted(word for word in words if word[0] < "\u2e80"))
    others = "|".join(sorted(word for word in words if word[0] >= "\u2e80"))
    # No letter before the word; `_` parts words in names of fields.
    return re.compile(rf"(?<![^\W_])(?:{spaced})" + (f"|{others}" if others else ""))


def has_letter(text: str) -> bool:
    """Whether there is any word in a text."""
    return _LETTER.search(text) is not None


def is_said_before(text: str, start: int, words: re.Pattern[str]) -> bool:
    """Whether one of `words` stands in reach before `start`, in the same sentence."""
    if words.search(text[max(0, start - REACH) : start].lower()) is None:
        return False
    return words.search(sentence_before(text, start)) is not None


def sentence_before(text: str, start: int) -> str:
    """What stands in reach before `start` in the same sentence, in small letters; empty where there
    is no letter. A word that begins farther off is left out."""
    begin = max(0, start - REACH)
    if _LETTER.search(text, begin, start) is None:
        return ""
    if begin and text[begin - 1].isalnum():
        word = _WORD.match(text, begin, start)
        begin = word.end() if word is not None else begin
    window = text[begin:start].lower()
    cut = 0
    for end in _SENTENCE_END.finditer(window):
        cut = end.end()
    return window[cut:]


def is_said_behind(text: str, end: int, words: re.Pattern[str]) -> bool:
    """Whether one of `words` stands in reach behind `end`."""
    window = text[end : end + REACH_BEHIND]
    return _LETTER.search(window) is not None and words.search(window.lower()) is not None


def may_begin(text: str, start: int) -> bool:
    """Whether a number may begin there: not within a word, a decimal number, a time, a code."""
    before = text[start - 1 : start] if start else ""
    if not before:
        return True
    if before.isascii() and (before.isalnum() or before in "_@"):
        return False
    return not _goes_on(before, text[start - 2 : start - 1] if start > 1 else "")


def may_end(text: str, end: int) -> bool:
    """Whether a number may end there."""
    behind = text[end : end + 1]
    if not behind:
        return True
    if behind.isascii() and (behind.isalnum() or behind in "_@"):
        return False
    return not _goes_on(behind, text[end + 1 : end + 2])


def _goes_on(mark: str, further: str) -> bool:
    """Whether the character behind a mark makes it part of a code, a decimal number or a time."""
    if mark == "-":
        return further.isascii() and further.isalnum()
    return mark in ".,:" and further.isdigit()
