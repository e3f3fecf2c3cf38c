"""E07: one deployment's spend that counts for two commitments."""

from detente.agreements import AgreementSet, reference
from detente.agreements.checking.e07_spend_counted_twice import spend_counted_twice
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

COMMIT = """
[[clause]]
id = "spend"
type = "commit"
amount = 100
until = 2027-01-01
"""
WORLD = world()


def found(loaded: AgreementSet) -> list[CheckFinding]:
    return list(spend_counted_twice(Survey(WORLD, loaded)))


def test_two_agreements_count_the_same() -> None:
    narrow = COMMIT + 'eligible = { provider = "south" }\nfrom = 2026-01-01\n'
    loaded = agreements(a=COMMIT, b=narrow)
    (finding,) = found(loaded)
    assert (finding.code, finding.severity) == ("E07", "error")
    assert finding.clauses == ("a/spend", "b/spend")
    assert "`south/one`" in finding.message
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2026-01-01"), day("2027-01-01"))]
    assert finding.place == loaded.places["a/spend"]
    assert finding.witness is not None
    assert "south/one" in reference.decide(WORLD, loaded, finding.witness).order


def test_commitments_of_one_agreement_may_overlap() -> None:
    assert not found(agreements(a=COMMIT + COMMIT.replace('"spend"', '"part"')))


def test_other_places_times_measures_and_callers_do_not_meet() -> None:
    for other in (
        'eligible = { provider = "south" }\n',
        "from = 2027-01-01\n",
        'measure = "tokens"\n',
        'scope = { project = "b" }\n',
    ):
        first = COMMIT + 'scope = { project = "a", provider = "north" }\n'
        text = COMMIT.replace("until = 2027-01-01\n", "") + "until = 2028-01-01\n" + other
        assert not found(agreements(a=first, b=text)), other
    first = COMMIT + 'scope = { project = "a", provider = "north" }\n'
    assert found(agreements(a=first, b=COMMIT + 'scope = { project = ["a", "b"] }\n'))


def test_a_commitment_that_replaces_another_counts_alone() -> None:
    loaded = agreements(a=COMMIT, b=COMMIT + 'amends = "a/spend"\nfrom = 2026-01-01\n')
    assert not found(loaded)
