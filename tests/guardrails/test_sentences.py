"""Texts in pieces: sentences where marks tell, nothing lost, and the same from anywhere."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.sentences import (
    MARK_CHARACTERS_MAX,
    OVERLAP,
    PIECE_CHARACTERS_MAX,
    pieces_of,
)

WORDS = st.sampled_from(
    [
        "Ann",
        "Prof.",
        "Monday.",
        "it.",
        "why?",
        "! ",
        ".",
        "\n",
        " ",
        "one two ",
        "。",
        '"',
        "x" * 90,
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("one", ["one"]),
        (
            "She left the house on Monday. Prof. Ann J. Bo did not.",
            ["She left the house on Monday. ", "Prof. Ann J. Bo did not."],
        ),
        (
            "They had asked the old Prof. Bo to come.",
            ["They had asked the old Prof. Bo to come."],
        ),
        (
            "Why did she leave the house? Because! I do not know that at all! So",
            ["Why did she leave the house? ", "Because! I do not know that at all! ", "So"],
        ),
        (
            'He had said "Hello to everybody." She did not.',
            ['He had said "Hello to everybody." ', "She did not."],
        ),
        (
            "a line of twenty-four, or\nmore\nand less\n",
            ["a line of twenty-four, or\n", "more\nand less\n"],
        ),
        (
            "\u79c1" * 24 + "\u3002\u79c1\u3002\u79c1",
            ["\u79c1" * 24 + "\u3002", "\u79c1\u3002\u79c1"],
        ),
        ("version 3.11.4 of it. And", ["version 3.11.4 of it. And"]),
    ],
)
def test_marks_end_sentences(text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in pieces_of(text)] == pieces


@given(TEXTS)
def test_pieces_cover_the_text_and_are_never_longer_than_they_may(text: str) -> None:
    reached = 0
    for start, end in pieces_of(text):
        assert reached - OVERLAP <= start <= reached < end
        assert end - start <= PIECE_CHARACTERS_MAX
        reached = end
    assert reached == len(text)


@given(TEXTS, st.integers(0, 600))
def test_from_the_next_mark_on_pieces_are_the_same(text: str, at: int) -> None:
    at = min(at, len(text))
    whole = list(pieces_of(text))
    later = [(at + start, at + end) for start, end in pieces_of(text[at:])]
    apart = [a == b for (_, a), (b, _) in pairwise(whole)]
    ends = [end for (_, end), is_end in zip(whole, apart, strict=False) if is_end]
    synced = next((end for end in ends if end >= at + MARK_CHARACTERS_MAX), None)
    if synced is not None and len(later) > 1:
        assert [one for one in later if one[0] >= synced] == [
            one for one in whole if one[0] >= synced
        ]


def test_what_is_cut_overlaps_between_words() -> None:
    text = "Barbara Mitchell and " * 40
    pieces = list(pieces_of(text))
    assert len(pieces) > 3
    for (_, end), (start, _) in pairwise(pieces):
        assert OVERLAP // 2 <= end - start <= OVERLAP
        assert text[end - 1] == text[start - 1] == " "


@pytest.mark.parametrize("piece", ["!", "a", " ", ".", "!'", "aaaaa.", "\n", "'"])
def test_time_is_in_proportion(piece: str) -> None:
    took: list[float] = []
    for size in (20_000, 160_000):
        text = piece * (size // len(piece))
        began = time.process_time()
        sum(1 for _ in pieces_of(text))
        took.append(max(time.process_time() - began, 0.002))
    assert took[1] / took[0] < 20
