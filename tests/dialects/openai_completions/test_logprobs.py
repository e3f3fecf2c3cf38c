"""Probabilities of tokens, read and written."""

import pytest

from detente.canonical.extras import Json, Obj
from detente.dialects.openai_completions.logprobs import logprobs_told, read_logprobs

WIRE: Obj = {
    "tokens": ["a", "bc"],
    "token_logprobs": [-0.5, -1],
    "top_logprobs": [{"a": -0.5}, {"bc": -1, "d": -2}],
    "text_offset": [7, 8],
}


def test_round_trip() -> None:
    assert logprobs_told(read_logprobs(WIRE), 7) == WIRE


def test_without_the_likeliest() -> None:
    found = read_logprobs({**WIRE, "top_logprobs": None})
    assert [one.top for one in found] == [(), ()]
    assert read_logprobs({**WIRE, "top_logprobs": [3, {"d": "x"}]})[1].top == ()


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"tokens": ["a"], "token_logprobs": []},
        {"tokens": ["a"], "token_logprobs": [None]},
        {"tokens": [3], "token_logprobs": [1]},
    ],
)
def test_what_is_none(told: Json) -> None:
    assert read_logprobs(told) == ()
