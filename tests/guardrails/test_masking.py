"""What stands where something was masked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.masking import mask_of


@pytest.mark.parametrize(
    ("category", "mask"),
    [
        ("email", "[EMAIL]"),
        ("payment_card", "[PAYMENT_CARD]"),
        ("a-b c", "[A_B_C]"),
        ("é", "[DATA]"),
    ],
)
def test_a_mark_names_the_category(category: str, mask: str) -> None:
    assert mask_of(category) == mask


@given(st.text())
def test_a_mark_is_never_a_stand_in(category: str) -> None:
    mask = mask_of(category)
    assert mask.isascii()
    assert "⟨" not in mask
    assert len(mask) > 2
