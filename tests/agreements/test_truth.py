"""Three-valued truth: definite decides, missing facts add up."""

from itertools import permutations

import pytest

from detente.agreements.truth import Missing, Truth, all_of, any_of, missing, not_

A, B = missing("a"), missing("b")
BOTH = Missing(facts=frozenset(("a", "b")))


@pytest.mark.parametrize(
    ("truths", "every", "some"),
    [
        ((), True, False),
        ((True, False), False, True),
        ((True, A), A, True),
        ((False, A), False, A),
        ((A, B), BOTH, BOTH),
        ((True, False, A), False, True),
    ],
)
def test_definite_decides_whatever_the_order(
    truths: tuple[Truth, ...], every: Truth, some: Truth
) -> None:
    for order in permutations(truths):
        assert all_of(*order) == every
        assert any_of(*order) == some


def test_what_is_open_stays_open_when_denied() -> None:
    assert (not_(True), not_(False), not_(A)) == (False, True, A)
