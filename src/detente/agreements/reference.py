"""The plain evaluator: the rules of `docs/explanation/agreements.md`, one function each.

Written to be read beside the prose, in the prose's order. It looks at everything anew for each
question and is therefore slow; `compiled` answers the same, fast, and shares none of these
functions. Pure: the same arguments give the same answer.

>>> decide(world, agreements, Question(model="openai/gpt-4", at=T, known_at=T)).outcome
'deny'
"""

from datetime import datetime
from itertools import permutations

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.answer import decision, model_of
from detente.agreements.case import (
    Case,
    helps,
    is_in_force,
    prohibitions,
    rejects,
    stands,
)
from detente.agreements.clause import Clause, Prohibition
from detente.agreements.finding import Finding, Findings, Found
from detente.agreements.matching import speaks_of_caller, speaks_of_place
from detente.agreements.ranks import commitments, preferences, ranks
from detente.agreements.truth import Missing, Truth, all_of, any_of
from detente.canonical.decision import ClauseId, Decision
from detente.canonical.model import Deployment
from detente.canonical.question import Question
from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot
from detente.canonical.world import World


def decide(
    world: World,
    agreements: AgreementSet,
    question: Question,
    snapshot: Snapshot = NOTHING_MEASURED,
) -> Decision:
    """The answer of `agreements` to `question`, for every deployment of the model.

    `snapshot` is what was measured: it orders what is allowed, and decides nothing else.
    """

    def look(at: datetime) -> tuple[Found, ...]:
        moved = case_of(world, agreements, msgspec.structs.replace(question, at=at))
        return tuple(find(moved, d) for d in world.deployments_of(question.model))

    found = findings(world, agreements, question, snapshot)
    return decision(world, agreements, question, found, look)


def findings(
    world: World, agreements: AgreementSet, question: Question, snapshot: Snapshot
) -> Findings:
    """What is found about each deployment, in which order, and which clauses are rivals."""
    case = case_of(world, agreements, question)
    deployments = world.deployments_of(question.model)
    found = tuple(find(case, d) for d in deployments)
    plainly = [rank.deployment for rank in ranks(case, found, NOTHING_MEASURED)]
    return Findings(
        found=found,
        ranks=ranks(case, found, snapshot),
        first=next((f for f in found if f.deployment.id in plainly[:1]), None),
        rivals=rivals(case, found),
    )


def case_of(world: World, agreements: AgreementSet, question: Question) -> Case:
    """The question with all that answers it; candidates are what serves its interface."""
    deployments = world.deployments_of(question.model)
    return Case(
        world=world,
        agreements=agreements,
        question=question,
        model=model_of(world, question.model),
        candidates=tuple(d for d in deployments if question.interface in d.interfaces),
    )


def is_given(case: Case, role: str, d: Deployment) -> Truth:
    """Rule 2: permitted by a grant, available by a listing; given under `permit`."""
    if case.world.default == "permit":
        return True
    return any_of(*(helps(case, c, d) for c in case.agreements.clauses if c.role == role))


def find(case: Case, d: Deployment) -> Found:
    """Rules 2, 3, 5 and 6 for one deployment: definite rejections beat missing facts."""
    refusal = not_a_candidate(case, d)
    if refusal is not None:
        return Found(deployment=d, outcome="deny", findings=(refusal,))
    against = [(p, rejects(case, p, d)) for p in prohibitions(case)]
    given = [(role, is_given(case, role, d)) for role in ("grant", "listing")]
    denied = [against_clause(case, p, d) for p, truth in against if truth is True]
    denied += [lacking(case, role, d) for role, truth in given if truth is False]
    if denied:
        return Found(deployment=d, outcome="deny", findings=tuple(denied))
    unknown = [
        Finding(rule="clause", clause=p, facts=truth.facts)
        for p, truth in against
        if isinstance(truth, Missing)
    ]
    unknown += [
        Finding(rule="no_grant" if role == "grant" else "no_listing", facts=truth.facts)
        for role, truth in given
        if isinstance(truth, Missing)
    ]
    if unknown:
        return Found(deployment=d, outcome="unknown", findings=tuple(unknown))
    return admitted(case, d)


def not_a_candidate(case: Case, d: Deployment) -> Finding | None:
    """The client's narrowing, and what the deployment can serve at all."""
    q = case.question
    if d not in case.candidates:
        return Finding(rule="interface")
    named = q.providers is None or d.provider in q.providers
    near = q.region is None or d.region == q.region
    return None if named and near else Finding(rule="narrowed")


def against_clause(case: Case, clause: Prohibition, d: Deployment) -> Finding:
    """A definite rejection, with the date on which its own condition lifts."""
    return Finding(rule="clause", clause=clause, opens=clause.opens(case, d))


def lacking(case: Case, role: str, d: Deployment) -> Finding:
    """No live grant or listing; with those that would be one at another time or if enrolled."""
    near = tuple(
        c
        for c in case.agreements.clauses
        if c.role == role
        and c.known_by(case.question.known_at)
        and speaks_of_place(c.scope, case.model, case.question, d) is True
        and speaks_of_caller(c.scope, case.question, case.question.labels)
    )
    return Finding(rule="no_grant" if role == "grant" else "no_listing", near=near)


def admitted(case: Case, d: Deployment) -> Found:
    """An allowed deployment: the duties, exceptions, grants and listings that admit it."""
    standing = [p for p in prohibitions(case) if stands(case, p, d) is True]
    duties = [p for p in standing if p.favours(case, d)]
    reasons = [Finding(rule="clause", clause=p) for p in standing if p.admits(case, d)]
    reasons += [Finding(rule="exception", clause=e) for e in exceptions_used(case, d)]
    reasons += [
        Finding(rule="clause", clause=c)
        for role in ("grant", "listing")
        for c in case.agreements.clauses
        if c.role == role and helps(case, c, d) is True
    ]
    reasons += [Finding(rule="order", clause=c) for c in placing(case, d)]
    return Found(
        deployment=d,
        outcome="allow",
        findings=tuple(reasons),
        duty=bool(duties),
        wait_ms=max((p.wait_ms for p in duties if p.wait_ms is not None), default=None),
    )


def placing(case: Case, d: Deployment) -> list[Clause]:
    """The clauses that give an allowed deployment its place, whatever was measured."""
    prepaying = [p for p in prohibitions(case) if is_in_force(case, p, d) is True]
    named: list[Clause] = [p for p in prepaying if p.prepays(case, d)]
    return [*named, *commitments(case, d), *preferences(case, d)]


def exceptions_used(case: Case, d: Deployment) -> list[Clause]:
    """The exceptions without which a clause would reject, or might."""
    return [
        e
        for e in case.agreements.clauses
        if e.excepts
        and helps(case, e, d) is True
        and any(p.id == e.except_of and would_reject(case, p, d) for p in prohibitions(case))
    ]


def would_reject(case: Case, clause: Prohibition, d: Deployment) -> bool:
    """Whether a clause would reject, or might, if nothing were an exception to it."""
    return all_of(is_in_force(case, clause, d), clause.rejects(case, d)) is not False


def rivals(case: Case, found: tuple[Found, ...]) -> tuple[ClauseId, ...]:
    """Rule 4: rivals without either of which a deployment would be allowed, where none is."""
    if any(f.outcome == "allow" for f in found):
        return ()
    named: set[ClauseId] = set()
    for a, b in permutations((p for p in prohibitions(case) if p.rivals), 2):
        if not is_ranked(case, a, b) and are_rivals(case, a, b) and would_allow(case, a, b):
            named |= {a.id, b.id}
    return tuple(sorted(named))


def are_rivals(case: Case, a: Prohibition, b: Prohibition) -> bool:
    """Whether somewhere one of them rejects what the other reserves for its holder."""
    return any(
        stands(case, a, d) is True and a.rejects(case, d) is False and rejects(case, b, d) is True
        for d in case.candidates
    )


def is_ranked(case: Case, a: Clause, b: Clause) -> bool:
    """Rule 3: precedence is written, by `amends`, `except_of` or `supersedes`."""
    over = {(c.id, other) for c in (a, b) for other in (c.amends, c.except_of)}
    if (a.id, b.id) in over or (b.id, a.id) in over:
        return True
    return any(
        later.id == x.agreement and y.agreement in later.supersedes
        for later in case.agreements.agreements
        for x, y in ((a, b), (b, a))
    )


def would_allow(case: Case, a: Clause, b: Clause) -> bool:
    """Whether leaving out one of the two would allow any deployment."""
    for clause in (a, b):
        other = msgspec.structs.replace(case, agreements=case.agreements.without(clause.id))
        if any(
            find(other, d).outcome == "allow" for d in case.world.deployments_of(case.model.name)
        ):
            return True
    return False
