"""Made agreements load, are as many as asked, and reach what is measured."""

from bench.agreement_files import agreement_files
from detente.agreements import load

MODELS = ("openai/a", "openai/b")


def test_there_are_as_many_as_asked_of_several_types() -> None:
    files = agreement_files(agreements=3, clauses=100, models=MODELS)
    agreements = load(files)
    assert (len(agreements.agreements), len(agreements.clauses)) == (3, 100)
    assert {"grant", "listing", "forbid", "hold", "exclusive"} <= {
        clause.type for clause in agreements.clauses
    }
    about = {clause.scope.model for clause in agreements.clauses}
    assert about >= {None, *MODELS}


def test_every_run_gets_the_same_bytes() -> None:
    once = agreement_files(agreements=2, clauses=10, models=MODELS)
    assert once == agreement_files(agreements=2, clauses=10, models=MODELS)
