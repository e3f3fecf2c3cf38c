"""Annotations and probabilities: what can be read is read whole, or not at all."""

import pytest

from detente.canonical.content import Citation
from detente.canonical.extras import Json
from detente.dialects.openai_chat.annotations import (
    annotation,
    citations_of,
    logprob_object,
    logprobs_of,
    tokens_in,
)

HELD: dict[str, Json] = {"url": "u", "title": "t", "start_index": 1, "end_index": 2}


def cite(**held: Json) -> Json:
    """One annotation."""
    return {"type": "url_citation", "url_citation": held}


@pytest.mark.parametrize("held", [HELD, {"url": "u"}, {**HELD, "content": "new", "title": None}])
def test_an_annotation_comes_out_as_it_went_in(held: dict[str, Json]) -> None:
    found = citations_of([cite(**held)])
    assert found is not None
    assert annotation(found[0], offset=0, length=9) == cite(**held)


@pytest.mark.parametrize(
    "value",
    [
        7,
        {"type": "url_citation"},
        {"type": "odd", "url_citation": HELD},
        {"type": "url_citation", "url_citation": HELD, "x": 1},
        cite(url=7),
        cite(url="u", title=7),
        cite(url="u", start_index="1"),
        cite(url="u", end_index=1.5),
    ],
)
def test_what_is_no_citation(value: Json) -> None:
    assert citations_of([cite(**HELD), value]) is None


def test_citations_of_others() -> None:
    assert annotation(Citation(kind="document"), offset=0, length=9) is None
    assert annotation(Citation(kind="url"), offset=0, length=9) is None
    told = annotation(Citation(kind="url", url="u"), offset=5, length=4)
    assert told == cite(url="u", title="", start_index=5, end_index=9)


TOKEN: dict[str, Json] = {"token": "a", "logprob": -1.5, "bytes": [97], "top_logprobs": []}


@pytest.mark.parametrize(
    "token",
    [
        TOKEN,
        {**TOKEN, "bytes": None, "new": 1},
        {"token": "a", "logprob": -1},
        {**TOKEN, "top_logprobs": [{"token": "b", "logprob": -2, "bytes": None}]},
        {**TOKEN, "top_logprobs": [{"token": "b", "logprob": -2, "top_logprobs": [7]}]},
    ],
)
def test_a_token_comes_out_as_it_went_in(token: dict[str, Json]) -> None:
    found = logprobs_of([token])
    assert found is not None
    assert logprob_object(found[0]) == token


@pytest.mark.parametrize(
    "value",
    [
        7,
        [7],
        [{"token": 7, "logprob": -1}],
        [{"token": "a", "logprob": "-1"}],
        [{"token": "a", "logprob": True}],
        [{**TOKEN, "bytes": 7}],
        [{**TOKEN, "bytes": [256]}],
        [{**TOKEN, "bytes": [True]}],
        [{**TOKEN, "top_logprobs": [7]}],
        [{**TOKEN, "top_logprobs": None}],
    ],
)
def test_what_cannot_be_read(value: Json) -> None:
    assert logprobs_of(value) is None
    assert tokens_in({"content": value}, "content") == ()


def test_the_tokens_of_a_chunk() -> None:
    assert [one.token for one in tokens_in({"content": [TOKEN]}, "content")] == ["a"]
    assert tokens_in({"content": [TOKEN]}, "refusal") == ()
    assert tokens_in(7, "content") == ()
