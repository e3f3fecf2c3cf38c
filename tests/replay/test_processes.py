"""Processes say what they count, leave to each other what comes next, and say why they end."""

import os
from collections.abc import Callable, Sequence

import pytest

from detente.canonical.failure import OurBug
from detente.ledger.failures import LedgerUnusable
from detente.replay.comparison import Comparison
from detente.replay.processes import Ring, words

Share = Sequence[int]


def adding(share: Share, told: Callable[[int], None], ring: Ring[int]) -> Comparison:
    """Adds to what the one before has left, from 0 on."""
    total = 0
    for number in share:
        before = ring.receive() if number else 0
        total = before + number
        ring.leave(total)
        told(1)
    return Comparison(mode="in time order", fates={}, undecided=total)


def unreadable(share: Share, told: Callable[[int], None], ring: Ring[int]) -> Comparison:
    if 0 in share:
        raise LedgerUnusable("a record is damaged; restore the file")
    return adding(share, told, ring)


def dying(share: Share, told: Callable[[int], None], ring: Ring[int]) -> Comparison:
    if 0 in share:
        os._exit(1)
    return adding(share, told, ring)


def test_each_goes_on_where_the_one_before_ended() -> None:
    said = list(words(adding, [(0, 2, 4), (1, 3, 5)]))
    assert [word for word in said if isinstance(word, int)] == [1] * 6
    counts = {word.undecided for word in said if isinstance(word, Comparison)}
    assert counts == {0 + 1 + 2 + 3 + 4, 0 + 1 + 2 + 3 + 4 + 5}


def test_an_unreadable_ledger_is_told_though_others_wait_for_its_reader() -> None:
    with pytest.raises(LedgerUnusable, match="damaged"):
        list(words(unreadable, [(0, 2), (1, 3)]))


def test_who_dies_is_told() -> None:
    with pytest.raises(OurBug, match="died"):
        list(words(dying, [(0, 2), (1, 3)]))
