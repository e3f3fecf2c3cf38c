"""What is covered before is covered after, by spans in order that do not overlap."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.merging import merged

SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda one: (one[0], sum(one)))
)


def covered(spans: list[tuple[int, int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}


@given(SPANS)
def test_the_same_is_covered_once(spans: list[tuple[int, int]]) -> None:
    found = list(merged(spans))
    assert covered(found) == covered(spans)
    assert all(before[1] <= after[0] for before, after in pairwise(found))


def test_neighbours_stay_apart() -> None:
    assert list(merged([(3, 4), (0, 3)])) == [(0, 3), (3, 4)]
