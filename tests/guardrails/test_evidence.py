"""Evidence tells category and count, never a place and never a text."""

import pytest

from detente.canonical.evidence import FAILED, UNREAD
from detente.canonical.guardrail import Policy, Screened, Treatment
from detente.guardrails.blocking import refusal_of
from detente.guardrails.evidence import failures, findings, unread
from detente.guardrails.judging import Judged
from detente.guardrails.policy import Applied
from detente.guardrails.screening import Found

STRICT = Policy(name="strict")
LENIENT = Policy(name="lenient", on_failure="flag", on_unread="flag")
CARELESS = Policy(name="careless", on_failure="flag", on_unread="allow")


def judged(category: str, treatment: Treatment, *, at: int = 0) -> Judged:
    return Judged(
        found=Found(start=at, end=at + 5, category=category, detector="d"),
        applied=Applied(treatment=treatment, policy="p"),
    )


def test_findings_are_counted_and_what_is_allowed_is_untold() -> None:
    told = findings(
        [
            judged("email", "mask"),
            judged("email", "mask", at=9),
            judged("email", "block", at=20),
            judged("phone", "allow", at=30),
        ],
        "output",
    )
    assert told == (
        Screened(
            policy="p", stage="output", detector="d", category="email", treatment="mask", count=2
        ),
        Screened(
            policy="p", stage="output", detector="d", category="email", treatment="block", count=1
        ),
    )


@pytest.mark.parametrize(
    ("policies", "policy", "treatment"),
    [
        ((STRICT,), "strict", "block"),
        ((LENIENT, STRICT), "strict", "block"),
        ((LENIENT, CARELESS), "lenient", "flag"),
    ],
)
def test_what_failed_is_told_by_the_strictest_policy(
    policies: tuple[Policy, ...], policy: str, treatment: str
) -> None:
    (one,) = failures(policies, ("phone", "phone"), "input")
    assert (one.policy, one.treatment) == (policy, treatment)
    assert (one.detector, one.category, one.count) == ("phone", FAILED, 0)


def test_what_is_unread_is_untold_only_where_every_policy_allows_it() -> None:
    assert unread((CARELESS,), ("image",), "input") == ()
    (one,) = unread((CARELESS, LENIENT), ("image",), "input")
    assert (one.policy, one.treatment, one.detector) == ("lenient", "flag", "image")
    (other,) = unread((CARELESS, STRICT), ("image",), "input")
    assert (other.treatment, other.category) == ("block", UNREAD)
    assert "cannot be looked at" in refusal_of([other]).failure.message


def test_without_policies_there_is_nothing_to_say() -> None:
    assert failures((), ("phone",), "input") == unread((), ("image",), "input") == ()
