"""E14: thresholds whose event anybody may verify."""

from detente.agreements import reference
from detente.agreements.checking.e14_unverified_thresholds import unverified_thresholds
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

THRESHOLD = """
[[clause]]
id = "agi"
type = "threshold"
event = "agi"
party = "provider:south"
"""
WORLD = world(released=day("2025-06-01"))


def test_anybody_may_close_models() -> None:
    loaded = agreements(a=THRESHOLD)
    (finding,) = unverified_thresholds(Survey(WORLD, loaded))
    assert (finding.code, finding.severity, finding.clauses) == ("E14", "error", ("a/agi",))
    assert finding.place == loaded.places["a/agi"]
    assert finding.periods[0].from_ == day("2025-01-01")
    assert "closes" in finding.message
    assert finding.witness is not None
    assert [event.name for event in finding.witness.events] == ["agi"]
    shown = reference.decide(WORLD, loaded, finding.witness)
    assert "a/agi" in shown.clauses
    assert shown.outcome == "deny"


def test_anybody_may_open_them() -> None:
    loaded = agreements(a=THRESHOLD + 'effect = "opens"\n')
    (finding,) = unverified_thresholds(Survey(WORLD, loaded))
    assert "opens" in finding.message
    assert finding.witness is not None
    assert not finding.witness.events
    assert "a/agi" in reference.decide(WORLD, loaded, finding.witness).clauses


def test_a_verifier_is_enough() -> None:
    loaded = agreements(a=THRESHOLD + 'verified_by = "panel"\n')
    assert not list(unverified_thresholds(Survey(WORLD, loaded)))


def test_a_threshold_that_reaches_nothing_configured_is_found_without_a_question() -> None:
    loaded = agreements(a=THRESHOLD + 'scope = { model = "lab/next" }\n')
    (finding,) = unverified_thresholds(Survey(WORLD, loaded))
    assert finding.witness is None
