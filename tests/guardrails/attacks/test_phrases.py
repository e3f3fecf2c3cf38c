"""Every phrase is a pattern that RE2 takes, with a name and a severity of its own."""

import pytest

from detente.guardrails.attacks.phrases import PHRASES, SPAN_CHARACTERS_MAX, Phrase
from detente.guardrails.linear_pattern import LinearPattern


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.name)
def test_a_phrase_is_a_pattern(phrase: Phrase) -> None:
    assert not LinearPattern(phrase.form, longest=SPAN_CHARACTERS_MAX).is_in("ordinary text")
    assert phrase.severity in range(1, 4)


def test_names_are_told_apart() -> None:
    names = [phrase.name for phrase in PHRASES]
    assert len(set(names)) == len(names)


def test_ten_languages_at_least() -> None:
    assert len({phrase.name for phrase in PHRASES if phrase.name.startswith("forget_")}) >= 10
