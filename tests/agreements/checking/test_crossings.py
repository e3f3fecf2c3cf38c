"""Pairs of clauses that meet: asked only where they can, shown by the plainest question."""

from detente.agreements.checking.crossings import Crossings, Pair, possible, standing
from detente.agreements.checking.domain import Caller, Period
from detente.agreements.checking.survey import Ground, Spot, Survey
from detente.agreements.grid import Grid
from detente.agreements.sweep import Swept
from tests.agreements.checking.worlds import agreements, day, world

X = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\n'
GRANT = '[[clause]]\nid = "g"\ntype = "grant"\nexcept_of = "a/x"\nends_on = "recall"\n'


def ground(**texts: str) -> Ground:
    (found,) = Survey(world(), agreements(**texts)).grounds
    return found


def look(here: Ground, a: str, b: str) -> tuple[Crossings, list[Swept]]:
    asked: list[Swept] = []

    def meet(swept: Swept, pair: Pair) -> int:
        asked.append(swept)
        return all(standing(swept, entry.clause.id) is not None for entry in pair)

    crossings = Crossings()
    where = possible(here.entries[b].reach.where)
    crossings.across(here, [here.entries[a]], [(here.entries[b], where)], meet)
    return crossings, asked


def test_possible_is_what_is_in_or_may_be() -> None:
    assert possible(Grid(0b001, {0b100: frozenset(("region",))})) == 0b101


def test_what_never_meets_is_not_asked() -> None:
    for b in (
        'scope = { host = "south" }\n',
        "from = 2027-01-01\n",
        'scope = { labels = { data = "b" } }\n',
        'scope = { interface = "embedding" }\n',
    ):
        a = 'until = 2026-01-01\nscope = { host = "north", labels = { data = "a" } }\n'
        crossings, asked = look(ground(a=X + a, b=X + b), "a/x", "b/x")
        assert asked == []
        assert list(crossings.found()) == []


def test_only_the_two_and_their_exceptions_are_asked() -> None:
    here = ground(a=X, b=X, c=X, g=GRANT)
    crossings, asked = look(here, "a/x", "b/x")
    assert {s.clause.id for swept in asked for s in swept.standing} == {"a/x", "b/x"}
    assert {name for swept in asked for name in swept.helping} == {"g/g"}
    (found,) = crossings.found()
    assert found.clauses == ("a/x", "b/x")
    assert found.periods == (Period(from_=day("2025-01-01")),)
    assert found.witness.events == ()


def test_the_plainest_of_the_earliest_shows_it() -> None:
    here = ground(a=X)
    crossings, late = Crossings(), Period(from_=day("2026-01-01"))
    early = Period(from_=day("2025-01-01"), until=day("2025-02-01"))
    plain, rich = Caller(), Caller(labels=(("data", "a"),))
    crossings.note(
        here,
        ("a/x",),
        [
            Spot(interface="stateless_api", period=late),
            Spot(interface="stateless_api", period=early, caller=rich),
            Spot(interface="stateless_api", period=early, caller=plain),
            Spot(interface="stateless_api", period=early, caller=plain, course=("agi",)),
        ],
    )
    crossings.note(here, ("b/x",), [])
    (found,) = crossings.found()
    assert (found.witness.at, found.witness.labels, found.witness.events) == (early.from_, (), ())
    assert found.periods == (early, late)
    survey = Survey(here.world, agreements(a=X))
    finding = found.finding("E01", "they meet; part them", survey)
    assert (finding.place, finding.model) == (survey.agreements.places["a/x"], "lab/one")
