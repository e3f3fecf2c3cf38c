"""The many agreements that are measured: as many as asked for, the same each time, of all sorts."""

import msgspec
from tests.agreements.scenes import question

from bench.agreements import many_agreements
from detente.agreements import compile_agreements, reference


def test_they_are_as_many_as_asked_for_and_the_same_each_time() -> None:
    world, agreements = many_agreements(agreements=10, clauses=200, models=12, seed=3)
    assert (len(agreements.agreements), len(agreements.clauses)) == (10, 200)
    assert len(world.models) == 12
    assert len({clause.type for clause in agreements.clauses}) >= 12
    assert many_agreements(agreements=10, clauses=200, models=12, seed=3) == (world, agreements)
    assert many_agreements(agreements=10, clauses=200, models=12, seed=4)[1] != agreements


def test_both_evaluators_answer_about_them_alike() -> None:
    world, agreements = many_agreements(agreements=10, clauses=200, models=6, seed=1)
    compiled = compile_agreements(world, agreements)
    for model in world.models:
        deployment = world.deployments_of(model.name)[0]
        asked = msgspec.structs.replace(
            question("2026-02-01", labels={"tenant": "t7"}), model=model.name
        )
        decision = compiled.decide(asked)
        assert decision == reference.decide(world, agreements, asked)
        assert deployment.id in {verdict.deployment for verdict in decision.verdicts}
