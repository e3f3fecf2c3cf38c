"""A text in pieces that a model can read one by one: sentences, as far as marks tell. Pure.

Whether a mark ends a sentence is decided by the few characters around it, so that a text which is
read from somewhere in its middle has the same pieces from its next mark on. A line's end counts
behind a line of `SENTENCE_CHARACTERS_MIN`, any other mark behind as many without another mark; a
full stop behind a word of five letters or more, for what is shorter may be `Prof.` or an initial. A
sentence that is longer than `PIECE_CHARACTERS_MAX` is read in pieces that overlap.

>>> text = "Dr. Ann Bo wrote to us on Monday. She waits."
>>> [text[start:end] for start, end in pieces_of(text)]
['Dr. Ann Bo wrote to us on Monday. ', 'She waits.']
"""

import re
from collections.abc import Iterator
from typing import Final

PIECE_CHARACTERS_MAX: Final = 200
"""Ordinary sentences are shorter; a stream waits for as much, and reads it again with each look."""
OVERLAP: Final = 64
"""Of a sentence that is cut; half of it at least, so that one of two pieces has a name whole."""
SENTENCE_CHARACTERS_MIN: Final = 24
"""What is shorter goes on: to read a piece costs a millisecond, however short it is."""
MARK_CHARACTERS_MAX: Final = SENTENCE_CHARACTERS_MIN + 5
"""What decides whether a sentence ends: so much before the mark, the mark, what closes, a space."""

_CLOSING: Final = "[\"')\\]\u00bb\u201d\u2019]{0,3}"
_LONG: Final = f"[^\n.!?\u2026\u3002\uff01\uff1f]{{{SENTENCE_CHARACTERS_MIN}}}"
_END: Final = re.compile(
    rf"(?<=[^\n]{{{SENTENCE_CHARACTERS_MIN}}})\n"
    rf"|(?<={_LONG})(?:[!?]|(?<=\w{{5}})[.\u2026]){_CLOSING}\s"
    # The marks of Chinese and Japanese: no space follows, and folding leaves them as they are.
    rf"|(?<={_LONG})[\u3002\uff01\uff1f]"
)


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
    """Behind the last space or line in half an overlap before `at`; `at` where there is none."""
    first = at - OVERLAP // 2
    return max(text.rfind(" ", first, at), text.rfind("\n", first, at)) + 1 or at
