"""One `Decision` out of what was found: outcome, order, reasons, determining clauses, id.

Both evaluators end here, so that their answers can be compared whole. Rule 6 (the outcome over
all deployments) and rule 10 (the answer) of `docs/explanation/agreements.md`.
"""

import hashlib

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.epochs import Boundaries, boundaries, epoch
from detente.agreements.finding import Findings, Found
from detente.agreements.moment import latest
from detente.agreements.wording import Change, Telling, change_of, reason
from detente.canonical.decision import ClauseId, Decision, Outcome, Rank, Reason, Verdict
from detente.canonical.model import Model
from detente.canonical.question import Question
from detente.canonical.world import World

ID_HEX_DIGITS = 16
"""64 bits: no two of a ledger's decisions meet by chance."""


def model_of(world: World, name: str) -> Model:
    """The configured model, or what its name alone tells."""
    for model in world.models:
        if model.name == name:
            return model
    return Model(name=name, publisher=name.partition("/")[0])


def decision(
    world: World,
    agreements: AgreementSet,
    question: Question,
    findings: Findings,
    bounds: Boundaries | None = None,
) -> Decision:
    """The answer to `question`; `bounds` where they are known already."""
    if bounds is None:
        bounds = boundaries(world, agreements, model_of(world, question.model))
    telling = Telling(agreements=agreements, question=question)
    valid_from, valid_until = epoch(bounds, question)
    outcome = outcome_of(findings)
    verdicts = tuple(_verdict(telling, found) for found in findings.found)
    body = Decision(
        id="",
        outcome=outcome,
        order=tuple(found.deployment.id for found in findings.order),
        verdicts=verdicts,
        clauses=determining(findings, outcome),
        change=None if outcome == "allow" else change(telling, findings),
        snapshot=tuple(
            Rank(deployment=f.deployment.id, duty=f.duty, price_usd=f.price_usd)
            for f in findings.order
        ),
        respond_within_ms={
            f.deployment.id: f.wait_ms for f in findings.order if f.wait_ms is not None
        },
        fingerprints=agreements.fingerprints,
    )
    return msgspec.structs.replace(
        body, id=identity(question, body), valid_from=valid_from, valid_until=valid_until
    )


def outcome_of(findings: Findings) -> Outcome:
    """Rule 6: allow if any is allowed; else conflict, else unknown, else deny."""
    if any(found.outcome == "allow" for found in findings.found):
        return "allow"
    if findings.rivals:
        return "conflict"
    return "unknown" if any(f.outcome == "unknown" for f in findings.found) else "deny"


def determining(findings: Findings, outcome: Outcome) -> tuple[ClauseId, ...]:
    """The clauses that a reader must know: those of the choice first, then the rejecting ones."""
    if outcome == "conflict":
        return findings.rivals
    first: tuple[ClauseId, ...] = ()
    if outcome == "allow":
        allowed = findings.order or [f for f in findings.found if f.outcome == "allow"]
        first = _clauses(allowed[0])
    if outcome == "unknown":
        first = _sorted_clauses(findings, "unknown")
    return tuple(dict.fromkeys((*first, *_sorted_clauses(findings, "deny"))))


def change(telling: Telling, findings: Findings) -> str | None:
    """The nearest change that would turn the answer: that of the deployment with least to mend."""
    if not findings.found:
        return f"once a deployment of `{telling.question.model}` is configured"
    options: list[tuple[tuple[int, str], str]] = []
    for found in findings.found:
        if found.findings[0].rule in ("narrowed", "interface"):
            continue
        changes = [change_of(telling, found.deployment, f) for f in found.findings]
        known = [c for c in changes if c is not None]
        if len(known) == len(changes):
            options.append(((len(known), found.deployment.id), _joined(known)))
    return min(options, default=((0, ""), None))[1]


def identity(question: Question, body: Decision) -> str:
    """The same class of question with the same answer under the same agreements: the same id."""
    refusals = sorted({(r.deployment, r.signal) for r in question.refusals})
    asked = (
        question.model,
        question.interface,
        question.project,
        question.labels,
        question.header_labels,
        question.features,
        question.providers,
        question.region,
        question.events,
        refusals,
    )
    digest = hashlib.sha256(msgspec.json.encode((asked, body))).hexdigest()
    return f"dec_{digest[:ID_HEX_DIGITS]}"


def _verdict(telling: Telling, found: Found) -> Verdict:
    allowed = found.outcome == "allow"
    reasons: tuple[Reason, ...] = tuple(
        reason(telling, found.deployment, finding, allowed=allowed) for finding in found.findings
    )
    return Verdict(
        deployment=found.deployment.id,
        outcome=found.outcome,
        clauses=_clauses(found),
        reasons=reasons,
    )


def _clauses(found: Found) -> tuple[ClauseId, ...]:
    return tuple(dict.fromkeys(f.clause.id for f in found.findings if f.clause is not None))


def _sorted_clauses(findings: Findings, outcome: Outcome) -> tuple[ClauseId, ...]:
    named = {id for found in findings.found if found.outcome == outcome for id in _clauses(found)}
    return tuple(sorted(named))


def _joined(changes: list[Change]) -> str:
    """All of several changes: the latest of their dates, and every condition once."""
    dates = [change.date for change in changes if change.date is not None]
    words = dict.fromkeys(change.words for change in changes if change.words)
    date = Change(date=max(dates, key=latest)) if dates else None
    return " and ".join((*((str(date),) if date else ()), *words))
