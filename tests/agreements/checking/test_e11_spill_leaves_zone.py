"""E11: overflow that leaves the zone."""

import msgspec
import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.checking.e11_spill_leaves_zone import spill_leaves_zone
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.canonical.model import Deployment
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, place, world

CAPACITY = """
[[clause]]
id = "ptu"
type = "capacity"
scope = { provider = "ptu" }
size = 10
unit = "ptu"
"""
DEMAND = """
[[clause]]
id = "eu"
type = "residency"
process = ["eu", "eu-*"]
"""


def at(provider: str, zone: str | None) -> Deployment:
    return msgspec.structs.replace(place(provider, provider), processing_zone=zone)


def three(taker: str | None, home: str = "eu") -> World:
    return world(at("ptu", home), at("near", home), at("far", taker))


def found(of: World, loaded: AgreementSet) -> list[CheckFinding]:
    return list(spill_leaves_zone(Survey(of, loaded)))


def test_without_a_zone_overflow_keeps_to_where_the_capacity_stands() -> None:
    loaded, of = agreements(a=CAPACITY), three("us")
    (finding,) = found(of, loaded)
    assert (finding.code, finding.severity, finding.clauses) == ("E11", "error", ("a/ptu",))
    assert finding.place == loaded.places["a/ptu"]
    assert "`far/one`, which processes in `us`" in finding.message
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2025-01-01"), None)]
    assert finding.witness is not None
    assert [refusal.deployment for refusal in finding.witness.refusals] == ["ptu/one"]
    assert "far/one" in reference.decide(of, loaded, finding.witness).order


@pytest.mark.parametrize(("taker", "home"), [("eu-west", "eu"), ("us", "global"), (None, "eu")])
def test_a_part_of_the_zone_and_a_zone_that_nobody_knows_do_not_leave(
    taker: str | None, home: str
) -> None:
    assert not found(three(taker, home), agreements(a=CAPACITY))


def test_a_spill_zone_that_holds_everything_is_wide_enough() -> None:
    assert not found(three("us"), agreements(a=CAPACITY + 'spill_zone = ["eu", "us"]\n'))


def test_overflow_that_the_clause_keeps_in_leaves_nothing() -> None:
    for keys in ('spill_zone = "eu"', "spill_to = []", 'spill_to = ["provider:near"]'):
        assert not found(three("us"), agreements(a=CAPACITY + keys + "\n"))


def test_overflow_that_another_clause_forbids_leaves_nothing() -> None:
    forbid = '\n[[clause]]\nid = "no"\ntype = "forbid"\nscope = { provider = "far" }\n'
    assert not found(three("us"), agreements(a=CAPACITY, b=forbid))


def test_whoever_is_named_stands_in_the_named_zone() -> None:
    keys = 'spill_zone = "eu"\nspill_to = ["provider:far"]\n'
    (finding,) = found(three("us"), agreements(a=CAPACITY + keys))
    assert "is sent to `far/one`" in finding.message
    assert "`spill_zone`" in finding.message


def test_the_platform_s_own_spillover_counts_as_named() -> None:
    ptu = msgspec.structs.replace(at("ptu", "eu"), spillover="far/one")
    of = world(ptu, at("far", "us"))
    (finding,) = found(of, agreements(a=CAPACITY + 'spill_zone = "eu"\n'))
    assert "is sent to `far/one`" in finding.message


def test_a_demand_for_the_same_callers() -> None:
    narrow = DEMAND + 'scope = { provider = "ptu", project = "a" }\n'
    loaded = agreements(a=CAPACITY + 'spill_zone = ["eu", "us"]\n', b=narrow)
    of = three("us")
    (finding,) = found(of, loaded)
    assert finding.clauses == ("a/ptu", "b/eu")
    assert finding.witness is not None
    assert finding.witness.project == "a"
    assert "far/one" in reference.decide(of, loaded, finding.witness).order
    other = CAPACITY.replace('"ptu" }', '"ptu", project = "b" }') + 'spill_zone = ["eu", "us"]\n'
    assert not found(of, agreements(a=other, b=narrow))


def test_a_demand_that_rejects_the_overflow_keeps_it_in_unless_it_is_sent_there() -> None:
    anywhere = CAPACITY + 'spill_zone = ["eu", "us"]\n'
    assert not found(three("us"), agreements(a=anywhere, b=DEMAND))
    sent = anywhere + 'spill_to = ["provider:far"]\n'
    (finding,) = found(three("us"), agreements(a=sent, b=DEMAND))
    assert finding.clauses == ("a/ptu", "b/eu")


def test_a_holder_with_a_place_within_sends_nothing_to_another_of_his_places() -> None:
    of = world(at("ptu", "eu"), at("azure", "eu"), second(at("azure", "global")))
    for keys in ('spill_zone = "eu"\n', ""):
        to = CAPACITY + keys + 'spill_to = ["provider:azure"]\n'
        # Without a zone the clause lets it go there; with one it does not.
        assert bool(found(of, agreements(a=to))) is (keys == "")
        # A demand keeps it in either way.
        assert not found(of, agreements(a=to, b=DEMAND))


def test_a_holder_is_told_by_himself_whoever_else_is_named() -> None:
    keys = 'spill_zone = "eu"\nspill_to = ["provider:near", "provider:far"]\n'
    (finding,) = found(three("us"), agreements(a=CAPACITY + keys))
    assert "is sent to `far/one`" in finding.message


def second(d: Deployment) -> Deployment:
    return msgspec.structs.replace(d, id=f"{d.id}-global", upstream_id="one-global")
