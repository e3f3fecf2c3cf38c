"""E04: grants that have ended while something goes on relying on them."""

from detente.agreements import AgreementSet, reference
from detente.agreements.checking.e04_expired_grants import expired_grants
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

GRANT = """
[[clause]]
id = "use"
type = "grant"
scope = { provider = "north" }
until = 2026-01-01
"""
LISTING = """
[[clause]]
id = "there"
type = "listing"
"""
CLOSED = world(default="deny")


def found(loaded: AgreementSet) -> list[CheckFinding]:
    return list(expired_grants(Survey(CLOSED, loaded)))


def test_a_listing_that_outlasts_the_only_grant() -> None:
    loaded = agreements(a=GRANT + LISTING)
    (finding,) = found(loaded)
    assert (finding.code, finding.severity, finding.clauses) == (
        "E04",
        "warning",
        ("a/use", "a/there"),
    )
    assert finding.place == loaded.places["a/use"]
    assert finding.periods[0].from_ == day("2026-01-01")
    assert finding.witness is not None
    shown = reference.decide(CLOSED, loaded, finding.witness)
    assert shown.outcome == "deny"
    assert any(r.rule == "no_grant" for v in shown.verdicts for r in v.reasons)


def test_under_permit_grants_only_inform() -> None:
    assert not list(expired_grants(Survey(world(), agreements(a=GRANT + LISTING))))


def test_a_grant_that_goes_on_for_the_same_callers_is_enough() -> None:
    later = GRANT.replace('"use"', '"later"').replace("until = 2026-01-01", "from = 2026-01-01")
    assert not found(agreements(a=GRANT + LISTING + later))
    for_others = later.replace('provider = "north"', 'provider = "north", project = "b"')
    mine = GRANT.replace('provider = "north"', 'provider = "north", project = "a"')
    assert not found(agreements(a=GRANT + LISTING + for_others))
    assert [f.clauses for f in found(agreements(a=mine + LISTING + for_others))] == [
        ("a/use", "a/there")
    ]


def test_an_exception_carries_nobody_s_use() -> None:
    forbid = '\n[[clause]]\nid = "no"\ntype = "forbid"\nscope = { labels = { a = "b" } }\n'
    but = '\n[[clause]]\nid = "but"\ntype = "grant"\nexcept_of = "a/no"\n'
    assert found(agreements(a=GRANT + LISTING + forbid + but))


def test_a_listing_that_ends_with_the_grant_relies_on_nothing() -> None:
    ending = LISTING + "until = 2026-01-01\n"
    assert not found(agreements(a=GRANT + ending))


def test_capacity_relies_and_a_commitment_only_where_it_has_nothing_else() -> None:
    ending = LISTING + "until = 2026-01-01\n"
    capacity = """
[[clause]]
id = "ptu"
type = "capacity"
scope = { provider = "north" }
size = 10
unit = "ptu"
"""
    assert [f.clauses for f in found(agreements(a=GRANT + ending + capacity))] == [
        ("a/use", "a/ptu")
    ]
    commit = """
[[clause]]
id = "spend"
type = "commit"
amount = 10
until = 2027-01-01
"""
    assert [f.clauses for f in found(agreements(a=GRANT + ending + commit))] == [
        ("a/use", "a/spend")
    ]
    south = GRANT.replace('"use"', '"south"').replace("north", "south")
    going_on = south.replace("until = 2026-01-01", "")
    assert not found(agreements(a=GRANT + ending + commit + going_on))


def test_a_preference_relies_where_it_prefers_nothing_else() -> None:
    ending = LISTING + "until = 2026-01-01\n"
    prefer = """
[[clause]]
id = "first"
type = "prefer"
order = ["provider:north"]
"""
    assert [f.clauses for f in found(agreements(a=GRANT + ending + prefer))] == [
        ("a/use", "a/first")
    ]
    assert not found(agreements(a=GRANT + ending + prefer.replace("north", "south")))


def test_an_amendment_ends_a_grant_too() -> None:
    grant = GRANT.replace("until = 2026-01-01\n", "")
    narrowed = GRANT.replace('"use"', '"narrowed"').replace("north", "south")
    amending = narrowed.replace("until = 2026-01-01", 'from = 2025-06-01\namends = "a/use"')
    (finding,) = found(agreements(a=grant, b=LISTING, c=amending))
    assert finding.clauses == ("a/use", "b/there")
    assert finding.periods[0].from_ == day("2025-06-01")
