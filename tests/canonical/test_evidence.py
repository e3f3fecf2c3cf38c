"""What was found is told once, whoever found it, and never more than category and count."""

from typing import get_args

import pytest
from msgspec.structs import replace

from detente.canonical.evidence import (
    FAILED,
    NO_POLICY,
    SCREENED_MAX,
    counted,
    deed_of,
    findings_of,
    kept,
    platforms_own,
    rank,
    screened_of,
)
from detente.canonical.guardrail import RISK_TREATMENTS, TREATMENTS, Screened
from detente.canonical.safety import SafetyAction, SafetySignal

MASKED = SafetySignal(
    stage="output", action="masked", category="pii", source="bedrock", raw="ADDRESS"
)
PASSED = SafetySignal(stage="input", action="none", category="hate", severity=0, source="azure")


def found(detector: str = "email", count: int = 1) -> Screened:
    return Screened(
        policy="p", stage="output", detector=detector, category="pii", treatment="mask", count=count
    )


def test_equal_findings_add_up_and_others_stay_apart() -> None:
    assert counted([found(), found("phone"), found(count=2)]) == (
        found(count=3),
        found("phone"),
    )
    assert counted([found(count=0)]) == (found(count=0),)


def test_what_is_kept_is_bounded_and_the_strictest_stays() -> None:
    many = [found(f"d{number}") for number in range(SCREENED_MAX + 5)]
    blocked = replace(found("last"), treatment="block")
    told = kept([*many, blocked, blocked])
    assert len(told) == SCREENED_MAX
    assert told[0] == replace(blocked, count=2)
    assert kept(many[:SCREENED_MAX]) == tuple(many[:SCREENED_MAX])


def test_platforms_deeds_are_told_under_no_policy() -> None:
    assert platforms_own([MASKED, PASSED, MASKED]) == (
        Screened(
            policy=NO_POLICY,
            stage="output",
            detector="bedrock",
            category="pii",
            treatment="mask",
            count=2,
        ),
    )


def test_what_a_policy_speaks_of_is_not_told_again() -> None:
    by_policy = screened_of(MASKED, "p", "block")
    assert findings_of((by_policy,), (MASKED,)) == (by_policy,)
    own = found()
    assert findings_of((own,), (MASKED,)) == (own, *platforms_own([MASKED]))
    assert findings_of((), (PASSED,)) == ()


def test_a_filter_that_did_not_run_found_nothing() -> None:
    signal = SafetySignal(stage="input", action="not_run", category="other", source="azure")
    one = screened_of(signal, "p", "block")
    assert (one.category, one.count, one.detector) == (FAILED, 0, "azure")


def test_our_own_detectors_are_named() -> None:
    signal = SafetySignal(
        stage="input", action="flagged", category="prompt_attack", source="detente", raw="heuristic"
    )
    assert screened_of(signal, "p", "flag").detector == "heuristic"


@pytest.mark.parametrize(
    ("action", "deed"),
    [
        ("none", "flag"),
        ("flagged", "flag"),
        ("masked", "mask"),
        ("blocked", "block"),
        ("model_refusal", "flag"),
        ("not_run", "flag"),
    ],
)
def test_deeds(action: SafetyAction, deed: str) -> None:
    assert deed_of(action) == deed


def test_every_action_has_a_deed() -> None:
    assert all(deed_of(action) in RISK_TREATMENTS for action in get_args(SafetyAction))


def test_one_scale_for_data_and_risks() -> None:
    for treatments in (TREATMENTS, RISK_TREATMENTS):
        ranks = [rank(one) for one in treatments]
        assert ranks == sorted(ranks)
    assert rank("block") > rank("mask") > rank("flag") > rank("allow")
