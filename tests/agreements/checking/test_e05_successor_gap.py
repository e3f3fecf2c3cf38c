"""E05: found with both dates; not found where one agreement follows the other."""

import pytest

from detente.agreements import AgreementSet, load, reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e05_successor_gap import successor_gaps
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import day, world

FORBID = '[[clause]]\nid = "f"\ntype = "forbid"\n'
FIRST = 'id = "a"\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n'
NEXT = '# successor\nid = "{}"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = {}\n'


def loaded(*texts: str) -> AgreementSet:
    return load([(f"{n}.toml", text.encode()) for n, text in enumerate(texts)])


def e05(*texts: str) -> list[CheckFinding]:
    return list(successor_gaps(Survey(world(), loaded(*texts))))


def test_a_successor_that_begins_too_late() -> None:
    texts = (FIRST + "until = 2026-01-01\n" + FORBID, NEXT.format("b", "2026-02-01"))
    (finding,) = e05(*texts)
    assert (finding.code, finding.severity) == ("E05", "error")
    assert finding.fact == "`a` ends on 2026-01-01, and `b` begins on 2026-02-01"
    assert finding.periods == (Period(from_=day("2026-01-01"), until=day("2026-02-01")),)
    assert finding.clauses == ("a/f",)
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("1.toml", 1)
    assert finding.witness is not None
    assert finding.witness.at == day("2026-01-01")
    assert reference.decide(world(), loaded(*texts), finding.witness).outcome == "allow"


def test_the_last_clause_ends_an_agreement_without_an_end() -> None:
    clauses = FORBID + "until = 2025-06-01\n" + FORBID.replace('"f"', '"g"') + "until = {}\n"
    (finding,) = e05(FIRST + clauses.format("2026-01-01"), NEXT.format("b", "2026-02-01"))
    assert finding.periods[0].from_ == day("2026-01-01")
    open_ended = FIRST + FORBID + FORBID.replace('"f"', '"g"') + "until = 2025-06-01\n"
    assert e05(open_ended, NEXT.format("b", "2026-02-01")) == []


def test_it_needs_no_clause_to_be_found() -> None:
    (finding,) = e05(FIRST + "until = 2026-01-01\n", NEXT.format("b", "2026-02-01"))
    assert (finding.clauses, finding.witness) == ((), None)


@pytest.mark.parametrize(
    "begins", ["2026-01-01", "2025-06-01", "{ after = 2025-12-01, before = 2026-03-01 }"]
)
def test_not_where_they_join_or_may(begins: str) -> None:
    assert e05(FIRST + "until = 2026-01-01\n" + FORBID, NEXT.format("b", begins)) == []


def test_not_where_another_successor_is_in_time() -> None:
    first = FIRST + "until = 2026-01-01\n"
    assert e05(first, NEXT.format("b", "2026-02-01"), NEXT.format("c", "2026-01-01")) == []


def test_not_without_a_successor() -> None:
    assert e05(FIRST + "until = 2026-01-01\n") == []
