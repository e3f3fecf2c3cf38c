"""E02: found with its line, dates and a witness; not found where there is none."""

import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e02_inside_exclusive import inside_exclusives
from detente.agreements.checking.survey import Survey
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, world

NORTH = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\n'
LISTED = '[[clause]]\nid = "l"\ntype = "listing"\nscope = { host = "south" }\n'


def e02(here: World, found: AgreementSet) -> list[CheckFinding]:
    return list(inside_exclusives(Survey(here, found)))


def test_e02_a_listing_inside() -> None:
    found = agreements(a=NORTH + "until = 2026-01-01\n", b=LISTED)
    (finding,) = e02(world(), found)
    assert (finding.code, finding.severity) == ("E02", "warning")
    assert finding.clauses == ("b/l", "a/x")
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("b.toml", 4)
    assert finding.periods == (Period(from_=day("2025-01-01"), until=day("2026-01-01")),)
    assert finding.witness is not None
    assert "a/x" in reference.decide(world(), found, finding.witness).clauses


def test_e02_a_grant_to_the_enrolled() -> None:
    grant = LISTED.replace("listing", "grant") + 'enrolment = "early"\n'
    (finding,) = e02(world(), agreements(a=NORTH, b=grant))
    assert finding.witness is not None
    assert finding.witness.labels == (("enrolled", "early"),)


@pytest.mark.parametrize(
    "listed",
    [
        LISTED.replace("south", "north"),
        LISTED + 'except_of = "a/x"\n',
        LISTED + "from = 2026-01-01\n",
    ],
)
def test_e02_not_where_the_exclusive_does_not_close_it(listed: str) -> None:
    assert e02(world(), agreements(a=NORTH + "until = 2026-01-01\n", b=listed)) == []


def test_e02_for_callers_whom_the_exception_carves_out() -> None:
    exception = (
        '[[clause]]\nid = "y"\ntype = "exclusive"\nholder = "south"\nexcept_of = "a/x"\n'
        'carve_outs = ["us_government"]\n'
    )
    (finding,) = e02(world(), agreements(a=NORTH, b=LISTED, c=exception))
    assert finding.clauses == ("b/l", "a/x")
    assert finding.witness is not None
    assert finding.witness.labels == (("us_government", "true"),)
    plain = exception.replace('carve_outs = ["us_government"]\n', "")
    assert e02(world(), agreements(a=NORTH, b=LISTED, c=plain)) == []
