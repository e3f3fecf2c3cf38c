"""Text is asked about in whole: cut with an overlap, put together, and never silently left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote.asking import (
    ASKS_MAX,
    answer_of,
    bounded,
    looked_at,
    packed,
    parts_of,
)


@given(st.text(max_size=200), st.integers(3, 50), st.integers(0, 2))
def test_parts_are_the_text_again(text: str, most: int, overlap: int) -> None:
    parts = list(parts_of(text, most, overlap=overlap))
    assert parts[0] + "".join(part[overlap:] for part in parts[1:]) == text
    assert all(len(part) <= most for part in parts)
    assert all(len(part) > overlap for part in parts[1:])


@given(st.lists(st.text(max_size=500), max_size=20), st.integers(201, 600))
def test_nothing_is_lost_by_packing(texts: list[str], most: int) -> None:
    packs = list(packed(texts, most))
    assert all(len(pack) <= most for pack in packs)
    whole = "\n\n".join(packs)
    for part in looked_at(texts, most):
        assert part in whole


def test_short_texts_travel_together_and_blank_ones_not_at_all() -> None:
    assert list(packed(("a", " \n", "", "b"), 1_000)) == ["a\n\nb"]
    assert list(packed(("", " "), 1_000)) == []


def test_half_a_character_can_be_sent() -> None:
    (part,) = looked_at(("a\ud800b",), 1_000)
    assert part == "a?b"


def test_more_than_is_asked_at_once_is_an_error_and_no_part_of_it() -> None:
    assert len(bounded(iter(range(ASKS_MAX)))) == ASKS_MAX
    with pytest.raises(DetectorError, match="more than 16 requests"):
        bounded(iter(range(ASKS_MAX + 1)))


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (204, b"{}"), (200, b""), (200, b"[]"), (200, b"\xff"), (200, b"[" * 100_000)],
)
def test_what_is_no_answer_is_an_error_that_quotes_nothing(status: int, body: bytes) -> None:
    with pytest.raises(DetectorError) as caught:
        answer_of(dict[str, int], status, body)
    assert "[" not in str(caught.value)
