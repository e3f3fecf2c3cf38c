"""Probabilities of pieces of text, read and written."""

import pytest

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json, Obj
from detente.dialects.cohere_chat.logprobs import (
    piece_told,
    read_logprobs,
    read_piece,
    told_logprobs,
)


def test_round_trip() -> None:
    wire: list[Json] = [
        {"text": "ab", "token_ids": [1, 2], "logprobs": [-0.5, -0.25]},
        {"token_ids": [3], "newer": 1},
    ]
    found = read_logprobs(wire)
    assert [(one.token, one.logprob) for one in found] == [("ab", -0.75), ("", 0.0)]
    assert told_logprobs(found) == wire


def test_of_others() -> None:
    token = TokenLogprob(token="a", logprob=-0.5)
    assert piece_told(token) == {"text": "a", "token_ids": [], "logprobs": [-0.5]}


@pytest.mark.parametrize("told", [None, {}, [3]])
def test_what_is_none(told: Json) -> None:
    assert read_logprobs(told) == ()


@pytest.mark.parametrize("told", [{"logprobs": ["x"]}, {"logprobs": 3}, {"text": 3}])
def test_odd_pieces_have_no_probability(told: Obj) -> None:
    assert read_piece(told).logprob == 0.0
