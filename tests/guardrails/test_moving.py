"""Places move with the text that was replaced before them."""

import pytest

from detente.guardrails.moving import moved

MOVES = ((2, 5, 10), (8, 12, 1))


@pytest.mark.parametrize(
    ("offset", "start", "end"),
    [
        (0, 0, 0),
        (2, 2, 2),
        (3, 2, 12),
        (5, 12, 12),
        (6, 13, 13),
        (8, 15, 15),
        (9, 15, 16),
        (12, 16, 16),
        (20, 24, 24),
    ],
)
def test_a_place_moves_by_what_grew_before_it(offset: int, start: int, end: int) -> None:
    assert moved(MOVES, offset) == start
    assert moved(MOVES, offset, is_end=True) == end


def test_without_moves_all_stays() -> None:
    assert moved((), 7) == moved((), 7, is_end=True) == 7
