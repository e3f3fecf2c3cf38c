"""Where places of a text are once parts of it were replaced. Pure.

>>> moved([(3, 10, 2)], 12)
7
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

Move: TypeAlias = tuple[int, int, int]
"""From, up to, and how many characters stand there now."""


class Moved(Protocol):
    """Where a place of the text that came is in the text that goes, in characters."""

    def __call__(self, offset: int, *, is_end: bool = False) -> int: ...


def moved(moves: Sequence[Move], offset: int, *, is_end: bool = False) -> int:
    """Where a place is after `moves`, which are in order and apart; what lay inside of one is at
    its begin, or at its end."""
    grown = 0
    for begin, end, length in moves:
        if offset < end and not (is_end and offset == end):
            if offset > begin:
                return begin + grown + (length if is_end else 0)
            break
        grown += length - (end - begin)
    return offset + grown
