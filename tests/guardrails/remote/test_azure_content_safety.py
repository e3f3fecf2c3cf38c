"""Azure AI Content Safety: harms with a severity, attacks, lists, and what is no answer."""

import json
from typing import Any

import pytest

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote.azure_content_safety import (
    ANALYZE,
    SHIELD,
    TEXT_CHARACTERS_MAX,
    AzureContentSafety,
)

HARM = AzureContentSafety(name="a")
BOTH = AzureContentSafety(name="a", analyses=("harm", "prompt_attack"), blocklists=("products",))
(ASK,) = HARM.asks(("one", "two"), "input")
_, SHIELD_ASK = BOTH.asks(("one",), "input")


def analyzed(hate: int = 0, violence: int = 0, **more: Any) -> bytes:
    """An answer of `text:analyze`."""
    said = {"Hate": hate, "SelfHarm": 0, "Sexual": 0, "Violence": violence}
    harms = [{"category": name, "severity": severity} for name, severity in said.items()]
    return json.dumps({"blocklistsMatch": [], "categoriesAnalysis": harms, **more}).encode()


def shielded(*, prompt: bool, documents: tuple[bool, ...]) -> bytes:
    """An answer of `text:shieldPrompt`."""
    said = [{"attackDetected": one} for one in documents]
    found = {"userPromptAnalysis": {"attackDetected": prompt}, "documentsAnalysis": said}
    return json.dumps(found).encode()


def test_texts_are_asked_about_together() -> None:
    assert ASK.path == ANALYZE
    assert json.loads(ASK.body) == {
        "text": "one\n\ntwo",
        "categories": ["Hate", "SelfHarm", "Sexual", "Violence"],
        "outputType": "FourSeverityLevels",
    }


def test_prompts_are_shielded_and_answers_not() -> None:
    assert [ask.path for ask in BOTH.asks(("one",), "input")] == [ANALYZE, SHIELD]
    assert [ask.path for ask in BOTH.asks(("one",), "output")] == [ANALYZE]
    assert json.loads(SHIELD_ASK.body) == {"userPrompt": "one", "documents": ["one"]}


def test_a_long_text_is_several_requests() -> None:
    asks = HARM.asks(("x" * (TEXT_CHARACTERS_MAX + 1),), "input")
    assert [len(json.loads(ask.body)["text"]) for ask in asks] == [TEXT_CHARACTERS_MAX, 201]


@pytest.mark.parametrize(("said", "severity"), [(2, 1), (4, 2), (6, 3)])
def test_a_harm_has_its_severity(said: int, severity: int) -> None:
    (signal,) = HARM.verdict(ASK, 200, analyzed(violence=said))
    assert (signal.category, signal.severity, signal.raw) == ("violence", severity, "Violence")
    assert (signal.source, signal.action) == ("azure", "flagged")


def test_clean_texts_have_no_signals() -> None:
    assert HARM.verdict(ASK, 200, analyzed()) == ()
    assert BOTH.verdict(SHIELD_ASK, 200, shielded(prompt=False, documents=(False,))) == ()


def test_a_word_of_a_list_is_told_by_its_list() -> None:
    match = {"blocklistName": "products", "blocklistItemId": "1", "blocklistItemText": "secret"}
    (signal,) = BOTH.verdict(ASK, 200, analyzed(blocklistsMatch=[match]))
    assert (signal.category, signal.raw) == ("blocklist", "products")


def test_attacks_of_both_kinds_are_told() -> None:
    told = BOTH.verdict(SHIELD_ASK, 200, shielded(prompt=True, documents=(True,)))
    assert [(one.category, one.raw) for one in told] == [
        ("prompt_attack", "jailbreak"),
        ("prompt_attack", "indirect_attack"),
    ]


def test_what_it_may_find_follows_from_what_it_is_asked() -> None:
    assert HARM.categories == ("hate", "self_harm", "sexual", "violence")
    assert BOTH.categories == (*HARM.categories, "prompt_attack", "blocklist")


@pytest.mark.parametrize(
    "body",
    [
        analyzed(hate=1),
        analyzed(hate=8),
        analyzed(categoriesAnalysis=[]),
        analyzed(categoriesAnalysis=[{"category": "Hate", "severity": 0}] * 4),
        analyzed(categoriesAnalysis=[{"category": "Hate"}]),
        analyzed(blocklistsMatch=[{"blocklistName": "unasked"}]),
        b"{}",
        b"",
    ],
)
def test_an_analysis_that_lies_or_breaks_is_no_verdict(body: bytes) -> None:
    with pytest.raises(DetectorError):
        HARM.verdict(ASK, 200, body)


@pytest.mark.parametrize(
    "body",
    [
        shielded(prompt=False, documents=()),
        shielded(prompt=False, documents=(False, False)),
        b'{"userPromptAnalysis": null, "documentsAnalysis": [{"attackDetected": false}]}',
        b'{"documentsAnalysis": [{"attackDetected": false}]}',
        analyzed(),
    ],
)
def test_a_shield_that_lies_or_breaks_is_no_verdict(body: bytes) -> None:
    with pytest.raises(DetectorError):
        BOTH.verdict(SHIELD_ASK, 200, body)


def test_shields_alone_are_asked_about_prompts_alone() -> None:
    shields = AzureContentSafety(name="a", analyses=("prompt_attack",))
    assert shields.categories == ("prompt_attack",)
    assert [ask.path for ask in shields.asks(("one",), "input")] == [SHIELD]
    assert shields.asks(("one",), "output") == ()
