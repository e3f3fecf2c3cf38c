"""E01: found with its line, dates and a witness; not found where there is none."""

import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e01_overlapping_exclusives import overlapping_exclusives
from detente.agreements.checking.survey import Survey
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, place, world

NORTH = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\n'
SOUTH = '\n# rival\n\n[[clause]]\nid = "y"\ntype = "exclusive"\nholder = "host:south"\n'


def e01(here: World, found: AgreementSet) -> list[CheckFinding]:
    return list(overlapping_exclusives(Survey(here, found)))


def test_e01_two_holders_of_the_same() -> None:
    (finding,) = e01(world(), agreements(a=NORTH, b=SOUTH))
    assert (finding.code, finding.severity) == ("E01", "error")
    assert finding.clauses == ("a/x", "b/y")
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 4)
    assert finding.periods == (Period(from_=day("2025-01-01")),)


def test_e01_the_line_is_the_clauses_own() -> None:
    found = agreements(b=NORTH, a=SOUTH)
    (finding,) = e01(world(), found)
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 7)


def test_e01_witness_is_rejected_by_both() -> None:
    here, found = (
        world(place("other", "other"), place("north", "north")),
        agreements(a=NORTH, b=SOUTH),
    )
    (finding,) = e01(here, found)
    assert finding.witness is not None
    decision = reference.decide(here, found, finding.witness)
    verdict = next(v for v in decision.verdicts if v.deployment == "other/one")
    assert set(verdict.clauses) == set(finding.clauses)


def test_e01_dates_are_the_overlap() -> None:
    found = agreements(a=NORTH + "until = 2026-06-01\n", b=SOUTH + "from = 2026-03-01\n")
    (finding,) = e01(world(), found)
    assert finding.periods == (Period(from_=day("2026-03-01"), until=day("2026-06-01")),)


def test_e01_a_range_may_overlap() -> None:
    until = "until = { after = 2026-02-01, before = 2026-04-01 }\n"
    (finding,) = e01(world(), agreements(a=NORTH + until, b=SOUTH + "from = 2026-03-01\n"))
    assert finding.periods == (Period(from_=day("2026-03-01"), until=day("2026-04-01")),)


@pytest.mark.parametrize(
    ("north", "south"),
    [
        ("", 'carve_outs = ["open_weights"]\n'),
        ('ends_on = "agi"\n', ""),
        ('scope = { labels = { data = "open" } }\n', 'scope = { project = "shop" }\n'),
    ],
)
def test_e01_is_found_through_what_only_sometimes_opens(north: str, south: str) -> None:
    assert e01(world(), agreements(a=NORTH + north, b=SOUTH + south))


@pytest.mark.parametrize(
    ("north", "south"),
    [
        ("until = 2026-01-01\n", "from = 2026-01-01\n"),
        ('scope = { interface = "stateless_api" }\n', 'scope = { interface = "embedding" }\n'),
        ('scope = { model = "lab/one" }\n', 'scope = { model = "lab/two" }\n'),
        ('scope = { labels = { d = "x" } }\n', 'scope = { labels = { d = "y" } }\n'),
        ("", 'amends = "a/x"\n'),
    ],
)
def test_e01_not_where_they_never_meet_or_one_is_ranked(north: str, south: str) -> None:
    places = (
        place("north", "north", interfaces=("stateless_api", "embedding")),
        place("south", "south", interfaces=("stateless_api", "embedding")),
        place("north", "north", model="lab/two"),
    )
    assert e01(world(*places), agreements(a=NORTH + north, b=SOUTH + south)) == []


def test_e01_not_where_a_holder_is_both() -> None:
    kind = '[[clause]]\nid = "k"\ntype = "exclusive"\nholder = "provider:north"\n'
    assert e01(world(), agreements(a=NORTH, b=kind)) == []
    assert e01(world(), agreements(a=NORTH, b=NORTH)) == []
