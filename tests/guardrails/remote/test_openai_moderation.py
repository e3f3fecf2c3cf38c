"""OpenAI's moderation: what is asked, what is found, and what is no answer."""

import json
from typing import Any

import pytest

from detente.canonical.safety_words import MODERATION
from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote.openai_moderation import (
    INPUTS_MAX,
    TEXT_CHARACTERS_MAX,
    OpenAIModeration,
)

DETECTOR = OpenAIModeration(name="m")
(ASK,) = DETECTOR.asks(("one", "two"), "input")


def result(*found: str, **changed: Any) -> dict[str, Any]:
    """One result as OpenAI gives it."""
    categories = {name: name in found for name in MODERATION}
    scores = {name: 0.9 if name in found else 0.0 for name in MODERATION}
    said = {"flagged": bool(found), "categories": categories, "category_scores": scores}
    return said | changed


def answer(*results: dict[str, Any]) -> bytes:
    """A whole answer."""
    said = {"id": "modr-1", "model": "omni-moderation-latest", "results": results}
    return json.dumps(said).encode()


def test_every_text_is_an_input() -> None:
    assert json.loads(ASK.body) == {"model": "omni-moderation-latest", "input": ["one", "two"]}
    assert (ASK.path, ASK.inputs) == ("/moderations", 2)


def test_many_and_long_texts_are_several_requests() -> None:
    asks = DETECTOR.asks(("x" * (TEXT_CHARACTERS_MAX + 1),) + ("y",) * INPUTS_MAX, "input")
    assert [ask.inputs for ask in asks] == [INPUTS_MAX, 2]


def test_nothing_to_look_at_asks_nothing() -> None:
    assert DETECTOR.asks(("", "  "), "input") == ()


def test_what_is_found_is_told_once_in_our_words() -> None:
    body = answer(result("hate/threatening", "hate"), result("sexual/minors", "hate"))
    told = [(one.category, one.raw, one.severity) for one in DETECTOR.verdict(ASK, 200, body)]
    assert told == [
        ("hate", "hate", None),
        ("hate", "hate/threatening", None),
        ("minors", "sexual/minors", None),
    ]
    assert {one.action for one in DETECTOR.verdict(ASK, 200, body)} == {"flagged"}


def test_clean_texts_have_no_signals() -> None:
    assert DETECTOR.verdict(ASK, 200, answer(result(), result())) == ()


def test_an_older_model_knows_fewer_categories() -> None:
    old = result()
    del old["categories"]["illicit"], old["categories"]["illicit/violent"]
    assert DETECTOR.verdict(ASK, 200, answer(old, old)) == ()


def test_a_category_that_nobody_here_knows_is_told_as_other() -> None:
    new = result()
    new |= {"flagged": True, "categories": {**new["categories"], "new/harm": True}}
    (signal,) = DETECTOR.verdict(ASK, 200, answer(new, result()))
    assert (signal.category, signal.raw) == ("other", "new/harm")


def without(name: str) -> dict[str, Any]:
    """A result that says nothing of a category."""
    said = result()
    del said["categories"][name]
    return said


@pytest.mark.parametrize(
    "body",
    [
        answer(result()),
        answer(result(), result(), result()),
        answer(),
        answer(result(), without("hate")),
        answer(result(), result(flagged=True)),
        answer(result(), result("hate", flagged=False)),
        answer(result(), result(categories={})),
        answer(result(), {"flagged": False}),
        b'{"results": "safe"}',
        b"safe",
    ],
)
def test_an_answer_that_lies_or_breaks_is_no_verdict(body: bytes) -> None:
    with pytest.raises(DetectorError):
        DETECTOR.verdict(ASK, 200, body)


@pytest.mark.parametrize("status", [201, 301, 400, 401, 429, 500])
def test_a_failure_is_no_verdict(status: int) -> None:
    with pytest.raises(DetectorError, match=f"status {status}"):
        DETECTOR.verdict(ASK, status, answer(result(), result()))
