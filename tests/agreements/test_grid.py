"""Grids are three-valued truth, a deployment a bit."""

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements.grid import Grid, bits, both, either, outside
from detente.agreements.truth import Missing, Truth, all_of, any_of, missing, not_

WIDTH = 4
truths = st.one_of(st.booleans(), st.sampled_from("ab").map(missing))
rows = st.lists(truths, min_size=WIDTH, max_size=WIDTH)


def grid(row: list[Truth]) -> Grid:
    return Grid(
        yes=sum(1 << i for i, truth in enumerate(row) if truth is True),
        open={1 << i: truth.facts for i, truth in enumerate(row) if isinstance(truth, Missing)},
    )


@given(rows, rows)
def test_operations_are_those_of_truth_bit_by_bit(a: list[Truth], b: list[Truth]) -> None:
    pairs = list(zip(a, b, strict=True))
    assert both(grid(a), grid(b)) == grid([all_of(x, y) for x, y in pairs])
    assert either(grid(a), grid(b)) == grid([any_of(x, y) for x, y in pairs])
    assert outside(grid(a), (1 << WIDTH) - 1) == grid([not_(x) for x in a])


def test_bits_come_lowest_first() -> None:
    assert list(bits(0b1011)) == [1, 2, 8]
    assert list(bits(0)) == []
