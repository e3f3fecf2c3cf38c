"""The survey: each model with its clauses, its dates and what they say there."""

import itertools

from detente.agreements.checking.domain import Caller
from detente.agreements.checking.survey import Ground, Spot, Survey
from tests.agreements.checking.worlds import agreements, day, place, world

EXCLUSIVE = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\n'
GRANT = '[[clause]]\nid = "g"\ntype = "grant"\nexcept_of = "a/x"\n'


def ground(**texts: str) -> Ground:
    (found,) = Survey(world(), agreements(**texts)).grounds
    return found


def test_periods_cut_time_at_every_boundary_and_the_release() -> None:
    here = world(released=day("2024-06-01"))
    (one,) = Survey(here, agreements(a=EXCLUSIVE + "until = 2026-01-01\n")).grounds
    edges = [None, day("2024-06-01"), day("2025-01-01"), day("2026-01-01"), None]
    assert [(p.from_, p.until) for p in one.periods] == list(itertools.pairwise(edges))


def test_a_range_is_two_boundaries() -> None:
    text = EXCLUSIVE + "until = { after = 2026-01-01, before = 2026-03-01 }\n"
    found = ground(a=text).periods
    assert {day("2026-01-01"), day("2026-03-01")} <= {p.from_ for p in found}


def test_what_decides_nothing_cuts_nothing() -> None:
    text = '[[clause]]\nid = "c"\ntype = "covenant"\nparty = "north"\ntext = "t"\n'
    assert len(ground(a=text).periods) == 1


def test_only_what_is_live_is_asked_with_what_is_missing() -> None:
    text = EXCLUSIVE + "until = { after = 2026-01-01, before = 2026-03-01 }\n"
    here = ground(a=text)
    live = [[facts for _, facts in here.live(period)] for period in here.periods]
    assert live == [[], [frozenset()], [frozenset({"end of a/x"})], []]


def test_a_successor_ends_what_it_supersedes() -> None:
    found = agreements(a=EXCLUSIVE, b="")
    successor = found.agreements[1].__class__(
        id="b", recorded_at=day("2025-01-01"), from_=day("2025-06-01"), supersedes=("a",)
    )
    found = found.__class__(
        agreements=(found.agreements[0], successor), clauses=found.clauses, places=found.places
    )
    (here,) = Survey(world(), found).grounds
    assert [len(here.live(period)) for period in here.periods] == [0, 1, 0]


def test_a_narrowed_ground_has_fewer_dates_and_the_same_say() -> None:
    here = ground(a=EXCLUSIVE, b=GRANT, c=GRANT.replace("a/x", "b/g").replace("except_of", "#"))
    assert here.with_exceptions("a/x") == {"a/x", "b/g"}
    near = here.only(["a/x"])
    assert [entry.clause.id for entry in near.deciding] == ["a/x"]
    spot = Spot(interface="stateless_api", period=near.periods[-1], caller=Caller())
    assert [s.clause.id for s in near.swept(spot).standing] == ["a/x"]
    assert not near.swept(spot).helping
    assert set(here.swept(spot).helping) == {"b/g", "c/g"}


def test_periods_of_clauses_are_those_that_they_share() -> None:
    here = ground(
        a=EXCLUSIVE + "until = 2026-01-01\n",
        b=EXCLUSIVE + "from = 2025-06-01\n",
        c=EXCLUSIVE + "from = 2027-01-01\n",
    )
    a, b, c = (here.entries[name] for name in ("a/x", "b/x", "c/x"))
    shared = here.periods_of(a, b)
    assert [(p.from_, p.until) for p in shared] == [(day("2025-06-01"), day("2026-01-01"))]
    assert here.shared(a, b) == shared[0]
    assert here.shared(a, c) is None
    assert here.periods_of(a, c) == ()
    assert here.periods_of(c)[-1].until is None


def test_each_model_has_its_own_deployments() -> None:
    here = world(place("north", "north"), place("south", "south", model="lab/two"))
    found = {
        g.model.name: [d.id for d in g.world.deployments]
        for g in Survey(here, agreements()).grounds
    }
    assert found == {"lab/one": ["north/one"], "lab/two": ["south/two"]}
