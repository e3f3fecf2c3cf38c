"""Clean sets raise nothing; every defect that is injected into one is found, and nothing else."""

import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.check import CheckFinding, check
from tests.agreements.checking.clean_sets import CleanSet, clean_set
from tests.agreements.checking.defects import DEFECTS, Expected

SETS = 50
QUICK = 2
"""Sets of the quick suite."""


def found_in(made: CleanSet) -> tuple[AgreementSet, tuple[CheckFinding, ...]]:
    loaded = made.loaded()
    return loaded, check(made.world, loaded, tuple(made.drills))


def look(code: str, seed: int) -> None:
    made = clean_set(seed)
    expected = DEFECTS[code](made)
    loaded, found = found_in(made)
    own = [finding for finding in found if finding.code == code]
    others = {finding.code for finding in found} - {code}
    assert others <= expected.implied, [f.message for f in found if f.code in others]
    matching = [f for f in own if set(expected.clauses) <= set(f.clauses)]
    assert matching, [f.message for f in own]
    # What else is found of that code is the same defect: at another model, in another place.
    marks = set(expected.clauses)
    assert all(marks & set(f.clauses) or f.configured == expected.configured for f in own)
    finding = matching[0]
    _compare_place(made, finding, expected)
    assert any(expected.said in f.message for f in matching), finding.message
    _compare_witness(made, loaded, finding, expected)


def _compare_place(made: CleanSet, finding: CheckFinding, expected: Expected) -> None:
    if expected.configured:
        assert finding.configured == expected.configured
        return
    assert finding.place is not None
    where = expected.place or expected.clauses[0]
    assert (finding.place.file, finding.place.line) == made.place_of(where)
    assert finding.periods


def _compare_witness(
    made: CleanSet, loaded: AgreementSet, finding: CheckFinding, expected: Expected
) -> None:
    """The plain evaluator's answer to the witness shows the defect."""
    if expected.cited is None:
        # No question can show it, and a sentence does; what a gap leaves may still be asked.
        assert finding.fact
        assert finding.witness is None or finding.code == "E05"
        return
    assert finding.witness is not None
    decision = reference.decide(made.world, loaded, finding.witness)
    cited = {clause for verdict in decision.verdicts for clause in verdict.clauses}
    assert set(expected.cited) <= cited
    assert not expected.outcomes or decision.outcome in expected.outcomes
    when = [period for period in finding.periods if period.from_ is not None]
    assert any(
        period.from_ is not None
        and period.from_ <= finding.witness.at
        and (period.until is None or finding.witness.at < period.until)
        for period in when
    )


@pytest.mark.parametrize("seed", range(QUICK))
def test_a_clean_set_raises_nothing(seed: int) -> None:
    made = clean_set(seed)
    assert found_in(made)[1] == ()
    made.default = "permit"
    assert found_in(made)[1] == ()


@pytest.mark.parametrize("code", DEFECTS)
def test_a_defect_is_found_alone(code: str) -> None:
    for seed in range(QUICK):
        look(code, 1_000 + seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SETS))
def test_many_clean_sets_raise_nothing(seed: int) -> None:
    test_a_clean_set_raises_nothing(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SETS))
def test_each_of_the_twenty_defects_is_found_in_each_set(seed: int) -> None:
    for code in DEFECTS:
        look(code, seed)


def test_sets_differ_and_seeds_repeat_them() -> None:
    first, again, other = clean_set(3), clean_set(3), clean_set(4)
    assert first.agreements == again.agreements
    assert first.world == again.world
    assert first.agreements != other.agreements


def test_every_clause_type_is_used() -> None:
    types = {clause.type for clause in clean_set(0).loaded().clauses}
    assert len(types) == 18
