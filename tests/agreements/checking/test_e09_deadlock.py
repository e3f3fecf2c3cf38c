"""E09: a first refusal that no holder can use, and two that wait for each other."""

import pytest

from detente.agreements import reference
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e09_deadlock import deadlocks
from detente.agreements.checking.survey import Survey
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements, day, place, world

WHOLE = 'signals = ["429"]\nrespond_within = "2s"\ndefault = "refused"\n'
REFUSAL = f'[[clause]]\nid = "r"\ntype = "first_refusal"\nholder = "host:north"\n{WHOLE}'
OTHER = REFUSAL.replace("north", "south").replace('"r"', '"s"')
EXCLUSIVE = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:south"\n'


def e09(here: World, **texts: str) -> list[CheckFinding]:
    return list(deadlocks(Survey(here, agreements(**texts))))


def test_an_exclusive_closes_all_that_the_holder_has() -> None:
    texts = {"a": REFUSAL + "until = 2027-01-01\n", "b": EXCLUSIVE + "from = 2026-01-01\n"}
    (finding,) = e09(world(), **texts)
    assert (finding.code, finding.severity) == ("E09", "error")
    assert finding.clauses == ("a/r", "b/x")
    assert finding.periods == (Period(from_=day("2026-01-01"), until=day("2027-01-01")),)
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 4)
    assert finding.witness is not None
    decision = reference.decide(world(), agreements(**texts), finding.witness)
    assert set(decision.clauses) == {"a/r", "b/x"}
    assert decision.order == ("south/one",)


def test_several_exclusives_may_be_needed() -> None:
    places = (place("north", "north"), place("north-2", "north"), place("south", "south"))
    one = EXCLUSIVE + 'scope = { provider = "north" }\n'
    two = EXCLUSIVE + 'scope = { provider = "north-2", labels = { data = "a" } }\n'
    (finding,) = e09(world(*places), a=REFUSAL, b=one, c=two)
    assert finding.clauses == ("a/r", "b/x", "c/x")
    assert finding.witness is not None
    assert finding.witness.labels == (("data", "a"),)
    assert e09(world(*places), a=REFUSAL, b=one) == []


def test_two_first_refusals_wait_for_each_other() -> None:
    (finding,) = e09(world(), a=REFUSAL, b=OTHER)
    assert finding.clauses == ("a/r", "b/s")
    assert finding.witness is not None
    decision = reference.decide(world(), agreements(a=REFUSAL, b=OTHER), finding.witness)
    assert (decision.outcome, decision.order) == ("conflict", ())
    assert set(decision.clauses) == {"a/r", "b/s"}


def test_a_holder_that_is_barred_is_not_waited_for() -> None:
    forbid = '[[clause]]\nid = "f"\ntype = "forbid"\nscope = { host = "north" }\n'
    assert e09(world(), a=REFUSAL, b=OTHER, c=forbid) == []
    lifted = '[[clause]]\nid = "g"\ntype = "grant"\nexcept_of = "c/f"\n'
    assert e09(world(), a=REFUSAL, b=OTHER, c=forbid, d=lifted)


@pytest.mark.parametrize(
    "exclusive",
    [
        EXCLUSIVE.replace("south", "north"),
        EXCLUSIVE + 'except_of = "a/r"\n',
        EXCLUSIVE + 'amends = "a/r"\n',
        EXCLUSIVE + 'scope = { host = "south" }\n',
        EXCLUSIVE + 'scope = { interface = "embedding" }\n',
        EXCLUSIVE + "until = 2025-06-01\n",
        EXCLUSIVE + 'carve_outs = ["first_party"]\n',
    ],
)
def test_not_where_the_holder_is_left_or_one_yields(exclusive: str) -> None:
    refusal = REFUSAL + "from = 2025-06-01\n"
    here = world(place("north", "lab"), place("south", "south"))
    named = refusal.replace("host:north", "provider:north")
    exclusive = exclusive.replace("host:north", "provider:north")
    assert e09(here if "carve" in exclusive else world(), a=named, b=exclusive) == []


def test_not_where_nobody_waits() -> None:
    assert e09(world(), a=REFUSAL + 'scope = { host = "north" }\n', b=EXCLUSIVE) == []
    assert e09(world(), a=REFUSAL, b=OTHER + 'subject = "capacity"\n') == []
    assert e09(world(), a=REFUSAL, b=OTHER + 'except_of = "a/r"\n') == []
