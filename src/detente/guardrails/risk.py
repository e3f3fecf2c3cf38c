"""What follows from content risks: the one policy over every platform's signals and our own.

Pure. Whoever has a verdict acts on it: `blocking` says what a client gets that is blocked.

>>> risk_of((Policy(name="p", risks=(RiskRule(treatment="block"),)),), signals).treatment
'block'
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

import msgspec

from detente.canonical.evidence import NO_POLICY, counted, deed_of, rank, screened_of
from detente.canonical.guardrail import Policy, RiskRule, RiskTreatment, Screened, Stage
from detente.canonical.safety import (
    RAW_CHARACTERS_MAX,
    WITHHELD,
    SafetyCategory,
    SafetySignal,
)

RISKS: Final = frozenset[str](get_args(SafetyCategory))
"""Categories of findings that are risks; all others are data."""
SEVERE: Final = 3
_ONCE_BEGUN: Final[dict[RiskTreatment, RiskTreatment]] = {"elsewhere": "block", "hold": "block"}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What follows, and from which policy and signal; None where nothing follows (`allow`)."""

    treatment: RiskTreatment = "allow"
    policy: str | None = None
    signal: SafetySignal | None = None

    def once_begun(self) -> "Verdict":
        """The verdict for an answer of which the client already has something: nobody can be asked
        instead, and nothing can wait, so that is a block."""
        treatment = _ONCE_BEGUN.get(self.treatment, self.treatment)
        return msgspec.structs.replace(self, treatment=treatment)


def risk_of(policies: Sequence[Policy], signals: Iterable[SafetySignal]) -> Verdict:
    """The strictest that any of `policies`, which all govern the request, says of any signal.

    The first signal and policy that say it are named. A model's refusal is a signal like any other.
    """
    verdict = Verdict()
    for signal in signals:
        for policy in policies:
            treatment = treatment_by(policy, signal)
            if rank(treatment) > rank(verdict.treatment):
                verdict = Verdict(treatment=treatment, policy=policy.name, signal=signal)
    return verdict


def evidence_of(
    policies: Sequence[Policy], signals: Iterable[SafetySignal]
) -> tuple[Screened, ...]:
    """What was found and done, for the ledger: a platform's deeds, too, masked and flagged alike.

    Each signal stands under the policy that is strictest with it, or under none (`NO_POLICY`) where
    the platform did more by itself.
    """
    return counted(one for signal in signals for one in _evidence(policies, signal))


def treatment_by(policy: Policy, signal: SafetySignal) -> RiskTreatment:
    """What follows from a signal by one policy: by its first rule that speaks of it.

    A filter that did not run is a detector that failed (`on_failure`), wherever a rule counts on
    it. `mask` is only possible with findings of our own, whose place is known: what a platform has
    let through is blocked instead, what it has withheld is flagged.
    """
    if signal.action == "not_run":
        return policy.on_failure if _counts_on(policy, signal) else "allow"
    if not signal.is_harmful:
        return "allow"
    for rule in policy.risks:
        if _speaks_of(rule, signal) and severity_of(signal) >= rule.severity_at_least:
            return _possible(rule.treatment, signal)
    return "allow"


def severity_of(signal: SafetySignal) -> int:
    """How severe it counts as, 0 to 3: 3 where nobody says, at least 1 of what was found."""
    if signal.severity is None:
        return SEVERE
    return signal.severity if signal.action == "none" else max(signal.severity, 1)


def own_signal(
    stage: Stage, category: SafetyCategory, severity: int, detector: str
) -> SafetySignal:
    """A risk that a detector of our own found: told, and not yet acted upon."""
    return SafetySignal(
        stage=stage,
        action="flagged",
        category=category,
        severity=severity,
        source="detente",
        raw=detector[:RAW_CHARACTERS_MAX],
    )


def _evidence(policies: Sequence[Policy], signal: SafetySignal) -> Iterator[Screened]:
    if not signal.is_harmful:
        return
    verdict, deed = risk_of(policies, (signal,)), deed_of(signal.action)
    if signal.source == "detente":  # what a policy lets pass of our own findings is untold
        if verdict.policy is not None:
            yield screened_of(signal, verdict.policy, verdict.treatment)
    elif verdict.policy is None or rank(verdict.treatment) < rank(deed):
        yield screened_of(signal, NO_POLICY, deed)
    else:
        yield screened_of(signal, verdict.policy, verdict.treatment)


def _counts_on(policy: Policy, signal: SafetySignal) -> bool:
    """Whether a rule would have acted on what a filter finds that did not run. Which filter it was
    is mostly not told (`other`): then it may have been any."""
    for rule in policy.risks:
        certain = _speaks_of(rule, signal)
        if rule.treatment != "allow":
            if certain or (signal.category == "other" and _of_stage(rule, signal)):
                return True
        elif certain and rule.severity_at_least <= 1:
            return False
    return False


def _speaks_of(rule: RiskRule, signal: SafetySignal) -> bool:
    return _of_stage(rule, signal) and (not rule.categories or signal.category in rule.categories)


def _of_stage(rule: RiskRule, signal: SafetySignal) -> bool:
    return not rule.stages or signal.stage in rule.stages


def _possible(treatment: RiskTreatment, signal: SafetySignal) -> RiskTreatment:
    if treatment != "mask" or signal.source == "detente":
        return treatment
    withheld = signal.action in WITHHELD or signal.action == "model_refusal"
    return "flag" if withheld else "block"
