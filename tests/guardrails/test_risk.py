"""One policy over every platform's signals: the strictest counts, and doubt counts as severe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.canonical.values import structs_of

from detente.canonical.evidence import FAILED, NO_POLICY, rank
from detente.canonical.guardrail import Policy, RiskRule, RiskTreatment, Stage
from detente.canonical.safety import SafetyAction, SafetyCategory, SafetySignal, SafetySource
from detente.guardrails.risk import (
    RISKS,
    Verdict,
    evidence_of,
    own_signal,
    risk_of,
    severity_of,
    treatment_by,
)


def signal(
    action: SafetyAction = "flagged",
    category: SafetyCategory = "hate",
    severity: int | None = None,
    *,
    stage: Stage = "output",
    source: SafetySource = "azure",
) -> SafetySignal:
    return SafetySignal(
        stage=stage, action=action, category=category, severity=severity, source=source, raw="raw"
    )


def rule(
    treatment: RiskTreatment,
    *categories: SafetyCategory,
    least: int = 1,
    stages: tuple[Stage, ...] = (),
) -> RiskRule:
    return RiskRule(
        treatment=treatment, categories=categories, severity_at_least=least, stages=stages
    )


def policy(*rules: RiskRule, name: str = "p") -> Policy:
    return Policy(name=name, risks=rules)


@pytest.mark.parametrize(
    ("rules", "found", "expected"),
    [
        ((), signal("blocked"), "allow"),
        ((rule("block"),), signal(), "block"),
        ((rule("block", "violence"),), signal(), "allow"),
        ((rule("flag", "hate"), rule("block")), signal(), "flag"),
        ((rule("block", stages=("input",)),), signal(), "allow"),
        ((rule("block", stages=("input",)),), signal(stage="input"), "block"),
        ((rule("block", least=2), rule("flag")), signal(severity=1), "flag"),
        ((rule("block", least=2), rule("flag")), signal(severity=2), "block"),
        ((rule("block", least=3),), signal(severity=None), "block"),
        ((rule("block"),), signal("none", severity=0), "allow"),
        ((rule("block"),), signal("none", severity=None), "allow"),
        ((rule("block"),), signal("none", severity=1), "block"),
        ((rule("block"),), signal("blocked", severity=0), "block"),
        ((rule("elsewhere"),), signal("model_refusal", "other"), "elsewhere"),
        ((rule("mask"),), signal("flagged"), "block"),
        ((rule("mask"),), signal("none", severity=1), "block"),
        ((rule("mask"),), signal("masked"), "flag"),
        ((rule("mask"),), signal("model_refusal"), "flag"),
        ((rule("mask"),), signal(source="detente"), "mask"),
    ],
)
def test_what_follows_by_one_policy(
    rules: tuple[RiskRule, ...], found: SafetySignal, expected: RiskTreatment
) -> None:
    assert treatment_by(policy(*rules), found) == expected


@pytest.mark.parametrize(
    ("rules", "category", "counts"),
    [
        ((), "other", False),
        ((rule("block", "hate"),), "other", True),
        ((rule("block", "hate", least=3),), "other", True),
        ((rule("flag", "hate"),), "hate", True),
        ((rule("block", "violence"),), "hate", False),
        ((rule("block", stages=("input",)),), "other", False),
        ((rule("allow"),), "other", False),
        ((rule("allow", "hate"), rule("block")), "hate", False),
        ((rule("allow", "hate", least=2), rule("block")), "hate", True),
        ((rule("allow", "hate"), rule("block")), "other", True),
    ],
)
def test_a_filter_that_did_not_run_is_a_failure_where_a_rule_counts_on_it(
    rules: tuple[RiskRule, ...], category: SafetyCategory, counts: bool
) -> None:
    failed = signal("not_run", category)
    assert treatment_by(policy(*rules), failed) == ("block" if counts else "allow")
    lenient = Policy(name="p", risks=rules, on_failure="flag")
    assert treatment_by(lenient, failed) == ("flag" if counts else "allow")


def test_the_strictest_counts_and_is_named() -> None:
    policies = (
        policy(rule("flag"), name="mild"),
        policy(rule("hold", "hate"), name="strict"),
        policy(rule("hold", "hate"), name="as strict"),
    )
    violence, hate = signal(category="violence"), signal()
    verdict = risk_of(policies, (violence, hate))
    assert verdict == Verdict(treatment="hold", policy="strict", signal=hate)
    assert risk_of(policies, (violence,)).policy == "mild"
    assert risk_of((), (hate,)) == risk_of(policies, ()) == Verdict()


@given(st.lists(structs_of(Policy), max_size=3), st.lists(structs_of(SafetySignal), max_size=4))
def test_no_signal_and_no_policy_makes_it_milder(
    policies: list[Policy], signals: list[SafetySignal]
) -> None:
    whole = rank(risk_of(policies, signals).treatment)
    for one in policies:
        assert rank(risk_of([one], signals).treatment) <= whole
    for one in signals:
        assert rank(risk_of(policies, [one]).treatment) <= whole
    assert risk_of(policies[::-1], signals[::-1]).treatment == risk_of(policies, signals).treatment


@pytest.mark.parametrize(
    ("treatment", "begun"),
    [("elsewhere", "block"), ("hold", "block"), ("block", "block"), ("flag", "flag")],
)
def test_an_answer_that_has_begun_cannot_wait(treatment: RiskTreatment, begun: str) -> None:
    verdict = Verdict(treatment=treatment, policy="p", signal=signal())
    assert verdict.once_begun().treatment == begun
    assert verdict.once_begun().policy == "p"


def test_severity_is_never_less_than_what_was_found() -> None:
    assert severity_of(signal(severity=None)) == 3
    assert severity_of(signal("blocked", severity=0)) == 1
    assert severity_of(signal("none", severity=0)) == 0


def test_evidence_names_who_did_it() -> None:
    flags = policy(rule("flag"))
    told = evidence_of(
        (flags,),
        (
            signal("masked", "pii", source="bedrock"),
            signal("masked", "pii", source="bedrock"),
            signal("flagged"),
            signal("none", severity=0),
            signal("not_run", "other"),
        ),
    )
    assert [(one.policy, one.detector, one.category, one.treatment, one.count) for one in told] == [
        (NO_POLICY, "bedrock", "pii", "mask", 2),  # the platform did more than the policy says
        ("p", "azure", "hate", "flag", 1),
        ("p", "azure", FAILED, "block", 0),
    ]


def test_evidence_without_a_rule_tells_of_platforms_only() -> None:
    own = own_signal("input", "prompt_attack", 2, "prompt_attack")
    told = evidence_of((policy(),), (signal("flagged"), own))
    assert [(one.policy, one.detector, one.treatment) for one in told] == [
        (NO_POLICY, "azure", "flag")
    ]
    (one,) = evidence_of((policy(rule("block")),), (own,))
    assert (one.policy, one.detector, one.category) == ("p", "prompt_attack", "prompt_attack")


def test_our_own_signal_is_like_any_other() -> None:
    own = own_signal("input", "prompt_attack", 2, "x" * 200)
    assert (own.source, own.action, own.severity, len(own.raw)) == ("detente", "flagged", 2, 80)
    assert treatment_by(policy(rule("block", "prompt_attack", least=3)), own) == "allow"
    assert treatment_by(policy(rule("block", "prompt_attack", least=2)), own) == "block"
    assert "prompt_attack" in RISKS
    assert "email" not in RISKS
