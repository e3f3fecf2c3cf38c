"""A text in pieces that a model can read one by one: sentences, as far as marks tell. Pure.

Whether a mark ends a sentence is decided by the few characters around it, so that a text which is
read from somewhere in its middle has the same pieces from its next mark on. A full stop counts
behind a word of five letters or more: what is shorter may be `Prof.` or an initial. A sentence that
is longer than `PIECE_CHARACTERS_MAX` is read in pieces that overlap.

>>> text = "Dr. Ann Bo wrote on Monday. She waits."
>>> [text[start:end] for start, end in pieces_of(text)]
['Dr. Ann Bo wrote on Monday. ', 'She waits.']
"""

import re
from collections.abc import Iterator
from typing import Final

PIECE_CHARACTERS_MAX: Final = 200
"""Ordinary sentences are shorter; a stream waits for as much, and reads it again with each look."""
OVERLAP: Final = 64
"""Of a sentence that is cut; half of it at least, so that one of two pieces has a name whole."""
MARK_CHARACTERS_MAX: Final = 10
"""What decides whether a sentence ends: a word's last five characters, the mark, what closes."""

_CLOSING: Final = "[\"')\\]\u00bb\u201d\u2019]{0,3}"
_UNSPACED: Final = "[\u3002\uff01\uff1f]"
"""The marks of Chinese and Japanese, which no space follows; folding leaves them as they are."""
_END: Final = re.compile(rf"\n|[!?]{_CLOSING}\s|(?<=\w{{5}})[.\u2026]{_CLOSING}\s|{_UNSPACED}")


def pieces_of(text: str) -> Iterator[tuple[int, int]]:
    """Where each piece starts and ends, in order; together they cover the text."""
    start = 0
    for mark in _END.finditer(text):
        yield from _cut(text, start, mark.end())
        start = mark.end()
    if start < len(text):
        yield from _cut(text, start, len(text))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """One sentence, in pieces where it is too long: cut between words where there are any."""
    while end - start > PIECE_CHARACTERS_MAX:
        cut = _gap(text, start + PIECE_CHARACTERS_MAX)
        yield start, cut
        start = _gap(text, cut - OVERLAP // 2)
    yield start, end


def _gap(text: str, at: int) -> int:
    """Behind the last space within half an overlap before `at`; `at` where there is none."""
    return text.rfind(" ", at - OVERLAP // 2, at) + 1 or at
