"""What is missing: a model with nowhere to go (E03), a first refusal without an end (E08).

Only finds.

>>> [finding.code for finding in models_without_deployment(world, agreements)]
['E03']
"""

from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase

from detente.agreements import reference
from detente.agreements.agreement import AgreementSet
from detente.agreements.case import rejects
from detente.agreements.checking.crossings import asked, case_of
from detente.agreements.checking.domain import (
    Caller,
    Period,
    all_recorded_at,
    ask,
    caller_of,
    callers,
    clauses_about,
    courses,
    interfaces_of,
    merged,
    periods,
)
from detente.agreements.checking.report import CheckFinding
from detente.agreements.clause import Clause
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.moment import earliest
from detente.agreements.scope import words
from detente.canonical.model import Model
from detente.canonical.question import Question
from detente.canonical.world import World


def models_without_deployment(world: World, agreements: AgreementSet) -> Iterator[CheckFinding]:
    """E03: on some date since its release, no caller may use the model anywhere."""
    for model in world.models:
        clauses = clauses_about(agreements, model)
        for course in courses(clauses):
            shut = [
                period
                for period in periods(world, agreements, model)
                if _is_out(model, clauses, period)
                and not _is_open(world, agreements, model, period, course)
            ]
            if shut:
                yield _shut(world, agreements, model, course, shut)
                break  # what is shut without an event need not be told again with one


def undischargeable(world: World, agreements: AgreementSet) -> Iterator[CheckFinding]:
    """E08: a first refusal that leaves open what counts as a refusal."""
    for clause in agreements.clauses:
        if not isinstance(clause, FirstRefusal):
            continue
        lacking = [
            name
            for name, given in (
                ("signals", clause.signals),
                ("respond_within", clause.respond_within),
                ("default", clause.default),
            )
            if not given
        ]
        if lacking:
            names = ", ".join(f"`{name}`" for name in lacking)
            message = (
                f"first refusal `{clause.id}` has no {names}, so that nobody can tell when its "
                f"holder has refused; add what is missing"
            )
            yield CheckFinding(
                code="E08",
                message=message,
                clauses=(clause.id,),
                place=agreements.places.get(clause.id),
                periods=(Period(from_=_start(clause), until=None),),
                witness=_waiting(world, agreements, clause),
            )


def _is_out(model: Model, clauses: tuple[Clause, ...], period: Period) -> bool:
    """Whether the model is released; by its first listing where nobody supplied a date."""
    since = model.released
    if since is None:
        starts = [_start(c) for c in clauses if c.role == "listing" and _names(c, model)]
        dates = [start for start in starts if start is not None]
        if len(dates) < len(starts) or not starts:
            return True
        since = min(dates)
    return period.from_ is not None and since <= period.from_


def _is_open(
    world: World,
    agreements: AgreementSet,
    model: Model,
    period: Period,
    course: tuple[str, ...],
) -> bool:
    """Whether any caller may use the model anywhere; what is unknown is not shut."""
    known_at = all_recorded_at(agreements)
    for caller in callers(clauses_about(agreements, model), model):
        for interface in interfaces_of(world, model):
            question = ask(
                model, interface, period, caller=caller, course=course, known_at=known_at
            )
            case = case_of(world, agreements, question)
            if any(reference.find(case, d).outcome != "deny" for d in case.candidates):
                return True
    return False


def _shut(
    world: World,
    agreements: AgreementSet,
    model: Model,
    course: tuple[str, ...],
    shut: list[Period],
) -> CheckFinding:
    interfaces = interfaces_of(world, model) or ("stateless_api",)
    interface = "stateless_api" if "stateless_api" in interfaces else interfaces[0]
    known_at = all_recorded_at(agreements)
    witness = ask(model, interface, shut[0], caller=Caller(), course=course, known_at=known_at)
    clauses = reference.decide(world, agreements, witness).clauses
    after = f" after `{', '.join(course)}`" if course else ""
    return CheckFinding(
        code="E03",
        message=(
            f"model `{model.name}` has no legal deployment{after}; configure one that the "
            f"agreements allow, or grant and list one"
        ),
        clauses=clauses,
        place=agreements.places.get(clauses[0]) if clauses else None,
        model=model.name,
        periods=merged(shut),
        witness=witness,
    )


def _waiting(world: World, agreements: AgreementSet, clause: FirstRefusal) -> Question | None:
    """A question in which somebody waits for the holder's refusal."""
    caller = caller_of((clause,))
    if caller is None:
        return None
    for model in world.models:
        for question, _ in asked(world, agreements, model, caller, (clause, clause)):
            case = case_of(world, agreements, question)
            if any(rejects(case, clause, d) is not False for d in case.candidates):
                return question
    return None


def _start(clause: Clause) -> datetime | None:
    return None if clause.from_ is None else earliest(clause.from_)


def _names(clause: Clause, model: Model) -> bool:
    """Whether the clause's scope takes in the model by its name."""
    wanted = words(clause.scope.model)
    return not wanted or any(fnmatchcase(model.name, pattern) for pattern in wanted)
