"""Clauses that meet: exclusives that overlap (E01), and what stands inside one (E02).

Only finds; a `Crossing` is two clauses, all the time at which they meet, and a question.

>>> [finding.code for finding in overlapping_exclusives(world, agreements)]
['E01']
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec

from detente.agreements import reference
from detente.agreements.agreement import AgreementSet
from detente.agreements.answer import model_of
from detente.agreements.case import Case, helps, in_place, rejects, stands
from detente.agreements.checking.domain import (
    Caller,
    Period,
    all_recorded_at,
    ask,
    caller_of,
    clauses_about,
    courses,
    interfaces_of,
    merged,
    periods,
)
from detente.agreements.checking.report import CheckFinding, Code
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.moment import earliest, latest
from detente.agreements.scope import words
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question
from detente.canonical.world import World

Meet = Callable[[Case, Clause, Clause, Deployment], bool]
"""Whether two clauses meet at a deployment."""


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Two clauses that meet: when, and the first question that shows it."""

    first: Clause
    second: Clause
    witness: Question
    periods: tuple[Period, ...]


def overlapping_exclusives(world: World, agreements: AgreementSet) -> Iterator[CheckFinding]:
    """E01: two exclusives of different holders speak of the same deployment at the same time."""
    exclusives = [c for c in agreements.clauses if isinstance(c, Exclusive)]
    pairs = [
        (a, b)
        for i, a in enumerate(exclusives)
        for b in exclusives[i + 1 :]
        if not set(words(a.holder)) & set(words(b.holder))
    ]
    for crossing in _crossings(world, agreements, pairs, _overlap):
        a, b = crossing.first, crossing.second
        message = (
            f"exclusives `{a.id}` and `{b.id}` overlap and have different holders; narrow the "
            f"`scope` or the dates of one, or write which one yields (`except_of`, `amends`)"
        )
        yield _finding("E01", message, agreements, crossing)


def inside_exclusives(world: World, agreements: AgreementSet) -> Iterator[CheckFinding]:
    """E02: a grant or listing of what another holder's exclusive closes."""
    given = [c for c in agreements.clauses if c.role in ("grant", "listing")]
    pairs = [(g, x) for g in given for x in agreements.clauses if isinstance(x, Exclusive)]
    for crossing in _crossings(world, agreements, pairs, _inside):
        a, b = crossing.first, crossing.second
        message = (
            f"{a.type} `{a.id}` stands inside the exclusive `{b.id}` of another holder, which "
            f"closes it; change the dates or the `scope`, or write an exception (`except_of`)"
        )
        yield _finding("E02", message, agreements, crossing)


def asked(
    world: World,
    agreements: AgreementSet,
    model: Model,
    caller: Caller,
    pair: tuple[Clause, Clause],
) -> Iterator[tuple[Question, Period]]:
    """The questions about `model` at which `pair` may meet: where both speak of a deployment."""
    cuts = periods(world, agreements, model)
    known_at = all_recorded_at(agreements)
    for interface in interfaces_of(world, model):
        probe = case_of(
            world,
            agreements,
            ask(model, interface, cuts[-1], caller=caller, course=(), known_at=known_at),
        )
        if not any(
            all(in_place(probe, clause, d) is not False for clause in pair)
            for d in probe.candidates
        ):
            continue
        shared = [period for period in cuts if all(_may_live(c, period.at) for c in pair)]
        for course in courses(clauses_about(agreements, model)):
            for period in shared:
                yield (
                    ask(model, interface, period, caller=caller, course=course, known_at=known_at),
                    period,
                )


def case_of(world: World, agreements: AgreementSet, question: Question) -> Case:
    """The question as the plain evaluator sees it."""
    return Case(
        world=world,
        agreements=agreements,
        question=question,
        model=model_of(world, question.model),
        candidates=tuple(
            d for d in world.deployments_of(question.model) if question.interface in d.interfaces
        ),
    )


def _crossings(
    world: World, agreements: AgreementSet, pairs: Sequence[tuple[Clause, Clause]], meet: Meet
) -> Iterator[Crossing]:
    """The pairs that meet somewhere at some time, with all the time at which they do."""
    for first, second in pairs:
        caller = caller_of((first, second))
        if caller is None:
            continue
        questions: list[Question] = []
        when: list[Period] = []
        for model in world.models:
            clauses = clauses_about(agreements, model)
            if first not in clauses or second not in clauses:
                continue
            for question, period in asked(world, agreements, model, caller, (first, second)):
                case = case_of(world, agreements, question)
                if any(meet(case, first, second, d) for d in case.candidates):
                    questions.append(question)
                    when.append(period)
        if questions:
            witness = min(questions, key=lambda q: (q.at, len(q.events)))
            yield Crossing(first=first, second=second, witness=witness, periods=merged(when))


def _may_live(clause: Clause, at: datetime) -> bool:
    """Whether the clause's own dates allow that it is live; a quick first look."""
    begun = clause.from_ is None or earliest(clause.from_) <= at
    return begun and (clause.until is None or at < latest(clause.until))


def _overlap(case: Case, a: Clause, b: Clause, d: Deployment) -> bool:
    assert isinstance(a, Exclusive)
    assert isinstance(b, Exclusive)
    if set(case.held_by(a.holder)) & set(case.held_by(b.holder)):
        return False
    both = (stands(case, a, d), stands(case, b, d))
    return False not in both and not reference.is_ranked(case, a, b)


def _inside(case: Case, given: Clause, exclusive: Clause, d: Deployment) -> bool:
    assert isinstance(exclusive, Exclusive)
    if d in case.held_by(exclusive.holder):
        return False
    if rejects(case, exclusive, d) is False:
        return False
    return helps(case, given, d) is not False


def _finding(
    code: Code, message: str, agreements: AgreementSet, crossing: Crossing
) -> CheckFinding:
    return CheckFinding(
        code=code,
        message=message,
        clauses=(crossing.first.id, crossing.second.id),
        place=agreements.places.get(crossing.first.id),
        model=crossing.witness.model,
        periods=crossing.periods,
        witness=crossing.witness,
    )
