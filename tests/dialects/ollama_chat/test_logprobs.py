"""Probabilities of tokens, read and written."""

import pytest

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json
from detente.dialects.ollama_chat.logprobs import read_logprobs, told_logprobs


def test_round_trip() -> None:
    wire: list[Json] = [
        {
            "token": "a",
            "logprob": -0.5,
            "bytes": [97],
            "top_logprobs": [{"token": "b", "logprob": -1}],
        },
        {"token": "c", "logprob": 0.0, "newer": 1, "top_logprobs": []},
    ]
    found = read_logprobs(wire)
    assert found[0].top == (TokenLogprob(token="b", logprob=-1),)
    assert told_logprobs(found) == wire


@pytest.mark.parametrize(
    "told", [None, {}, [3], [{"token": 3, "logprob": 1}], [{"token": "a", "logprob": "x"}]]
)
def test_what_is_none(told: Json) -> None:
    assert read_logprobs(told) == ()


def test_odd_bytes_are_left_out() -> None:
    assert read_logprobs([{"token": "a", "logprob": 0, "bytes": ["a"]}])[0].bytes is None
