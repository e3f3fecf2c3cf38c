"""Intervals cover all time once, and each has every block that reaches into it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detente.ledger.store.replaying import Span
from detente.replay.intervals import Interval, intervals

ends = st.tuples(st.integers(0, 50), st.integers(0, 8))


def spans(*pairs: tuple[int, int]) -> list[Span]:
    return [Span(number, first, last) for number, (first, last) in enumerate(pairs)]


def test_blocks_one_after_the_other_are_read_once() -> None:
    a, b, c = blocks = spans((0, 4), (5, 9), (10, 14))
    assert intervals(blocks, 2, 12, blocks=1) == [
        Interval(2, 5, (a,), 1),
        Interval(5, 10, (b,), 1),
        Interval(10, 12, (c,), 1),
    ]
    assert intervals([], 0, 9, blocks=1) == []


def test_a_block_that_reaches_further_is_read_again() -> None:
    a, b, c = blocks = spans((0, 7), (1, 2), (5, 9))
    assert intervals(blocks, 0, 10, blocks=2) == [
        Interval(0, 5, (a, b), 2),
        Interval(5, 10, (a, c), 1),
    ]


def test_blocks_that_all_span_everything_are_one_interval() -> None:
    blocks = spans(*[(0, 9)] * 10)
    assert intervals(blocks, 0, 10, blocks=2) == [Interval(0, 10, tuple(blocks), 10)]


@given(st.lists(ends, min_size=1, max_size=30), st.integers(1, 5))
def test_every_instant_is_in_one_interval_with_its_blocks(
    pairs: list[tuple[int, int]], size: int
) -> None:
    blocks = spans(*((first, first + length) for first, length in pairs))
    found = intervals(blocks, 0, 100, blocks=size)
    assert (found[0].since_us, found[-1].until_us) == (0, 100)
    for one, following in pairwise(found):
        assert one.until_us == following.since_us
    assert sum(one.begins for one in found) == len(blocks)
    assert sum(len(one.spans) for one in found) <= 2 * len(blocks)
    for span in blocks:
        for one in found:
            reaches = span.latest_us >= one.since_us and span.earliest_us < one.until_us
            assert not reaches or span in one.spans
