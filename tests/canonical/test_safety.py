"""A signal says what was found, never the words in which."""

from typing import Literal

import pytest

from detente.canonical.safety import (
    SIGNALS_MAX,
    SafetyAction,
    SafetyCategory,
    SafetySignal,
    told,
)


def signal(action: SafetyAction, severity: int | None = None, raw: str = "") -> SafetySignal:
    return SafetySignal(
        stage="input", action=action, category="hate", severity=severity, source="azure", raw=raw
    )


@pytest.mark.parametrize(
    ("action", "severity", "harmful"),
    [
        ("none", None, False),
        ("none", 0, False),
        ("none", 1, True),
        ("blocked", None, True),
        ("not_run", None, True),
    ],
)
def test_harm(action: SafetyAction, severity: int | None, harmful: bool) -> None:
    assert signal(action, severity).is_harmful is harmful


def test_what_is_told_is_harmful_said_once_and_bounded() -> None:
    found = (signal("none"), signal("flagged"), signal("blocked"), signal("flagged"))
    assert told(found) == (signal("flagged"), signal("blocked"))
    assert len(told(tuple(signal("flagged", raw=str(n)) for n in range(100)))) == SIGNALS_MAX


def test_what_another_signal_explains_is_not_told_again() -> None:
    def found(stage: Literal["input", "output"], category: SafetyCategory) -> SafetySignal:
        return SafetySignal(stage=stage, action="blocked", category=category, source="bedrock")

    vague, clear = found("output", "other"), found("output", "pii")
    assert told((vague, clear)) == (clear,)
    assert told((vague,)) == (vague,)
    assert told((vague, found("input", "pii"))) == (vague, found("input", "pii"))
