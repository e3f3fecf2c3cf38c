"""E13: waits that end after the model is gone."""

from detente.agreements import AgreementSet, reference
from detente.agreements.checking.e13_outliving_holds import outliving_holds
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

HOLD = """
[[clause]]
id = "lag"
type = "hold"
leader = "provider:north"
follower = "provider:south"
lag_days = 400
"""
LISTED = """
[[clause]]
id = "north"
type = "listing"
scope = { provider = "north" }

[[clause]]
id = "south"
type = "listing"
scope = { provider = "south" }
until = 2026-01-01
"""
WORLD = world()


def found(loaded: AgreementSet) -> list[CheckFinding]:
    return list(outliving_holds(Survey(WORLD, loaded)))


def test_a_wait_beyond_the_last_listing() -> None:
    loaded = agreements(a=HOLD, b=LISTED)
    (finding,) = found(loaded)
    assert (finding.code, finding.severity, finding.clauses) == (
        "E13",
        "error",
        ("a/lag", "b/south"),
    )
    assert finding.place == loaded.places["a/lag"]
    assert "until 2026-02-05" in finding.message
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2025-01-01"), day("2026-01-01"))]
    assert finding.witness is not None
    shown = reference.decide(WORLD, loaded, finding.witness)
    assert shown.outcome == "deny"
    assert "a/lag" in shown.clauses


def test_a_wait_that_ends_in_time() -> None:
    assert not found(agreements(a=HOLD.replace("400", "300"), b=LISTED))


def test_a_listing_without_end_is_outlived_by_nothing() -> None:
    assert not found(agreements(a=HOLD, b=LISTED.replace("until = 2026-01-01\n", "")))


def test_a_hold_that_ends_before_the_listing_does_not_outlive() -> None:
    assert not found(agreements(a=HOLD + "until = 2025-06-01\n", b=LISTED))


def test_an_unknown_anchor_says_nothing_a_date_does() -> None:
    nobody = LISTED[LISTED.index('[[clause]]\nid = "south"') :]
    assert not found(agreements(a=HOLD, b=nobody))
    assert found(agreements(a=HOLD + "anchor_date = 2025-01-01\n", b=nobody))


def test_an_exception_may_help() -> None:
    excuse = '\n[[clause]]\nid = "excuse"\ntype = "grant"\nexcept_of = "a/lag"\n'
    assert not found(agreements(a=HOLD, b=LISTED, c=excuse))
