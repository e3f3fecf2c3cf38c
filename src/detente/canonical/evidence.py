"""What guardrails found in one request, whoever found it: policies of ours and platforms' filters.

A ledger entry has both: `screened` is what policies say of findings, `safety` what platforms say of
them, guarded or not. Reports and counters read them as one list, in which nothing stands twice.

>>> deed_of("masked")
'mask'
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from detente.canonical.guardrail import RISK_TREATMENTS, RiskTreatment, Screened, Treatment
from detente.canonical.safety import SafetyAction, SafetySignal

FAILED: Final = "detector_failed"
"""The category of what was not looked at, since a detector or a filter did not run."""
UNREAD: Final = "unread"
"""The category of parts that nothing here can read."""
SCREENED_MAX: Final = 64
"""Of one request: a record of some 40 bytes each has to fit a journal, however many detectors and
categories of their own somebody configures."""
NO_POLICY: Final = ""
"""The policy of what a platform did by itself."""


class Guarded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request in which something was found, for whoever adds up; `deployment` is the one that
    answered, or was asked last."""

    project: str | None
    deployment: str | None
    findings: tuple[Screened, ...]


def findings_of(
    screened: Iterable[Screened], safety: Iterable[SafetySignal]
) -> tuple[Screened, ...]:
    """What policies found and did, and what platforms found that no policy speaks of."""
    known = tuple(screened)
    told = {(one.stage, one.detector) for one in known}
    rest = (one for one in safety if (one.stage, one.source) not in told)
    return known + platforms_own(rest)


def platforms_own(signals: Iterable[SafetySignal]) -> tuple[Screened, ...]:
    """What platforms found and did by themselves, counted; harmless signals are left out."""
    return counted(
        screened_of(one, NO_POLICY, deed_of(one.action)) for one in signals if one.is_harmful
    )


def screened_of(signal: SafetySignal, policy: str, treatment: RiskTreatment) -> Screened:
    """One signal as evidence. A filter that did not run has found nothing, so its count is 0."""
    ran = signal.action != "not_run"
    own = signal.source == "detente"  # whose `raw` is the name of the detector
    return Screened(
        policy=policy,
        stage=signal.stage,
        detector=signal.raw if own else signal.source,
        category=signal.category if ran else FAILED,
        treatment=treatment,
        count=1 if ran else 0,
    )


def counted(found: Iterable[Screened]) -> tuple[Screened, ...]:
    """The same with equal ones added up, in the order in which they first come."""
    counts: Counter[Screened] = Counter()
    for one in found:
        counts[replace(one, count=0)] += one.count
    return tuple(replace(one, count=count) for one, count in counts.items())


def kept(found: Iterable[Screened]) -> tuple[Screened, ...]:
    """What a settlement tells of a request: equal ones added up, and at most so many that they fit;
    the strictest treatments first to stay."""
    told = counted(found)
    if len(told) <= SCREENED_MAX:
        return told
    return tuple(sorted(told, key=lambda one: -rank(one.treatment))[:SCREENED_MAX])


def deed_of(action: SafetyAction) -> RiskTreatment:
    """What a platform did, in the words of treatments."""
    match action:
        case "blocked":
            return "block"
        case "masked":
            return "mask"
        case "flagged" | "none" | "model_refusal" | "not_run":
            return "flag"
        case _:
            assert_never(action)


def rank(treatment: Treatment | RiskTreatment) -> int:
    """How strict a treatment is, of data or of risk, on one scale."""
    return RISK_TREATMENTS.index("mask" if treatment == "pseudonymise" else treatment)
