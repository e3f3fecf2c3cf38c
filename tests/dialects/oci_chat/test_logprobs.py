"""Tokens' probabilities as lists side by side."""

from typing import Any

import pytest

from detente.canonical.content import TokenLogprob
from detente.dialects.oci_chat.logprobs import read_logprobs, told_logprobs

TOLD: dict[str, Any] = {
    "tokens": ["hi", " there"],
    "tokenLogprobs": [-0.5, -1],
    "textOffset": [0, 2],
    "topLogprobs": [{"hi": "-0.5", "ho": "-1.5"}, {}],
}


def test_there_and_back() -> None:
    tokens = read_logprobs(TOLD)
    assert tokens == (
        TokenLogprob(
            token="hi",
            logprob=-0.5,
            top=(TokenLogprob(token="hi", logprob=-0.5), TokenLogprob(token="ho", logprob=-1.5)),
        ),
        TokenLogprob(token=" there", logprob=-1),
    )
    assert told_logprobs(tokens) == TOLD
    assert "topLogprobs" not in told_logprobs(tokens[1:])


ODD: list[Any] = [
    None,
    [],
    {"tokens": ["a"]},
    {"tokens": ["a"], "tokenLogprobs": ["x"]},
    {"tokens": [1], "tokenLogprobs": [-1]},
    {"tokens": ["a"], "tokenLogprobs": [-1], "topLogprobs": [{}, {}]},
    {"tokens": ["a"], "tokenLogprobs": [float("inf")]},
]


@pytest.mark.parametrize("told", ODD)
def test_lists_that_do_not_fit(told: Any) -> None:
    assert read_logprobs(told) == ()


def test_odd_alternatives_are_left_out() -> None:
    told: Any = {"tokens": ["a"], "tokenLogprobs": [-1], "topLogprobs": [{"b": "x", "c": None}]}
    assert read_logprobs(told)[0].top == ()
    told["topLogprobs"] = ["no"]
    assert read_logprobs(told)[0].top == ()
