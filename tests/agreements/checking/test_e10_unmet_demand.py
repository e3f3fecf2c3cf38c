"""E10: a demand that nothing in its scope meets; silent where something does or may."""

import msgspec
import pytest

from detente.agreements import reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e10_unmet_demand import unmet_demands
from detente.agreements.checking.survey import Survey
from detente.canonical.model import Attestation, Deployment
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, place, world

NORTH = msgspec.structs.replace(place("north", "north"), processing_zone="us", retention="full")
SOUTH = msgspec.structs.replace(
    place("south", "south"),
    processing_zone="us",
    retention="abuse_monitoring",
    attestations=(Attestation(name="soc2", expires=day("2026-01-01")),),
)
EU = '[[clause]]\nid = "eu"\ntype = "residency"\nprocess = ["eu", "eu-*"]\n'
SOC2 = '[[clause]]\nid = "soc2"\ntype = "attest"\ndocument = "soc2"\n'
ZERO = '[[clause]]\nid = "zero"\ntype = "retention"\nmode = "none"\n'


def e10(*deployments: Deployment, **texts: str) -> list[CheckFinding]:
    return list(unmet_demands(Survey(here(*deployments), agreements(**texts))))


def here(*deployments: Deployment) -> World:
    return world(*(deployments or (NORTH, SOUTH)))


@pytest.mark.parametrize(
    ("text", "since"), [(EU, "2025-01-01"), (SOC2, "2026-01-01"), (ZERO, "2025-01-01")]
)
def test_nothing_meets_it(text: str, since: str) -> None:
    (finding,) = e10(a=text)
    name = text.split('"')[1]
    assert (finding.code, finding.severity, finding.model) == ("E10", "error", "lab/one")
    assert finding.clauses == (f"a/{name}",)
    assert finding.periods == (Period(from_=day(since)),)
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 4)
    assert finding.witness is not None
    decision = reference.decide(here(), agreements(a=text), finding.witness)
    assert (decision.outcome, decision.clauses) == ("deny", (f"a/{name}",))


def test_what_it_does_not_speak_of_does_not_meet_it() -> None:
    place_ = msgspec.structs.replace(SOUTH, processing_zone="eu-west")
    assert e10(NORTH, place_, a=EU) == []
    assert e10(NORTH, place_, a=EU + 'scope = { host = "north" }\n')


def test_what_is_not_known_may_be_right() -> None:
    assert e10(NORTH, place("south", "south"), a=EU) == []


def test_an_offer_meets_it_while_it_lasts() -> None:
    offer = EU.replace('"eu"\n', '"o"\n') + "offered = true\nuntil = 2026-01-01\n"
    (finding,) = e10(a=EU, b=offer)
    assert finding.periods == (Period(from_=day("2026-01-01")),)
    (finding,) = e10(a=EU, b=offer.replace("until = 2026-01-01\n", 'ends_on = "brexit"\n'))
    assert finding.witness is not None
    assert [event.name for event in finding.witness.events] == ["brexit"]


def test_what_is_excepted_has_a_way() -> None:
    lifted = '[[clause]]\nid = "g"\ntype = "grant"\nexcept_of = "a/eu"\nscope = {}\n'
    assert e10(a=EU, b=lifted.replace("{}", '{ host = "south" }')) == []
    data = lifted.replace("{}", '{ labels = { data = "public" } }')
    (finding,) = e10(a=EU, b=data)
    assert finding.witness is not None
    assert finding.witness.labels == ()


def test_offers_alone_demand_nothing() -> None:
    assert e10(a=EU + "offered = true\n") == []


def test_what_a_publisher_rules_out_is_e18s() -> None:
    survey = Survey(here(), agreements(a=ZERO))
    model = msgspec.structs.replace(survey.world.models[0], retention_required="flagged_only")
    ruled = msgspec.structs.replace(survey.world, models=(model,))
    assert list(unmet_demands(Survey(ruled, survey.agreements))) == []
