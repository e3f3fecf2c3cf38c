"""The head of a completions request: how many texts are written for it."""

import pytest

from detente.dialects.openai_completions.head import read_request


@pytest.mark.parametrize(
    ("members", "answers"),
    [
        (b'"prompt":"a"', 1),
        (b'"prompt":"a","n":3', 3),
        (b'"prompt":"a","n":2,"best_of":5', 5),
        (b'"prompt":["a","b"],"n":2', 4),
        (b'"prompt":[1,2,3]', 1),
        (b'"prompt":[[1,2],[3]]', 2),
        (b'"prompt":[]', 1),
        (rb'"\u0070rompt":["a","b"],"n":3', 6),
        (rb'"prompt":"a","best\u005fof":5', 5),
        (b'"prompt":"a","n":"many"', 1),
        (b'"prompt":"a","n":0', 1),
    ],
)
def test_answers_are_counted(members: bytes, answers: int) -> None:
    head = read_request(b'{"model":"m","max_tokens":7,' + members + b"}")
    assert (head.answers_asked, head.output_tokens_max, head.model) == (answers, 7, "m")
