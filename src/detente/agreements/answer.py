"""One `Decision` out of what was found: outcome, order, reasons, determining clauses, id.

Both evaluators end here, so that their answers can be compared whole. Rule 6 (the outcome over
all deployments) and rule 10 (the answer) of `docs/explanation/agreements.md`.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.classes import class_of, labels_that_count
from detente.agreements.epochs import Boundaries, boundaries, epoch
from detente.agreements.finding import Findings, Found
from detente.agreements.moment import Moment, latest
from detente.agreements.wording import Change, Telling, change_of, reason
from detente.canonical.decision import ClauseId, Decision, Outcome, Reason, Verdict
from detente.canonical.model import Model
from detente.canonical.question import Question
from detente.canonical.world import World

Look = Callable[[datetime], tuple[Found, ...]]
"""What is found about every deployment at another date, by the knowledge of the question."""

ID_HEX_DIGITS: Final = 16
"""64 bits: no two of a ledger's decisions meet by chance."""

STEPS_MAX: Final = 8
"""Dates tried for one deployment before its nearest change counts as unknown."""


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
    look: Look,
    *,
    model: Model | None = None,
    bounds: Boundaries | None = None,
) -> Decision:
    """The answer to `question`; its model and `bounds` where they are known already.

    `look` finds anew for another date, to try out what would turn the answer.
    """
    model = model_of(world, question.model) if model is None else model
    bounds = boundaries(world, agreements, model) if bounds is None else bounds
    telling = Telling(agreements=agreements, question=question, model=model)
    valid_from, valid_until = epoch(bounds, question)
    outcome = outcome_of(findings)
    verdicts = tuple(_verdict(telling, found) for found in findings.found)
    body = Decision(
        id="",
        outcome=outcome,
        order=tuple(rank.deployment for rank in findings.ranks),
        verdicts=verdicts,
        clauses=determining(findings, outcome),
        change=None if outcome == "allow" else change(telling, findings, look),
        snapshot=findings.ranks,
        respond_within_ms=_waits(findings),
    )
    return msgspec.structs.replace(
        body,
        id=identity(agreements, question, body),
        fingerprints=agreements.fingerprints,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _waits(findings: Findings) -> dict[str, int]:
    """How long the choices may take that a first refusal favours, in their order."""
    by_id = {found.deployment.id: found.wait_ms for found in findings.found}
    waits = ((rank.deployment, by_id[rank.deployment]) for rank in findings.ranks)
    return {deployment: wait_ms for deployment, wait_ms in waits if wait_ms is not None}


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
        allowed = (f for f in findings.found if f.outcome == "allow")
        first = _clauses(findings.first or next(allowed))
    if outcome == "unknown":
        first = _sorted_clauses(findings, "unknown")
    return tuple(dict.fromkeys((*first, *_sorted_clauses(findings, "deny"))))


def change(telling: Telling, findings: Findings, look: Look) -> str | None:
    """The nearest change that would turn the answer, tried out: fewest conditions, then soonest."""
    if not findings.found:
        return f"once a deployment of `{telling.question.model}` is configured"
    looked: dict[datetime, tuple[Found, ...]] = {}
    options: list[tuple[int, datetime, str, str]] = []
    for index, found in enumerate(findings.found):
        if found.findings[0].rule in ("narrowed", "interface"):
            continue
        turned = _turned(telling, findings.found, index, look, looked)
        if turned is not None:
            soonest = latest(turned.date) if turned.date is not None else telling.question.at
            options.append((bool(turned.words), soonest, found.deployment.id, str(turned)))
    return min(options)[3] if options else None


def _turned(
    telling: Telling,
    now: tuple[Found, ...],
    index: int,
    look: Look,
    looked: dict[datetime, tuple[Found, ...]],
) -> Change | None:
    """From date to date until the deployment at `index` is allowed, or needs more than time."""
    date: Moment | None = None
    found, at = now[index], telling.question
    for _ in range(STEPS_MAX):
        if found.outcome == "allow":
            return Change(date=date)
        moved = msgspec.structs.replace(telling, question=at)
        changes = [change_of(moved, found.deployment, finding) for finding in found.findings]
        if any(change is None for change in changes):
            return None
        known = [change for change in changes if change is not None]
        dates = [change.date for change in known if change.date is not None]
        if not dates:
            conditions = dict.fromkeys(change.words for change in known if change.words)
            return Change(date=date, words=" and ".join(conditions))
        date = max(dates, key=latest)
        at = msgspec.structs.replace(at, at=latest(date))
        if at.at not in looked:
            looked[at.at] = look(at.at)
        found = looked[at.at][index]
    return None


def identity(agreements: AgreementSet, question: Question, body: Decision) -> str:
    """The same class of question with the same answer under the same agreements: the same id."""
    refusals = sorted({(r.deployment, r.signal) for r in question.refusals})
    asked = (*class_of(question, labels_that_count(agreements)), refusals)
    answer = msgspec.json.encode((asked, body, agreements.digest))
    digest = hashlib.sha256(answer).hexdigest()
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
    """What decides about it: not the clauses that only give it its place."""
    deciding = (f.clause for f in found.findings if f.rule != "order")
    return tuple(dict.fromkeys(clause.id for clause in deciding if clause is not None))


def _sorted_clauses(findings: Findings, outcome: Outcome) -> tuple[ClauseId, ...]:
    named = {id for found in findings.found if found.outcome == outcome for id in _clauses(found)}
    return tuple(sorted(named))
