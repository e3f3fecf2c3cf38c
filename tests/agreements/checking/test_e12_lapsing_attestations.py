"""E12: documents that expire while they are demanded."""

import msgspec

from detente.agreements import AgreementSet, reference
from detente.agreements.checking.e12_lapsing_attestations import lapsing_attestations
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.canonical.model import Attestation
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, place, world

DEMAND = """
[[clause]]
id = "soc2"
type = "attest"
document = "soc2"
until = 2027-01-01
"""
OFFER = """
[[clause]]
id = "report"
type = "attest"
offered = true
document = "soc2"
scope = { provider = "north" }
expires = 2026-06-01
"""


def showing(expires: str | None) -> World:
    """North shows `soc2` until then, south for good."""
    ends = None if expires is None else day(expires)
    north = msgspec.structs.replace(
        place("north", "north"), attestations=(Attestation(name="soc2", expires=ends),)
    )
    south = msgspec.structs.replace(
        place("south", "south"), attestations=(Attestation(name="soc2"),)
    )
    return world(north, south)


def found(of: World, loaded: AgreementSet) -> list[CheckFinding]:
    return list(lapsing_attestations(Survey(of, loaded)))


def test_a_configured_document_expires_within_the_term() -> None:
    loaded, of = agreements(a=DEMAND), showing("2026-06-01")
    (finding,) = found(of, loaded)
    assert (finding.code, finding.severity, finding.clauses) == ("E12", "error", ("a/soc2",))
    assert finding.place == loaded.places["a/soc2"]
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2026-06-01"), day("2027-01-01"))]
    assert "no deployment" not in finding.message
    assert finding.witness is not None
    shown = reference.decide(of, loaded, finding.witness)
    north = next(v for v in shown.verdicts if v.deployment == "north/one")
    assert north.outcome == "deny"
    assert "a/soc2" in north.clauses


def test_an_offer_expires_and_nothing_is_left() -> None:
    loaded = agreements(a=DEMAND, b=OFFER)
    (finding,) = found(world(), loaded)
    assert finding.clauses == ("a/soc2", "b/report")
    assert "no deployment of `lab/one` is left" in finding.message


def test_what_lasts_or_is_renewed_does_not_lapse() -> None:
    assert not found(showing(None), agreements(a=DEMAND))
    assert not found(showing("2027-01-01"), agreements(a=DEMAND))
    renewal = OFFER.replace('"report"', '"next"').replace("expires", "from")
    assert not found(world(), agreements(a=DEMAND, b=OFFER + renewal))


def test_what_never_met_the_demand_does_not_lapse() -> None:
    assert not found(world(), agreements(a=DEMAND))
    assert not found(showing("2024-06-01"), agreements(a=DEMAND))


def test_an_exception_lets_it_lapse() -> None:
    excuse = """
[[clause]]
id = "excuse"
type = "grant"
except_of = "a/soc2"
"""
    assert not found(showing("2026-06-01"), agreements(a=DEMAND, b=excuse))


def test_what_is_listed_no_longer_need_show_nothing() -> None:
    listing = """
[[clause]]
id = "there"
type = "listing"
until = 2026-06-01
"""
    assert not found(showing("2026-06-01"), agreements(a=DEMAND, b=listing))
