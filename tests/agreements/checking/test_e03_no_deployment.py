"""E03: found with its line, dates and a witness; not found where there is none."""

from detente.agreements import AgreementSet, reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e03_no_deployment import models_without_deployment
from detente.agreements.checking.survey import Survey
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, place, world

FORBID = '[[clause]]\nid = "f"\ntype = "forbid"\n'
GIVEN = (
    '[[clause]]\nid = "g"\ntype = "grant"\n{}\n[[clause]]\nid = "l"\ntype = "listing"\n'
    "from = 2025-03-01\n"
)


def e03(here: World, found: AgreementSet) -> list[CheckFinding]:
    return list(models_without_deployment(Survey(here, found)))


def test_e03_forbidden_everywhere() -> None:
    here, found = world(), agreements(a="\n" + FORBID + "until = 2026-01-01\n")
    (finding,) = e03(here, found)
    assert (finding.code, finding.severity, finding.model) == ("E03", "error", "lab/one")
    assert finding.periods == (Period(from_=day("2025-01-01"), until=day("2026-01-01")),)
    assert finding.clauses == ("a/f",)
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 5)
    assert finding.witness is not None
    assert reference.decide(here, found, finding.witness).outcome == "deny"


def test_e03_starts_at_the_release() -> None:
    here = world(default="deny", released=day("2025-02-01"))
    (finding,) = e03(here, agreements(a=GIVEN.format("")))
    assert finding.periods == (Period(from_=day("2025-02-01"), until=day("2025-03-01")),)
    assert finding.place is None


def test_e03_without_a_release_starts_at_the_first_listing() -> None:
    assert e03(world(default="deny"), agreements(a=GIVEN.format(""))) == []


def test_e03_nothing_is_granted_at_all() -> None:
    (finding,) = e03(world(default="deny"), agreements())
    assert finding.periods == (Period(),)


def test_e03_one_class_of_callers_is_enough() -> None:
    enrolled = agreements(a=GIVEN.format('enrolment = "early"\n'))
    assert e03(world(default="deny"), enrolled) == []
    labelled = agreements(a=GIVEN.format('scope = { project = "shop", labels = { d = "x" } }\n'))
    assert e03(world(default="deny"), labelled) == []


def test_e03_one_interface_is_enough() -> None:
    here = world(place("north", "north", interfaces=("stateless_api", "embedding")))
    assert e03(here, agreements(a=FORBID + 'scope = { interface = "embedding" }\n')) == []


def test_e03_after_an_event() -> None:
    given = GIVEN.format('ends_on = "recall"\n')
    (finding,) = e03(world(default="deny"), agreements(a=given))
    assert "`recall`" in finding.message
    assert finding.witness is not None
    assert [event.name for event in finding.witness.events] == ["recall"]


def test_e03_unknown_is_not_shut() -> None:
    text = FORBID + "from = { after = 2025-02-01, before = 2025-04-01 }\nuntil = 2025-04-01\n"
    assert e03(world(), agreements(a=text)) == []
