"""Labels have one order, so that equal labels are equal values."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.question import labels_of


@given(st.dictionaries(st.text(), st.text()), st.randoms(use_true_random=False))
def test_labels_do_not_depend_on_the_order_of_writing(
    pairs: dict[str, str], random: Random
) -> None:
    shuffled = list(pairs.items())
    random.shuffle(shuffled)
    assert labels_of(dict(shuffled)) == labels_of(pairs)
    assert dict(labels_of(pairs)) == pairs
