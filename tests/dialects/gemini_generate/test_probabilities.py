"""Probabilities of tokens."""

import pytest

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json
from detente.dialects.gemini_generate.probabilities import logprobs_of, logprobs_result

A = TokenLogprob(token="a", logprob=-0.5)
B = TokenLogprob(token="b", logprob=-2.0)


def test_there_and_back() -> None:
    for logprobs in (
        (A, B),
        (TokenLogprob(token="a", logprob=-0.5, top=(A, B)), TokenLogprob(token="b", logprob=-2.0)),
    ):
        assert logprobs_of(logprobs_result(logprobs)) == logprobs


@pytest.mark.parametrize(
    "wire",
    [None, 1, {}, {"chosenCandidates": 1}, {"chosenCandidates": [1, {}, {"token": "a"}][:2]}],
)
def test_what_is_none(wire: Json) -> None:
    assert logprobs_of(wire) == ()


def test_odd_numbers() -> None:
    def told(value: Json) -> tuple[TokenLogprob, ...]:
        return logprobs_of({"chosenCandidates": [{"token": "a", "logProbability": value}]})

    assert told(-1) == (TokenLogprob(token="a", logprob=-1.0),)
    assert told(10**400) == told("x") == told(None) == ()
