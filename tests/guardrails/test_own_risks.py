"""Content risks of our own detectors, as signals."""

import pytest

from detente.canonical.guardrail import Policy, RiskRule, RiskTreatment, Stage
from detente.guardrails.own_risks import is_masked, risks_of, signal_of
from detente.guardrails.screening import Found, Looked

ATTACK = Found(start=0, end=6, category="prompt_attack", detector="prompt_attack", severity=2)
EMAIL = Found(start=0, end=6, category="email", detector="email")


def test_risks_are_told_from_data_also_where_something_longer_beat_them() -> None:
    assert risks_of(Looked(found=(EMAIL,), beaten=(ATTACK,))) == [ATTACK]
    assert risks_of(Looked(found=(ATTACK, EMAIL))) == [ATTACK]
    hate = Found(start=0, end=1, category="hate", detector="hate")
    assert risks_of(Looked(found=(EMAIL, ATTACK), beaten=(hate,))) == [ATTACK, hate]


@pytest.mark.parametrize("stage", ["input", "output"])
def test_a_signal_says_where_how_severe_and_who(stage: Stage) -> None:
    signal = signal_of(ATTACK, stage)
    assert (signal.stage, signal.category, signal.severity) == (stage, "prompt_attack", 2)
    assert (signal.source, signal.raw) == ("detente", "prompt_attack")


def policy(name: str, treatment: RiskTreatment) -> Policy:
    return Policy(name=name, risks=(RiskRule(treatment=treatment),))


@pytest.mark.parametrize("other", ["allow", "flag", "hold", "block"])
def test_one_policy_that_masks_is_enough(other: RiskTreatment) -> None:
    assert is_masked(ATTACK, "input", [policy("a", other), policy("b", "mask")])
    assert not is_masked(ATTACK, "input", [policy("a", other)])
