"""The checks find what an independent oracle finds, and nothing else; witnesses are confirmed."""

from collections.abc import Callable, Iterable
from random import Random

import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.checking.e01_overlapping_exclusives import overlapping_exclusives
from detente.agreements.checking.e02_inside_exclusive import inside_exclusives
from detente.agreements.checking.e03_no_deployment import models_without_deployment
from detente.agreements.checking.e09_deadlock import deadlocks
from detente.agreements.checking.e10_unmet_demand import unmet_demands
from detente.agreements.checking.e17_cycles import cycles
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.canonical.world import World
from tests.agreements.checking import oracle
from tests.agreements.checking.small_sets import small_set

QUICK, LONG = range(100), range(100, 2_100)


def clauses(found: Iterable[CheckFinding]) -> set[tuple[str, ...]]:
    return {finding.clauses for finding in found}


def stuck(found: Iterable[CheckFinding], survey: Survey) -> set[tuple[str, ...]]:
    """As the oracle names them: a first refusal alone where exclusives bar its holder."""
    refusals = {c.id for c in survey.agreements.clauses if c.type == "first_refusal"}
    return {
        finding.clauses if finding.clauses[1] in refusals else finding.clauses[:1]
        for finding in found
    }


def agree(seed: int) -> None:
    world, found = small_set(Random(seed))
    survey, made = Survey(world, found), oracle.oracles(world, found)
    assert clauses(overlapping_exclusives(survey)) == oracle.e01(found, made), seed
    assert clauses(inside_exclusives(survey)) == oracle.e02(found, made), seed
    shut = {finding.model for finding in models_without_deployment(survey)}
    assert shut == oracle.e03(world, found), seed
    assert stuck(deadlocks(survey), survey) == oracle.e09(found, made), seed
    unmet = {(finding.clauses[0], finding.model) for finding in unmet_demands(survey)}
    assert unmet == oracle.e10(found, made), seed
    assert any(cycles(survey)) == oracle.e17(found), seed


@pytest.mark.parametrize("first", QUICK[::10])
def test_checks_and_oracle_agree(first: int) -> None:
    for seed in range(first, first + 10):
        agree(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", LONG[::50])
def test_checks_and_oracle_agree_on_many(first: int) -> None:
    for seed in range(first, first + 50):
        agree(seed)


FINDERS: tuple[Callable[[Survey], Iterable[CheckFinding]], ...] = (
    overlapping_exclusives,
    inside_exclusives,
    models_without_deployment,
    deadlocks,
    unmet_demands,
)


@pytest.mark.parametrize("finder", FINDERS)
def test_the_plain_evaluator_confirms_every_witness(
    finder: Callable[[Survey], Iterable[CheckFinding]],
) -> None:
    confirmed = 0
    for seed in range(300):
        world, found = small_set(Random(seed))
        for finding in finder(Survey(world, found)):
            confirmed += 1
            assert is_confirmed(world, found, finding), (seed, finding)
    assert confirmed > 10


def is_confirmed(world: World, found: AgreementSet, finding: CheckFinding) -> bool:
    """Whether the plain evaluator's own view of the witness shows what was found."""
    assert finding.witness is not None
    case = reference.case_of(world, found, finding.witness)
    if finding.code == "E03":
        return all(reference.find(case, d).outcome == "deny" for d in case.candidates)
    named = {clause.id: clause for clause in found.clauses if clause.id in finding.clauses}
    forbidding = [p for p in reference.prohibitions(case) if p.id in named]
    if finding.code == "E02":
        given = named[finding.clauses[0]]
        return any(
            reference.helps(case, given, d) is not False
            and all(reference.rejects(case, p, d) is not False for p in forbidding)
            for d in case.candidates
        )
    return all(
        any(reference.rejects(case, p, d) is not False for d in case.candidates)
        or any(reference.stands(case, p, d) is not False for d in case.candidates)
        for p in forbidding
    )
