"""The measured contracts: as many as said, of every kind, and nothing wrong but what is known."""

from bench import contracts
from detente.agreements import load
from detente.agreements.clauses import CLAUSE_TYPES


def test_there_are_as_many_as_a_large_company_has() -> None:
    agreements, world = load(contracts.contracts()), contracts.world()
    assert len(agreements.agreements) == 200
    assert len(agreements.clauses) == 5_000
    assert len(world.models) == 300
    types = {clause.type for clause in agreements.clauses}
    assert len(types) > len(CLAUSE_TYPES) // 2


def test_every_run_gets_the_same_bytes() -> None:
    assert contracts.contracts() == contracts.contracts()
